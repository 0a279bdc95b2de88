"""The simulator's own controls under `/_sim/`: the Python handle's powers, over HTTP, without a token."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference_operator.simulator.errors import ApiError, error_response
from inference_operator.simulator.faults import Fault
from inference_operator.simulator.huggingface import HuggingFace, Knobs
from inference_operator.simulator.tokens import DEFAULT_USER, Scope


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Tick(_Body):
    """Body of POST `/_sim/clock`."""

    advance: float = Field(ge=0)


class NewToken(_Body):
    """Body of POST `/_sim/tokens`."""

    token: str
    user: str = DEFAULT_USER
    namespaces: list[str] | None = None
    scope: Scope = "write"
    pro: bool = True


class Edit(BaseModel):
    """Body of PATCH `/_sim/endpoints/{namespace}/{name}`: whatever else it holds is configuration."""

    model_config = ConfigDict(extra="allow")

    state: (
        Literal[
            "pending",
            "initializing",
            "updating",
            "updateFailed",
            "running",
            "paused",
            "failed",
            "scaledToZero",
        ]
        | None
    ) = None


class Controls:
    """Handlers of the controls: each takes the JSON body and the path, and returns a JSON document."""

    def __init__(self, huggingface: HuggingFace) -> None:
        self._hf = huggingface

    def calls(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return the counters by operation and by status."""
        statuses: dict[str, dict[str, int]] = {}
        for (operation, status), count in self._hf.statuses.items():
            statuses.setdefault(operation, {})[str(status)] = count
        return {"calls": dict(self._hf.calls), "statuses": statuses}

    def forget_calls(self, _body: Any, _path: dict[str, str]) -> Any:
        """Empty the counters and the journal."""
        self._hf.bench.journal.clear()
        return {}

    def journal(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return the requests, oldest first."""
        return {"items": [asdict(request) for request in self._hf.journal]}

    def knobs(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return the settings."""
        return self._hf.knobs.model_dump()

    def set_knobs(self, body: Any, _path: dict[str, str]) -> Any:
        """Change the settings that are given."""
        self._hf.knobs = Knobs.model_validate(self._hf.knobs.model_dump() | body)
        return self._hf.knobs.model_dump()

    def faults(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return the planned failures."""
        return {"items": [fault.model_dump() for fault in self._hf.faults.list()]}

    def add_fault(self, body: Any, _path: dict[str, str]) -> Any:
        """Plan a failure."""
        return self._hf.faults.add(Fault.model_validate(body)).model_dump()

    def forget_faults(self, _body: Any, _path: dict[str, str]) -> Any:
        """Drop all planned failures."""
        self._hf.faults.clear()
        return {}

    def endpoints(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return all endpoints by namespace and name, unredacted."""
        return {namespace: self._hf.endpoints(namespace) for namespace in self._hf.control.store.namespaces()}

    def edit(self, body: Any, path: dict[str, str]) -> Any:
        """Change an endpoint behind the client's back."""
        patch = Edit.model_validate(body).model_dump(exclude_unset=True)
        by = patch.pop("updatedBy", "alice")
        return self._hf.edit(path["namespace"], path["name"], patch, by=by)

    def add_token(self, body: Any, _path: dict[str, str]) -> Any:
        """Make a token valid, with its user, namespaces and scope."""
        given = NewToken.model_validate(body)
        self._hf.tokens.add(**given.model_dump())
        return {"user": given.user}

    def revoke_token(self, body: Any, _path: dict[str, str]) -> Any:
        """Make a token invalid."""
        self._hf.tokens.revoke(NewToken.model_validate(body).token)
        return {}

    def advance(self, body: Any, _path: dict[str, str]) -> Any:
        """Move simulated time by `advance` seconds."""
        return {"now": self._hf.clock.advance(Tick.model_validate(body).advance)}

    def reset(self, _body: Any, _path: dict[str, str]) -> Any:
        """Go back to the beginning."""
        self._hf.reset()
        return {}


def routes(huggingface: HuggingFace) -> list[Route]:
    """Return the routes of the controls."""
    controls = Controls(huggingface)
    table: list[tuple[str, str, Callable[[Any, dict[str, str]], Any]]] = [
        ("GET", "/_sim/calls", controls.calls),
        ("DELETE", "/_sim/calls", controls.forget_calls),
        ("GET", "/_sim/journal", controls.journal),
        ("GET", "/_sim/knobs", controls.knobs),
        ("PUT", "/_sim/knobs", controls.set_knobs),
        ("GET", "/_sim/faults", controls.faults),
        ("POST", "/_sim/faults", controls.add_fault),
        ("DELETE", "/_sim/faults", controls.forget_faults),
        ("GET", "/_sim/endpoints", controls.endpoints),
        ("PATCH", "/_sim/endpoints/{namespace}/{name}", controls.edit),
        ("POST", "/_sim/tokens", controls.add_token),
        ("DELETE", "/_sim/tokens", controls.revoke_token),
        ("POST", "/_sim/clock", controls.advance),
        ("POST", "/_sim/reset", controls.reset),
    ]
    return [Route(path, _endpoint(handler), methods=[method]) for method, path, handler in table]


def _endpoint(handler: Callable[[Any, dict[str, str]], Any]) -> Callable[[Request], Any]:
    async def serve(request: Request) -> Response:
        try:
            body = await request.json() if await request.body() else {}
            return JSONResponse(await run_in_threadpool(handler, body, request.path_params))
        except ApiError as error:
            return error_response(error)
        except (ValidationError, ValueError, TypeError) as error:
            return error_response(ApiError(422, str(error)))

    return serve
