"""Calls to the TIR API, in terms of observations and documents (docs/reference/tir-api.md, "Calls").

The API knows endpoints by ids that it gives out itself, and can't be asked for a name. So a name is looked up in the
list, and what the list shows is read by its id before anything is believed. That nothing of a name exists is proven by
an id that answers 404; where no id is known, by a list that goes on not to show the name (`register.py`).
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any

from inference_operator.core.catalogue import Offer
from inference_operator.core.documents import Document
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.insight import LogLine, LogQuery, Metrics, Notice, Replica, Window
from inference_operator.core.observation import Observation
from inference_operator.core.ownership import RELEASED
from inference_operator.core.reading import Page, Row
from inference_operator.providers.base import Change, HealthRequest, Limits, OnRequest, Site
from inference_operator.providers.row import row
from inference_operator.providers.tir import body, insight, wire
from inference_operator.providers.tir.account import DEFAULT_CURRENCY, DEFAULT_INFERENCE_URL
from inference_operator.providers.tir.api import Api
from inference_operator.providers.tir.changes import changed
from inference_operator.providers.tir.errors import malformed
from inference_operator.providers.tir.marker import Marker, marker_of
from inference_operator.providers.tir.offers import offers
from inference_operator.providers.tir.places import NOWHERE, Place
from inference_operator.providers.tir.register import Register
from inference_operator.providers.tir.wire import Seen

_DATA_PLANE = ("infer.e2enetworks.net",)
_SCALE = {("replicas",), ("autoscaling",)}
_NOTHING_MADE = frozenset(
    {
        ErrorKind.INVALID,
        ErrorKind.UNAUTHORIZED,
        ErrorKind.FORBIDDEN,
        ErrorKind.PAYMENT_REQUIRED,
        ErrorKind.NOT_FOUND,
        ErrorKind.MARKER,
        ErrorKind.CAPACITY,
        ErrorKind.RATE_LIMITED,
        ErrorKind.UNSUPPORTED,
        ErrorKind.NOT_LEADING,
    }
)
"""The refusals of a create that leave no doubt."""
_ANY_FRAMEWORK = "custom"
"""The price list is asked by framework; this one runs on anything (our reading)."""


class TirConnection:
    """One project at TIR."""

    def __init__(self, site: Site, credentials: Mapping[str, str], *, limits: Limits, on_request: OnRequest) -> None:
        options = dict(site.options)
        self._public = not site.namespace
        self._place = NOWHERE if self._public else Place.parse(site.namespace)
        self._currency = options.get("currency", DEFAULT_CURRENCY)
        self._inference = options.get("inferenceBaseURL", DEFAULT_INFERENCE_URL)
        self._api = Api(site.base_url, self._place, credentials, limits=limits, on_request=on_request)
        self._register = Register(limits.clock)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._api.aclose()

    async def pages(self) -> AsyncGenerator[Page, None]:
        """All endpoints at once; of those that share a name, the one on record, else one that carries a marker.

        Only who has seen them all can tell which these are; the order is ours, for the API promises none.
        """
        shown = await self._api.list(observing=True)
        of_name = defaultdict[str, list[Seen]](list)
        for one in shown:
            of_name[one.name].append(one)
        found = [self._listed(one, of_name[one.name]) for one in self._register.chosen(shown)]
        yield Page(sorted(found, key=lambda one: one.updated_at, reverse=True), len(found), True)

    async def catalogue(self) -> tuple[Offer, ...]:
        """The plans that the project may use, in the account's currency."""
        if self._public:
            raise insight.unsupported(Operation.CATALOGUE, "E2E Networks TIR shows its price list to accounts alone")
        return offers(await self._api.plans(_ANY_FRAMEWORK), currency=self._currency)

    async def get(self, name: str, *, remote_id: str | None = None) -> Observation | None:
        """One endpoint. Raises UNPROVEN while the list does not show the name, and that proves nothing yet."""
        found = await self._find(name, remote_id)
        return self._observed(found, name) if found else None

    async def create(self, name: str, document: Document, *, claim: str) -> Observation:
        """POST, with the marker among the environment variables."""
        self._register.forget(name)
        values = {key: one["value"] for key, one in document.get("env", {}).items()}
        sent = self._body(name, document, values, marker_of(claim, document))
        try:
            return self._observed(self._noted(await self._api.create(sent)))
        except ProviderError as error:
            if error.kind in _NOTHING_MADE or not error.sent:
                self._register.refused(name)
            else:
                # What was missed while it was under way proves nothing.
                self._register.forget(name)
            raise

    async def update(self, name: str, change: Change) -> Observation:
        """Change it by the narrowest action that can carry the change, else by a PUT of everything."""
        before = await self._api.must_get(self._identity(name, change.observed.id), Operation.UPDATE)
        action = self._narrow_action(change, before)
        if action is not None:
            return self._observed(await self._api.act(before.id, Operation.UPDATE, action), name)
        values = _values(before, change.document)
        return await self._put(before, changed(before.document, change.document), values, change)

    async def switch(self, name: str, operation: Operation, *, remote_id: str | None = None) -> Observation:
        """Stop or start. Where it is so, or on the way there, nothing is sent."""
        if operation is Operation.SCALE_TO_ZERO:
            raise insight.unsupported(operation, "E2E Networks TIR can't be told to scale to zero")
        before = await self._api.must_get(self._identity(name, remote_id), operation)
        if before.stopped == (operation is Operation.PAUSE):
            return self._observed(before, name)
        action = {"action": "stop" if operation is Operation.PAUSE else "start"}
        return self._observed(await self._api.act(before.id, operation, action), name)

    async def release(self, name: str, observed: Observation) -> None:
        """Replace the marker by the one that says: free to take."""
        await self.update(name, Change(document={}, claim=RELEASED, observed=observed))

    async def delete(self, name: str, *, remote_id: str | None = None) -> None:
        """DELETE. 404 says that it is done already."""
        await self._api.delete(self._identity(name, remote_id))

    def health_request(self, observed: Observation) -> HealthRequest:
        """The health route below the endpoint's URL, with the token."""
        url = f"{(observed.url or '').rstrip('/')}/{observed.health_route.lstrip('/')}"
        return HealthRequest(url=url, headers=self._api.headers, domains=_DATA_PLANE)

    async def logs(self, name: str, query: LogQuery, *, notice: Notice) -> AsyncIterator[LogLine]:
        """The log of one endpoint."""
        identity = await self._known(name, Operation.LOGS)
        async for line in insight.log(lambda: self._api.logs(identity), query, notice=notice):
            yield line

    async def replicas(self, name: str) -> tuple[Replica, ...]:
        """The replicas of one endpoint."""
        envelope = await self._api.replicas(await self._known(name, Operation.REPLICAS))
        found = insight.replicas(envelope.data)
        if found is None:
            raise malformed(Operation.REPLICAS, envelope)
        return found

    async def metrics(self, name: str, window: Window, *, replica: str | None = None) -> Metrics:
        """There are none."""
        raise insight.unsupported(Operation.METRICS, insight.NO_METRICS)

    async def open_metrics(self, name: str) -> str:
        """There are none."""
        raise insight.unsupported(Operation.OPEN_METRICS, insight.NO_METRICS)

    async def _find(self, name: str, on_record: str | None) -> Seen | None:
        known = on_record or self._register.id_of(name)
        found = await self._read(name, known) if known else None
        if found is None and (shown := self._register.named(name, await self._api.list())) is not None:
            # The list may lag behind what happened since.
            found = await self._read(name, shown.id)
        if found is not None:
            return self._noted(found, name)
        # Of the one on record, 404 is proof. That any other is gone says nothing of one whose id nobody heard.
        left = 0.0 if on_record is not None else self._register.unproven_for(name)
        if left > 0:
            said = "the list does not show the name, and may lag behind"
            raise ProviderError(ErrorKind.UNPROVEN, Operation.GET, said, retry_after=left)
        return None

    async def _read(self, name: str, identity: str) -> Seen | None:
        found = await self._api.get(identity)
        if found is None:
            self._register.gone(name, identity)
        return found

    async def _known(self, name: str, operation: Operation) -> str:
        """The id of a name that must exist."""
        found = self._register.id_of(name) or getattr(await self._find(name, None), "id", None)
        if found is None:
            raise ProviderError(ErrorKind.NOT_FOUND, operation, "the endpoint does not exist", status=404)
        return found

    def _identity(self, name: str, known: str | None) -> str:
        found = known or self._register.id_of(name)
        if found is None:
            raise ProviderError(ErrorKind.NOT_FOUND, Operation.GET, "no endpoint of this name was seen")
        return found

    def _noted(self, one: Seen, name: str | None = None) -> Seen:
        self._register.note(name or one.name, one.id)
        return one

    def _narrow_action(self, change: Change, before: Seen) -> dict[str, Any] | None:
        """The action that carries a change of the scale alone; none where the marker must go along, or at rest."""
        paths = {(key,) for key in change.document}
        if not paths or not paths <= _SCALE or before.stopped or before.marker.claim != change.claim:
            return None
        policy = {**before.document.get("autoscaling", {}), **change.document.get("autoscaling", {})}
        if policy.get("enabled"):
            return {"action": "update_auto_scale", "auto_scale_policy": body.policy(policy)}
        wanted = change.document.get("replicas", before.document.get("replicas", 1))
        return {"action": "disable_auto_scale", "replicas": wanted}

    async def _put(self, before: Seen, document: Document, values: Mapping[str, str], change: Change) -> Observation:
        # Restarted first: a restart that is lost in between is made again, and not forgotten.
        if "restartedAt" in change.document and not before.stopped:
            await self._api.act(before.id, Operation.UPDATE, {"action": "restart"})
        sent = self._body(before.name, document, values, marker_of(change.claim, document))
        action = {"action": "update" if before.status == "stopped" else "patch"}
        return self._observed(
            await self._api.act(before.id, Operation.UPDATE, {**sent, **action}), change.observed.name
        )

    def _body(self, name: str, document: Document, values: Mapping[str, str], mark: Marker) -> dict[str, Any]:
        return body.body(name, document, values, mark, location=self._place.location, currency=self._currency)

    def _listed(self, one: Seen, of_name: Sequence[Seen]) -> Row:
        beside = [other.raw for other in of_name if other is not one]
        observe = partial(self._observed, one)
        return row(one.raw, name=one.name, updated_at=one.updated_at, observe=observe, beside=beside)

    def _observed(self, one: Seen, name: str | None = None) -> Observation:
        url = f"{self._inference.rstrip('/')}/project/p-{self._place.project}/endpoint/is-{one.id}"
        return wire.observation(one, url=url, name=name)


def _values(before: Seen, change: Document) -> dict[str, str]:
    """The environment in clear: what the change carries, else what there is."""
    if "env" not in change:
        return dict(before.values)
    return {name: one["value"] for name, one in change["env"].items()}
