"""The TIR API, call by call: what is sent where, and the envelope of each answer opened."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from inference_operator.core.errors import Operation
from inference_operator.providers.base import Limits, OnRequest
from inference_operator.providers.http import HttpClient
from inference_operator.providers.tir.encoding import count
from inference_operator.providers.tir.errors import Envelope, error_of, malformed, opened
from inference_operator.providers.tir.places import Place
from inference_operator.providers.tir.wire import Seen, seen

_PLANS = "/gpu_service/sku/"
_PER_PAGE = "100"
_MAX_PAGES = 1000


class Api:
    """One project's API. Every method raises `ProviderError` and nothing else."""

    def __init__(
        self, base_url: str, place: Place, credentials: Mapping[str, str], *, limits: Limits, on_request: OnRequest
    ) -> None:
        self._collection = place.collection
        self.headers = {"Authorization": f"Bearer {credentials['token']}"} if credentials else {}
        key = {"apikey": credentials["apiKey"]} if credentials else {}
        self._http = HttpClient(
            base_url=base_url,
            headers=self.headers,
            params={**place.query, **key},
            limits=limits,
            on_request=on_request,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def list(self, *, observing: bool = False) -> list[Seen]:
        """All endpoints. Pages are asked for, which no source documents here: an API without them answers all.

        `observing`: it is the account's own read, and not for the sake of one endpoint.
        """
        found: dict[str, Seen] = {}
        for page in range(1, _MAX_PAGES + 1):
            params = {"page_no": str(page), "per_page": _PER_PAGE}
            envelope = await self._read(
                Operation.LIST, self._collection, params, page=page if page > 1 or observing else None
            )
            if not isinstance(envelope.data, list):
                raise malformed(Operation.LIST, envelope)
            found.update((one.id, one) for item in envelope.data if (one := seen(item)))
            pages = envelope.answer.body.get("total_page_number")
            if page >= (count(pages) or 1):
                break
        return [*found.values()]

    async def get(self, identity: str) -> Seen | None:
        """One endpoint by its id, None where the API answers 404, or that it is done."""
        envelope = opened(await self._http.read(Operation.GET, self._path(identity)))
        if envelope.status == HTTPStatus.NOT_FOUND:
            return None
        if not envelope.succeeded:
            raise error_of(Operation.GET, envelope)
        found = seen(envelope.data)
        if found is None and not _is_done(envelope):
            raise malformed(Operation.GET, envelope)
        return found

    async def must_get(self, identity: str, operation: Operation) -> Seen:
        """One endpoint before it is changed. Raises NOT_FOUND where it does not exist, in terms of the change."""
        envelope = opened(await self._http.read(Operation.GET, self._path(identity)))
        found = seen(envelope.data) if envelope.succeeded else None
        if found is None:
            raise error_of(operation, envelope) if not envelope.succeeded else malformed(Operation.GET, envelope)
        return found

    async def create(self, body: Mapping[str, Any]) -> Seen:
        """POST. The answer is the endpoint, with the id that it got."""
        return await self._write(Operation.CREATE, "POST", self._collection, body)

    async def act(self, identity: str, operation: Operation, body: Mapping[str, Any]) -> Seen:
        """PUT, with an action in the body. What the answer leaves out is read."""
        envelope = opened(await self._http.write(operation, "PUT", self._path(identity), body))
        if not envelope.succeeded:
            raise error_of(operation, envelope)
        return seen(envelope.data) or await self.must_get(identity, operation)

    async def delete(self, identity: str) -> None:
        """DELETE. 404 says that it is done already."""
        envelope = opened(await self._http.write(Operation.DELETE, "DELETE", self._path(identity)))
        if not envelope.succeeded and envelope.status != HTTPStatus.NOT_FOUND:
            raise error_of(Operation.DELETE, envelope)

    async def plans(self, framework: str) -> Any:
        """The price list."""
        params = {"service": "inference_service", "framework": framework}
        return (await self._read(Operation.CATALOGUE, _PLANS, params)).data

    async def logs(self, identity: str) -> Any:
        """The whole log, in whatever form."""
        return (await self._read(Operation.LOGS, f"{self._path(identity)}logs/")).data

    async def replicas(self, identity: str) -> Envelope:
        """The replicas, in whatever form."""
        return await self._read(Operation.REPLICAS, f"{self._path(identity)}replicas/")

    def _path(self, identity: str) -> str:
        return f"{self._collection}{identity}/"

    async def _read(
        self, operation: Operation, path: str, params: Mapping[str, str] | None = None, *, page: int | None = None
    ) -> Envelope:
        envelope = opened(await self._http.read(operation, path, params=params, page=page))
        if not envelope.succeeded:
            raise error_of(operation, envelope)
        if not isinstance(envelope.answer.body, Mapping):
            raise malformed(operation, envelope)
        return envelope

    async def _write(self, operation: Operation, method: str, path: str, body: Mapping[str, Any]) -> Seen:
        envelope = opened(await self._http.write(operation, method, path, body))
        if not envelope.succeeded:
            raise error_of(operation, envelope)
        found = seen(envelope.data)
        if found is None:
            raise malformed(operation, envelope)
        return found


def _is_done(envelope: Envelope) -> bool:
    data = envelope.data
    return isinstance(data, Mapping) and str(data.get("status", "")).lower() == "done"
