"""The control plane's HTTP operations: read the request, ask `Control`, write the vendor's document."""

from collections.abc import Callable

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.huggingface import catalogue
from inference_operator.simulator.huggingface.listing import DIRECTIONS, SORT_KEYS, Filters
from inference_operator.simulator.huggingface.merge import Document
from inference_operator.simulator.huggingface.query import choice, csv, unsigned
from inference_operator.simulator.huggingface.record import Record, document
from inference_operator.simulator.huggingface.requests import Endpoint, EndpointUpdate, read_json, validated
from inference_operator.simulator.huggingface.state import HuggingFace
from inference_operator.simulator.operation import Call, Handler
from inference_operator.simulator.tokens import Caller, Scope

TYPES = ("public", "authenticated", "private")
_UNLIMITED = 1_000_000
STATES = (
    "pending",
    "initializing",
    "updating",
    "updateFailed",
    "running",
    "paused",
    "failed",
    "scaledToZero",
)


class Api:
    """Handlers of the control plane."""

    def __init__(self, huggingface: HuggingFace) -> None:
        self._hf = huggingface
        self._control = huggingface.control

    def secured(self, handler: Callable[[Call, Caller], Response], scope: Scope = "read") -> Handler:
        """Return a handler that first checks the token, its namespaces and its scope."""

        def check_then_handle(call: Call) -> Response:
            return handler(call, self._authorized(call, scope))

        return check_then_handle

    def _authorized(self, call: Call, scope: Scope) -> Caller:
        if call.caller is None:
            raise ApiError(401, "Unauthorized: Invalid credentials")
        if not call.caller.may_enter(call.namespace):
            status = self._hf.knobs.unknown_namespace_status
            raise ApiError(status, f"Unauthorized: no access to namespace {call.namespace}")
        if scope == "write" and call.caller.scope == "read":
            raise ApiError(403, "Forbidden: the token lacks the required scope")
        return call.caller

    def list(self, call: Call, _caller: Caller) -> Response:
        """Answer one page of a namespace."""
        page = self._control.list(
            call.namespace,
            Filters(
                tags=csv(call, "tags") or frozenset(),
                search=call.query.get("search", ""),
                types=csv(call, "type", TYPES),
                tasks=csv(call, "task"),
                states=csv(call, "state", STATES),
            ),
            sort_by=choice(call, "sortBy", SORT_KEYS) or "createdAt",
            direction=choice(call, "direction", DIRECTIONS) or "desc",
            cursor=call.query.get("cursor"),
            limit=unsigned(call, "limit"),
        )
        answer = {"items": [self._document(record) for record in page.records], "totalItems": page.total}
        return JSONResponse(answer | {"nextCursor": page.following, "prevCursor": page.previous})

    def search(self, call: Call, _caller: Caller) -> Response:
        """Answer the names that match."""
        filters = Filters(tags=csv(call, "tags") or frozenset(), search=call.query.get("search", ""))
        page = self._control.list(call.namespace, filters, limit=unsigned(call, "limit"))
        return JSONResponse({"items": [{"name": record.name} for record in page.records]})

    def create(self, call: Call, caller: Caller) -> Response:
        """Make an endpoint; the success is 200, not 201."""
        body = self._body(call, Endpoint)
        return self._show(self._control.create(call.namespace, body, caller.user))

    def get(self, call: Call, _caller: Caller) -> Response:
        """Answer one endpoint."""
        return self._show(self._control.get(call.namespace, call.name))

    def update(self, call: Call, caller: Caller) -> Response:
        """Merge a body into an endpoint."""
        body = self._body(call, EndpointUpdate)
        return self._show(self._control.update(call.namespace, call.name, body, caller.user))

    def delete(self, call: Call, _caller: Caller) -> Response:
        """Delete an endpoint; the answer is an empty object."""
        self._control.delete(call.namespace, call.name)
        return JSONResponse({})

    def pause(self, call: Call, caller: Caller) -> Response:
        """Pause an endpoint."""
        return self._show(self._control.pause(call.namespace, call.name, caller.user))

    def resume(self, call: Call, caller: Caller) -> Response:
        """Resume an endpoint."""
        return self._show(self._control.resume(call.namespace, call.name, caller.user))

    def scale_to_zero(self, call: Call, caller: Caller) -> Response:
        """Scale an endpoint to zero."""
        return self._show(self._control.scale_to_zero(call.namespace, call.name, caller.user))

    def providers(self, _call: Call) -> Response:
        """Answer the public catalogue, which shows no quota."""
        return JSONResponse(catalogue.vendors(lambda _: (0, 0)))

    def providers_of(self, call: Call, _caller: Caller) -> Response:
        """Answer the catalogue with the namespace's quota."""
        return JSONResponse(catalogue.vendors(self._quota(call.namespace)))

    def quotas(self, call: Call, _caller: Caller) -> Response:
        """Answer the namespace's quota."""
        return JSONResponse(catalogue.quotas(self._quota(call.namespace)))

    def _quota(self, namespace: str) -> catalogue.Quota:
        figures: dict[str, tuple[int, int]] = {}

        def quota(instance_type: str) -> tuple[int, int]:
            if instance_type not in figures:
                allowed = self._control.quota(namespace, instance_type)
                used = self._control.usage(namespace, instance_type)
                figures[instance_type] = (used, _UNLIMITED if allowed is None else allowed)
            return figures[instance_type]

        return quota

    def _body(self, call: Call, model: type[BaseModel]) -> Document:
        document = read_json(call.body)
        if self._hf.knobs.legacy_protected and isinstance(document, dict) and document.get("type") == "protected":
            document["type"] = "authenticated"
        return validated(document, model).model_dump(by_alias=True, exclude_unset=True)

    def _document(self, record: Record) -> dict[str, object]:
        return document(record, self._hf.knobs, self._hf.base_url)

    def _show(self, record: Record) -> Response:
        return JSONResponse(self._document(record))
