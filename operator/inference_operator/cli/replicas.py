"""`inference-operator replicas`: what an endpoint runs on at this moment, one by one."""

import asyncio
from dataclasses import asdict

from inference_operator.api.names import DEFAULT_OPERATOR_NAMESPACE
from inference_operator.cli.access import Access
from inference_operator.cli.options import Form, Kubeconfig, Name, Namespace, OperatorNamespace
from inference_operator.cli.output import Output, print_json, print_table
from inference_operator.cli.sentences import plain_errors
from inference_operator.core.insight import Replica

_TITLES = ("ID", "STAGE", "VERSION", "SERVES", "STARTED", "EXIT CODE")


def replicas(
    name: Name,
    *,
    namespace: Namespace = "default",
    output: Form = Output.TABLE,
    kubeconfig: Kubeconfig = None,
    operator_namespace: OperatorNamespace = DEFAULT_OPERATOR_NAMESPACE,
) -> None:
    """Print the replicas of an InferenceEndpoint.

    SERVES tells a replica of the version that serves (live) from one of the version that is rolled out (updating).
    The token is the account's Secret if you may read it, else HF_TOKEN.

    Example: inference-operator replicas sentiment -n team-a
    """
    with plain_errors():
        found = asyncio.run(_replicas(Access(kubeconfig, namespace, operator_namespace), name))
    if output is Output.JSON:
        print_json([_document(replica) for replica in found])
    else:
        print_table(_TITLES, map(_row, found))


async def _replicas(access: Access, name: str) -> tuple[Replica, ...]:
    from inference_operator.cli.remote import remote_endpoint

    async with remote_endpoint(access, name) as remote:
        return await remote.connection.replicas(remote.name)


def _row(replica: Replica) -> tuple[str, ...]:
    serves = " ".join(word for word, holds in (("live", replica.live), ("updating", replica.updating)) if holds)
    code = "" if replica.exit_code is None else str(replica.exit_code)
    return (replica.id, replica.stage, replica.version, serves, replica.started_at or "", code)


def _document(replica: Replica) -> dict[str, object]:
    fields = asdict(replica)
    renamed = {"started_at": "startedAt", "stopped_at": "stoppedAt", "exit_code": "exitCode"}
    return {renamed.get(key, key): value for key, value in fields.items()}
