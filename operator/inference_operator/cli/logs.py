"""`inference-operator logs`: what the containers of an endpoint write."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from inference_operator.api.names import DEFAULT_OPERATOR_NAMESPACE
from inference_operator.cli.access import Access
from inference_operator.cli.options import Form, Kubeconfig, Name, Namespace, OperatorNamespace, ReplicaId, Since, Until
from inference_operator.cli.output import Output, print_line
from inference_operator.cli.sentences import plain_errors, say
from inference_operator.core import redact
from inference_operator.core.insight import LogLine, LogQuery


def logs(
    name: Name,
    *,
    namespace: Namespace = "default",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written, until Ctrl-C.")] = False,
    since: Since = None,
    until: Until = None,
    replica: ReplicaId = None,
    level: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Of this level alone: info, warning, error.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Lines that contain this, whatever its case.")
    ] = None,
    tail: Annotated[int | None, typer.Option(metavar="N", min=0, help="The last N lines. Absent: all.")] = None,
    output: Form = Output.TABLE,
    kubeconfig: Kubeconfig = None,
    operator_namespace: OperatorNamespace = DEFAULT_OPERATOR_NAMESPACE,
) -> None:
    """Print the log of an InferenceEndpoint: time, replica, level, line.

    The token is the account's Secret if you may read it, else HF_TOKEN. With --output json each line is an object.

    Example: inference-operator logs sentiment -n team-a --since 10m --level error
    """
    if follow and until is not None:
        raise typer.BadParameter("--until ends the log, and --follow does not: leave one of them out")
    query = LogQuery(replica, level, search, since, until, tail, follow)
    try:
        with plain_errors():
            asyncio.run(_print(Access(kubeconfig, namespace, operator_namespace), name, query, output))
    except KeyboardInterrupt:
        raise typer.Exit(0 if follow else 1) from None


async def _print(access: Access, name: str, query: LogQuery, output: Output) -> None:
    from inference_operator.cli.remote import remote_endpoint

    write = _as_json if output is Output.JSON else _as_text
    async with remote_endpoint(access, name) as remote:
        async for line in remote.connection.logs(remote.name, query, notice=say):
            print_line(redact.text(write(line)))


def _as_text(line: LogLine) -> str:
    return f"{line.timestamp or '-'} {line.replica or '-'} {line.level or '-'} {line.text}"


def _as_json(line: LogLine) -> str:
    fields = asdict(line)
    return json.dumps({"timestamp": fields.pop("timestamp"), "line": fields.pop("text"), **fields})
