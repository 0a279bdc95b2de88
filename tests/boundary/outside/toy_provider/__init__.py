"""A provider as somebody else would ship it: its remote side is a dict, its marker is a field."""

import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.markers import Cel
from inference_operator.api.registry import ProviderBlocks
from inference_operator.api.rules import kept_once_bound
from inference_operator.api.status import Effective
from inference_operator.core.catalogue import Offer
from inference_operator.core.desired import Desired
from inference_operator.core.diff import Shape
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.insight import LogLine, LogQuery, Metrics, Notice, Replica, Window
from inference_operator.core.observation import Observation, State
from inference_operator.core.ownership import RELEASED
from inference_operator.core.reading import Page
from inference_operator.providers.base import (
    Change,
    Connection,
    Declaration,
    HealthRequest,
    Limits,
    OnRequest,
    Plugin,
    SecretKey,
    Site,
)

REMOTE: dict[str, dict[str, Any]] = {}
"""All endpoints of the world, by name."""
CALLS: list[str] = []
_numbers = itertools.count(1)
_STATES = {Operation.PAUSE: "paused", Operation.RESUME: "running", Operation.SCALE_TO_ZERO: "scaledToZero"}


class ToyEndpoint(ApiModel):
    """One endpoint of the toy."""

    colour: Annotated[str, Field(max_length=16)] = Field(description="What it looks like.")
    size: Annotated[int, Field(ge=1, le=9)] | None = Field(default=None, description="How large. Unit: bricks.")


class ToyAccount(ApiModel):
    """Who pays for toys."""

    box: Annotated[str, Field(max_length=63)] = Field(description="Where the toys are.")


class ToyConnection:
    """The remote side."""

    async def pages(self) -> AsyncGenerator[Page, None]:
        found = [_observation(name) for name in REMOTE]
        yield Page.of(found, len(found), True)

    async def catalogue(self) -> tuple[Offer, ...]:
        return ()

    async def get(self, name: str, *, remote_id: str | None = None) -> Observation | None:
        return _observation(name) if name in REMOTE else None

    async def create(self, name: str, document: Mapping[str, Any], *, claim: str) -> Observation:
        CALLS.append("create")
        REMOTE[name] = {"state": "running", "claim": claim, "number": next(_numbers), "document": dict(document)}
        return _observation(name)

    async def update(self, name: str, change: Change) -> Observation:
        CALLS.append("update")
        REMOTE[name]["document"] |= change.document
        REMOTE[name]["claim"] = change.claim
        return _observation(name)

    async def switch(self, name: str, operation: Operation, *, remote_id: str | None = None) -> Observation:
        CALLS.append(operation.value)
        REMOTE[name]["state"] = _STATES[operation]
        return _observation(name)

    async def release(self, name: str, observed: Observation) -> None:
        REMOTE[name]["claim"] = RELEASED

    async def delete(self, name: str, *, remote_id: str | None = None) -> None:
        CALLS.append("delete")
        REMOTE.pop(name, None)

    def health_request(self, observed: Observation) -> HealthRequest:
        return HealthRequest(f"{observed.url}/health")

    async def aclose(self) -> None:
        """Nothing is open."""

    async def logs(self, name: str, query: LogQuery, *, notice: Notice) -> AsyncIterator[LogLine]:
        yield LogLine("a toy")

    async def replicas(self, name: str) -> tuple[Replica, ...]:
        return ()

    async def metrics(self, name: str, window: Window, *, replica: str | None = None) -> Metrics:
        raise ProviderError(ErrorKind.UNSUPPORTED, Operation.METRICS, "toys have no metrics")

    async def open_metrics(self, name: str) -> str:
        raise ProviderError(ErrorKind.UNSUPPORTED, Operation.OPEN_METRICS, "toys have no metrics")


def _observation(name: str) -> Observation:
    one = REMOTE[name]
    claims = (one["claim"],) if one["claim"].startswith("iop1-") else ()
    serving = one["state"] == "running"
    return Observation(
        name=name,
        created_at=f"2026-11-21T09:00:00.{one['number']:06d}Z",
        state=State(one["state"]),
        document=one["document"],
        url=f"https://toys.example.com/{name}",
        ready_replica=int(serving),
        target_replica=int(serving),
        claims=claims,
    )


class Toy:
    """The provider, as it registers."""

    blocks = ProviderBlocks(
        key="toy",
        endpoint=ToyEndpoint,
        account=ToyAccount,
        endpoint_rules=(
            kept_once_bound("toy", "colour"),
            Cel(
                "!has(self.spec.toy) || self.spec.toy.colour != 'beige'",
                "nobody wants a beige toy: choose another colour",
                ".spec.toy.colour",
            ),
        ),
        source="Toy API 1",
    )
    shape = Shape()
    hosts = ("https://toys.example.com",)
    variables: Mapping[str, str] = {"token": "TOY_TOKEN"}

    def site(self, account_block: Mapping[str, Any]) -> Site:
        credentials = (SecretKey("token", "toy", "token"),)
        return Site(self.hosts[0], ToyAccount.from_json(account_block).box, credentials)

    def desired(self, spec: EndpointSpec, *, name: str, effective: Effective | None) -> Desired:
        return Desired(name=name, document=ToyEndpoint.from_json(spec.block).to_json(), hardware="bricks")

    def connect(
        self, site: Site, credentials: Mapping[str, str], *, limits: Limits, on_request: OnRequest
    ) -> Connection:
        return ToyConnection()

    def connection_details(self, observation: Observation) -> Mapping[str, str]:
        return {"url": observation.url or "", "name": observation.name, "provider": "toy"}

    def declaration(self, observation: Observation) -> Declaration:
        return Declaration(observation.document)


PLUGIN: Plugin = Toy()
