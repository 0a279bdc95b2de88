"""The HTTP operations of the simulated TIR, for both generations of paths."""

import json
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from inference_operator.simulator.operation import Call, Handler
from inference_operator.simulator.tir import catalogue
from inference_operator.simulator.tir.documents import document, timestamp
from inference_operator.simulator.tir.errors import RefusalError, UnauthenticatedError, envelope
from inference_operator.simulator.tir.record import Record
from inference_operator.simulator.tir.state import Tir

_FRAMEWORKS = ("vllm", "sglang", "dynamo", "pytorch", "triton", "tensorrt", "custom")


class Api:
    """Handlers. A project is named by the path (the older form) or by the query."""

    def __init__(self, tir: Tir) -> None:
        self._tir = tir
        self._control = tir.control

    def secured(self, handler: Callable[[Call, str], Response], *, scoped: bool = True) -> Handler:
        """A handler that first checks bearer token, API key, and the project."""

        def check_then_handle(call: Call) -> Response:
            key = call.query.get("apikey")
            if call.caller is None or not key or (self._tir.api_keys is not None and key not in self._tir.api_keys):
                raise UnauthenticatedError
            project = _project(call) if scoped else ""
            if scoped and not call.caller.may_enter(project):
                raise RefusalError(403, "You do not have permission to perform this action.")
            return handler(call, project)

        return check_then_handle

    def list(self, call: Call, project: str) -> Response:
        """All endpoints, or one page of them."""
        records = self._control.listed(project)
        size = self._tir.knobs.page_size
        if "per_page" in call.query:
            size = min(_number(call, "per_page"), size or _number(call, "per_page"))
        if size is None:
            return self._success([self._document(one) for one in records])
        page = _number(call, "page_no") if "page_no" in call.query else 1
        shown = records[(page - 1) * size : page * size]
        pages = max(-(-len(records) // size), 1)
        counts = {"total_page_number": pages, "total_count": len(records)}
        return JSONResponse(envelope(200, [self._document(one) for one in shown], **counts))

    def create(self, call: Call, project: str) -> Response:
        """Make an endpoint: 201."""
        record = self._control.create(project, _body(call), call.caller.user if call.caller else "")
        return JSONResponse(envelope(201, self._document(record)), status_code=201)

    def get(self, call: Call, project: str) -> Response:
        """One endpoint."""
        return self._success(self._document(self._record(call, project)))

    def put(self, call: Call, project: str) -> Response:
        """An action."""
        return self._success(self._document(self._control.act(project, _identity(call), _body(call))))

    def delete(self, call: Call, project: str) -> Response:
        """Delete an endpoint, which is shown once more."""
        record = self._control.delete(project, _identity(call))
        return self._success(document(record, self._tir.clock.now(), self._tir.knobs, status="done"))

    def logs(self, call: Call, project: str) -> Response:
        """The log, as one text."""
        record = self._record(call, project)
        lines = [f"{timestamp(record.since)} starting {record.name}", f"{timestamp(record.since)} model loaded"]
        return self._success("\n".join(lines) + "\n")

    def replicas(self, call: Call, project: str) -> Response:
        """The replicas."""
        record = self._record(call, project)
        ready = record.status(self._tir.clock.now(), self._tir.knobs) == "running"
        names = [f"is-{record.id}-predictor-{number}" for number in range(record.configuration["replica"])]
        return self._success([{"name": name, "status": "Ready"} for name in names] if ready else [])

    def plans(self, call: Call, _project: str) -> Response:
        """The price list, which is asked by service and framework."""
        if call.query.get("service") != "inference_service" or not call.query.get("framework"):
            raise RefusalError(400, "service and framework are mandatory")
        return self._success(catalogue.listing(self._tir.knobs.sold_out))

    def frameworks(self, _call: Call, _project: str) -> Response:
        """The frameworks."""
        return self._success([{"framework": name, "display_name": name, "versions": []} for name in _FRAMEWORKS])

    def dashboard(self, _call: Call, project: str) -> Response:
        """How much there is: what the vendor's SDK asks to see whether it may."""
        return self._success({"model_endpoints": len(self._control.records(project))})

    def serve(self, call: Call) -> Response:
        """The data plane: one answer while it runs."""
        if call.caller is None:
            raise UnauthenticatedError
        record = self._control.use(int(call.path["id"]))
        if record.status(self._tir.clock.now(), self._tir.knobs) != "running":
            raise RefusalError(503, "no healthy upstream")
        return JSONResponse({"status": "ok"})

    def _record(self, call: Call, project: str) -> Record:
        return self._control.get(project, _identity(call))

    def _document(self, record: Record) -> dict[str, Any]:
        return document(record, self._tir.clock.now(), self._tir.knobs)

    def _success(self, data: Any) -> Response:
        return JSONResponse(envelope(200, data))


def _project(call: Call) -> str:
    if "project" in call.path:
        return call.path["project"]
    project = call.query.get("project_id", "")
    if not project.isdecimal():
        raise RefusalError(400, "project_id is mandatory")
    if not call.query.get("location"):
        raise RefusalError(400, "location is mandatory")
    return project


def _identity(call: Call) -> int:
    if not call.path["name"].isdecimal():
        raise RefusalError(404, "Not Found")
    return int(call.path["name"])


def _number(call: Call, name: str) -> int:
    given = call.query.get(name, "")
    if not given.isdecimal() or int(given) < 1:
        raise RefusalError(400, f"{name} is not a page")
    return int(given)


def _body(call: Call) -> dict[str, Any]:
    try:
        found = json.loads(call.body)
    except ValueError:
        raise RefusalError(400, "the body is not JSON") from None
    if not isinstance(found, dict):
        raise RefusalError(400, "the body is not an object")
    return found
