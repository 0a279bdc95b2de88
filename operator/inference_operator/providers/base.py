"""What a provider is to the rest of the operator.

A provider is two things: a `Plugin`, which is pure (its schema, and what a spec means in its terms), and a
`Connection`, which speaks to one account's remote side. Nothing outside a provider's folder knows more than this
module says.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.registry import ProviderBlocks
from inference_operator.api.status import Effective
from inference_operator.core.catalogue import Offer
from inference_operator.core.desired import Desired
from inference_operator.core.diff import Shape
from inference_operator.core.documents import Document
from inference_operator.core.errors import Operation
from inference_operator.core.insight import LogLine, LogQuery, Metrics, Notice, Replica, Window
from inference_operator.core.observation import Observation
from inference_operator.core.reading import Page
from inference_operator.fence import MayWrite, allowed
from inference_operator.providers.valve import Valve


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key of a Secret that an account names. `field` is what the connection calls the value."""

    field: str
    secret: str
    key: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where an account's endpoints are, and which Secrets open the door.

    `options`: what else the account says that the connection works by, which leads nowhere else: name and value.
    """

    base_url: str
    namespace: str
    credentials: tuple[SecretKey, ...]
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What one update carries, secret values included.

    `claim` is put on (or left on) the endpoint, and `observed` is the endpoint as last seen: what must be sent whole
    and is not declared is taken from it.
    """

    document: Document
    claim: str
    observed: Observation


@dataclass(frozen=True, slots=True)
class HealthRequest:
    """How an endpoint's own health route is asked.

    `headers` hold credentials: they go to `domains`, to what lies below these, and nowhere else unless the operator
    was told to trust the address.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """The provider block that declares a remote endpoint as it is.

    `left_out`: what the block can't say, or only the provider knows; one line for each, which begins with its pointer.
    """

    block: Mapping[str, Any]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the calls of one account: how many are under way at once, and seconds to wait for an answer.

    `may_write` is asked right before the first byte of each write. Where it says no, nothing is sent and the call
    raises NOT_LEADING; reads are never asked about. `valve`: what every call passes first, None where nothing is.
    `clock`: monotonic seconds, for a provider that must let time pass before it believes something.
    """

    max_in_flight: int
    timeout: float
    may_write: MayWrite = allowed
    valve: Valve | None = None
    clock: Callable[[], float] = time.monotonic


class OnRequest(Protocol):
    """Told of every HTTP request. `code` is the HTTP status, 0 where there was no answer."""

    def __call__(self, operation: str, code: int, seconds: float) -> None:
        """Record one request."""


class Connection(Protocol):
    """One account's remote side. Every method raises `ProviderError` and nothing else.

    Endpoints are addressed by name, and by `remote_id` where one is on record: a provider that gives out ids need not
    keep names unique, and then the id decides.
    """

    def pages(self) -> AsyncGenerator[Page, None]:
        """The endpoints of the account page by page, the latest change first where the provider can order them so.

        An endpoint that changes meanwhile may be on two pages, and one may be on none.
        """

    async def catalogue(self) -> tuple[Offer, ...]:
        """What hardware there is, with prices and the account's quota."""

    async def get(self, name: str, *, remote_id: str | None = None) -> Observation | None:
        """One endpoint; None where the provider says that it does not exist.

        A provider that can't be asked by name raises UNPROVEN until what it shows is proof enough.
        """

    async def create(self, name: str, document: Document, *, claim: str) -> Observation:
        """Create it, with the marker. Sent once: its answer may be lost, and only the caller may repeat it."""

    async def update(self, name: str, change: Change) -> Observation:
        """Change it in place."""

    async def switch(self, name: str, operation: Operation, *, remote_id: str | None = None) -> Observation:
        """Pause, resume or scale to zero. Where it is so already, that is success."""

    async def release(self, name: str, observed: Observation) -> None:
        """Replace the marker by the one that says: free to take."""

    async def delete(self, name: str, *, remote_id: str | None = None) -> None:
        """Delete it. Where it is gone already, that is success."""

    def health_request(self, observed: Observation) -> HealthRequest:
        """How to ask whether it answers. Nothing is sent here."""

    async def aclose(self) -> None:
        """Close the connections."""

    # Looking inside one endpoint, for people: reads only.

    def logs(self, name: str, query: LogQuery, *, notice: Notice) -> AsyncIterator[LogLine]:
        """The lines of its log, in the order of time; without end where the query follows.

        `notice` is told where the provider can give less than was asked for. Raises UNSUPPORTED where what the query
        asks for can't be given at all.
        """

    async def replicas(self, name: str) -> tuple[Replica, ...]:
        """Its replicas, of the version that serves and of the one that is rolled out."""

    async def metrics(self, name: str, window: Window, *, replica: str | None = None) -> Metrics:
        """What was measured in a window, of all replicas or of one."""

    async def open_metrics(self, name: str) -> str:
        """What is measured now, as OpenMetrics text."""


async def listed(connection: Connection) -> dict[str, Observation]:
    """All endpoints of an account by name, whatever the number of pages. Raises `ProviderError`."""
    return {row.name: row.observe() async for page in connection.pages() for row in page.rows}


class Plugin(Protocol):
    """A registered provider."""

    blocks: ProviderBlocks
    shape: Shape
    hosts: tuple[str, ...]
    """Base URLs of the vendor; any other needs `--allow-base-url`."""
    variables: Mapping[str, str]
    """`SecretKey.field` -> the environment variable by which the vendor's own tools take it from a person."""

    def site(self, account_block: Mapping[str, Any]) -> Site:
        """Where the account's endpoints are."""

    def desired(self, spec: EndpointSpec, *, name: str, effective: Effective | None) -> Desired:
        """What a spec declares. Raises ValueError where the block is not what the schema admits.

        `name`: metadata.name, used where the block gives no name. `effective`: what the provider resolved so far.
        """

    def connect(
        self, site: Site, credentials: Mapping[str, str], *, limits: Limits, on_request: OnRequest
    ) -> Connection:
        """Open a connection. `credentials`: `SecretKey.field` -> value.

        With a site without a namespace, and without credentials, `catalogue` alone can be asked: the public one.
        """

    def connection_details(self, observation: Observation) -> Mapping[str, str]:
        """What `writeConnectionTo` publishes of an endpoint; never a secret."""

    def declaration(self, observation: Observation) -> Declaration:
        """The block that declares an endpoint as it is: once declared, nothing differs.

        Raises ValueError where no block can.
        """
