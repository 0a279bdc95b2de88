"""Calls to the Inference Endpoints API, in terms of observations and documents.

See docs/reference/hugging-face-api.md, "Calls".
"""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from inference_operator.core.catalogue import Offer
from inference_operator.core.documents import Document, lookup, merged
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.insight import LogLine, LogQuery, Metrics, Notice, Replica, Window
from inference_operator.core.observation import Observation
from inference_operator.core.ownership import RELEASED
from inference_operator.core.reading import Page
from inference_operator.providers.base import Change, HealthRequest, Limits, OnRequest, Site
from inference_operator.providers.http import Answer, HttpClient
from inference_operator.providers.huggingface import wire
from inference_operator.providers.huggingface.errors import error_of, malformed
from inference_operator.providers.huggingface.insight import Insight
from inference_operator.providers.huggingface.offers import offers

_NEWEST_FIRST: Mapping[str, str] = {"sortBy": "updatedAt", "direction": "desc"}
_QUERIES: Sequence[Mapping[str, str]] = ({**_NEWEST_FIRST, "limit": "100"}, _NEWEST_FIRST, {})
"""What is asked of a list, the best first: one may be refused that knows no page that large, or no such order.

The limit is the largest that a public client is known to send; the API documents 20 as its default, no maximum.
"""
_BARREN = 3
"""After how many pages in a row that show nothing new a list goes in circles, and has no other end."""
_REFUSALS = 3
"""How often in a row a query is refused, and the next one is not, before it is asked no more."""
_ACTIONS = {Operation.PAUSE: "pause", Operation.RESUME: "resume", Operation.SCALE_TO_ZERO: "scale-to-zero"}
_ALREADY_RUNNING = "already running"
_DATA_PLANE = ("endpoints.huggingface.cloud",)
"""Where the vendor's own addresses of endpoints are (the examples of its OpenAPI document)."""


