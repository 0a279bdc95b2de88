"""The two ends that a command talks to: the cluster, with the rights of whoever asks, and a provider."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import stamina.instrumentation

from inference_operator.cli.access import Access
from inference_operator.cli.sentences import CommandError
from inference_operator.kube.session import Session
from inference_operator.providers.base import Connection, Limits, Plugin, Site
from inference_operator.providers.registry import plugin

FIELD_MANAGER = "inference-operator-cli"
"""Field manager of what a command writes for a person."""

_LIMITS = Limits(max_in_flight=4, timeout=30.0)
_CLUSTER_TIMEOUT = 10.0
_CLUSTER_ATTEMPTS = 2


@asynccontextmanager
async def cluster(access: Access) -> AsyncIterator[Session]:
    """The API server. Raises CommandError where there is no kubeconfig; nothing is sent yet."""
    # Its default is to print each retry to stdout.
    stamina.instrumentation.set_on_retry_hooks([])
    try:
        session = await Session.connect(
            str(access.kubeconfig) if access.kubeconfig else None,
            timeout=_CLUSTER_TIMEOUT,
            attempts=_CLUSTER_ATTEMPTS,
            field_manager=FIELD_MANAGER,
        )
    except Exception as error:
        # The client library raises whatever it stumbles over in a file that is no kubeconfig.
        raise CommandError(
            f"There is no usable kubeconfig ({type(error).__name__}). Name one with --kubeconfig or KUBECONFIG."
        ) from None
    async with session:
        yield session


@asynccontextmanager
async def connected(found: Plugin, site: Site, values: Mapping[str, str]) -> AsyncIterator[Connection]:
    """A provider's remote side. `values`: the credentials; without any, its public side."""
    stamina.instrumentation.set_on_retry_hooks([])
    connection = found.connect(site, values, limits=_LIMITS, on_request=_uncounted)
    try:
        yield connection
    finally:
        await connection.aclose()


def installed(provider: str) -> Plugin:
    """The provider of a block. Raises CommandError where it is not installed."""
    try:
        return plugin(provider)
    except LookupError as error:
        raise CommandError(f"{str(error).capitalize()}. Install the package that brings it.") from None


def _uncounted(operation: str, code: int, seconds: float) -> None:
    """A command has no metrics of its own."""
