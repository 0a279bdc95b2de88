"""Arguments and options that several commands share, so that they mean the same everywhere."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from inference_operator.cli.moment import moment
from inference_operator.cli.output import Output

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the InferenceEndpoint.", show_default=False)]
Namespace = Annotated[str, typer.Option("--namespace", "-n", metavar="NS", help="Its namespace.")]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="How to reach the cluster. Absent: the pod's service account, else KUBECONFIG, else ~/.kube/config.",
        show_default=False,
    ),
]
OperatorNamespace = Annotated[
    str,
    typer.Option(metavar="NS", help="Where the operator, and with it the Secrets of ClusterInferenceAccounts, are."),
]
Form = Annotated[Output, typer.Option("--output", "-o", help="How to print it.")]
ReplicaId = Annotated[
    str | None, typer.Option(metavar="ID", help="Of this replica alone (see `replicas`).", show_default=False)
]
Since = Annotated[
    datetime | None,
    typer.Option(metavar="TIME", help="From then on: 10m (ago), or 2026-11-21T09:00:00Z.", parser=moment),
]
Until = Annotated[datetime | None, typer.Option(metavar="TIME", help="Up to then; as --since.", parser=moment)]