class HuggingFaceConnection:
    """One account at Hugging Face."""

    def __init__(self, site: Site, credentials: Mapping[str, str], *, limits: Limits, on_request: OnRequest) -> None:
        namespace = quote(site.namespace, safe="")
        self._root = f"/v2/endpoint/{namespace}"
        self._catalogue = f"/v2/provider/{namespace}" if namespace else "/v2/provider"
        self._public = not namespace
        self._headers = {"Authorization": f"Bearer {credentials['token']}"} if credentials else {}
        self._http = HttpClient(
            base_url=site.base_url,
            headers=self._headers,
            limits=limits,
            on_request=on_request,
        )
        self._refused = Counter[int]()
        self._insight = Insight(self._http, namespace)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def pages(self) -> AsyncGenerator[Page, None]:
        """The endpoints by `updatedAt`, the latest first. The end is where no other cursor follows."""
        followed, shown, barren, number = set[str](), set[str](), 0, 1
        body, query = await self._first_page()
        while True:
            following = body.get("nextCursor")
            found = [one for item in body["items"] if (one := wire.listed(item))]
            barren = 0 if {one.name for one in found} - shown else barren + 1
            last = not isinstance(following, str) or not following or following in followed or barren == _BARREN
            total = body.get("totalItems")
            yield Page(found, total if type(total) is int and total >= 0 else None, last)
            if last or not isinstance(following, str):
                break
            followed.add(following)
            shown.update(one.name for one in found)
            number += 1
            body = await self._next_page(query, following, number)

    async def catalogue(self) -> tuple[Offer, ...]:
        """The hardware that the namespace may use, with its quota; without a namespace what is public."""
        answer = await self._http.read(Operation.CATALOGUE, self._catalogue)
        if not _succeeded(answer):
            raise error_of(Operation.CATALOGUE, answer)
        found = offers(answer.body)
        # The public catalogue states a quota of 0 for everything, which is nobody's.
        return tuple(replace(offer, quota=None) for offer in found) if self._public else found

    async def get(self, name: str, *, remote_id: str | None = None) -> Observation | None:
        """One endpoint, None where the API answers 404."""
        answer = await self._http.read(Operation.GET, self._path(name))
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        return _observation(Operation.GET, answer)

    async def create(self, name: str, document: Document, *, claim: str) -> Observation:
        """POST, with the marker among the tags."""
        body = {"name": name, **document, "tags": _tags(document, claim)}
        answer = await self._http.write(Operation.CREATE, "POST", self._root, body)
        return _observation(Operation.CREATE, answer, tags=body["tags"])

    async def update(self, name: str, change: Change) -> Observation:
        """PUT, which merges. The tags go along where they or the marker change, since they are replaced whole."""
        body = merged(change.document)
        if "tags" in body or change.observed.claims != (change.claim,):
            body["tags"] = _tags(body if "tags" in body else change.observed.document, change.claim)
        answer = await self._http.write(Operation.UPDATE, "PUT", self._path(name), body)
        return _observation(Operation.UPDATE, answer, tags=body.get("tags", ()))

    async def switch(self, name: str, operation: Operation, *, remote_id: str | None = None) -> Observation:
        """Pause, resume or scale to zero. "Already running" is what was asked for."""
        answer = await self._http.write(operation, "POST", f"{self._path(name)}/{_ACTIONS[operation]}")
        if answer.status == HTTPStatus.BAD_REQUEST and _ALREADY_RUNNING in answer.text.lower():
            return await self._must_get(name)
        return _observation(operation, answer)

    async def release(self, name: str, observed: Observation) -> None:
        """Replace the marker by the one that says: free to take."""
        await self.update(name, Change(document={}, claim=RELEASED, observed=observed))

    def health_request(self, observed: Observation) -> HealthRequest:
        """The health route below the endpoint's URL, with the token, as the vendor's own client asks it."""
        url = f"{(observed.url or '').rstrip('/')}/{observed.health_route.lstrip('/')}"
        return HealthRequest(url=url, headers=self._headers, domains=_DATA_PLANE)

    async def delete(self, name: str, *, remote_id: str | None = None) -> None:
        """DELETE. 404 says that it is done already."""
        answer = await self._http.write(Operation.DELETE, "DELETE", self._path(name))
        if not _succeeded(answer) and answer.status != HTTPStatus.NOT_FOUND:
            raise error_of(Operation.DELETE, answer)

    def logs(self, name: str, query: LogQuery, *, notice: Notice) -> AsyncIterator[LogLine]:
        """The log of one endpoint."""
        return self._insight.logs(name, query, notice=notice)

    async def replicas(self, name: str) -> tuple[Replica, ...]:
        """The replicas of one endpoint."""
        return await self._insight.replicas(name)

    async def metrics(self, name: str, window: Window, *, replica: str | None = None) -> Metrics:
        """The graphs of one endpoint."""
        return await self._insight.metrics(name, window, replica=replica)

    async def open_metrics(self, name: str) -> str:
        """The OpenMetrics text of one endpoint."""
        return await self._insight.open_metrics(name)

    async def _first_page(self) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """The page, and the query that it was asked for with."""
        refused: list[tuple[int, Answer]] = []
        for number, query in enumerate(_QUERIES):
            if self._refused[number] >= _REFUSALS:
                continue
            answer = await self._http.read(Operation.LIST, self._root, params=query, page=1)
            if answer.status != HTTPStatus.BAD_REQUEST:
                break
            refused.append((number, answer))
        if refused and answer.status != HTTPStatus.OK:
            answer = refused[0][1]  # It is not for the query.
        elif answer.status == HTTPStatus.OK:
            self._refused.update(one for one, _ in refused)
            self._refused[number] = 0
        return _listed(answer), query

    async def _next_page(self, query: Mapping[str, str], cursor: str, number: int) -> Mapping[str, Any]:
        params = {**query, "cursor": cursor}
        return _listed(await self._http.read(Operation.LIST, self._root, params=params, page=number))

    async def _must_get(self, name: str) -> Observation:
        observation = await self.get(name)
        if observation is None:
            raise ProviderError(ErrorKind.NOT_FOUND, Operation.GET, "the endpoint does not exist", status=404)
        return observation

    def _path(self, name: str) -> str:
        return f"{self._root}/{quote(name, safe='')}"


def _listed(answer: Answer) -> Mapping[str, Any]:
    if answer.status != HTTPStatus.OK:
        raise error_of(Operation.LIST, answer)
    if not isinstance(answer.body, Mapping) or not isinstance(answer.body.get("items"), list):
        raise malformed(Operation.LIST, answer)
    return answer.body


def _tags(document: Document, claim: str) -> list[str]:
    """The marker first: a provider that keeps only so many tags is not to drop this one."""
    return [claim, *(lookup(document, ("tags",)) or ())]


def _observation(operation: Operation, answer: Answer, *, tags: Sequence[str] = ()) -> Observation:
    if not _succeeded(answer):
        raise _about_the_marker(error_of(operation, answer), tags)
    observation = wire.observation(answer.body)
    if observation is None:
        raise malformed(operation, answer)
    return observation


def _about_the_marker(error: ProviderError, tags: Sequence[str]) -> ProviderError:
    """A refusal of the tags is one of the marker where it names the marker, or where there is no other tag."""
    said = error.message.lower()
    if error.kind is not ErrorKind.INVALID or not tags:
        return error
    alone = len(tags) == 1 and "tag" in said
    return replace(error, kind=ErrorKind.MARKER) if alone or tags[0] in said else error


def _succeeded(answer: Answer) -> bool:
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
