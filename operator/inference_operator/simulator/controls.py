"""The simulator's own controls under `/_sim/`: the Python handle's powers, over HTTP, without a token."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference_operator.simulator.errors import ApiError, error_response
from inference_operator.simulator.faults import Fault
from inference_operator.simulator.huggingface import HuggingFace
from inference_operator.simulator.tir import Tir
from inference_operator.simulator.tokens import DEFAULT_USER, Scope

Handle: TypeAlias = HuggingFace | Tir


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

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def calls(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return the counters by operation and by status."""
        statuses: dict[str, dict[str, int]] = {}
        for (operation, status), count in self._handle.statuses.items():
            statuses.setdefault(operation, {})[str(status)] = count
        return {"calls": dict(self._handle.calls), "statuses": statuses}

    def forget_calls(self, _body: Any, _path: dict[str, str]) -> Any:
        """Empty the counters and the journal."""
        self._handle.bench.journal.clear()
        return {}

    def journal(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return the requests, oldest first."""
        return {"items": [asdict(request) for request in self._handle.journal]}

    def knobs(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return the settings."""
        return self._handle.knobs.model_dump()

    def set_knobs(self, body: Any, _path: dict[str, str]) -> Any:
        """Change the settings that are given."""
        knobs = self._handle.knobs
        # The settings are checked by the model that they are of.
        setattr(self._handle, "knobs", type(knobs).model_validate(knobs.model_dump() | body))  # noqa: B010 - of either type
        return self._handle.knobs.model_dump()

    def faults(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return the planned failures."""
        return {"items": [fault.model_dump() for fault in self._handle.faults.list()]}

    def add_fault(self, body: Any, _path: dict[str, str]) -> Any:
        """Plan a failure."""
        return self._handle.faults.add(Fault.model_validate(body)).model_dump()

    def forget_faults(self, _body: Any, _path: dict[str, str]) -> Any:
        """Drop all planned failures."""
        self._handle.faults.clear()
        return {}

    def endpoints(self, _body: Any, _path: dict[str, str]) -> Any:
        """Return all endpoints by namespace and name, unredacted."""
        return {namespace: self._handle.endpoints(namespace) for namespace in self._handle.namespaces()}

    def edit(self, body: Any, path: dict[str, str]) -> Any:
        """Change an endpoint behind the client's back."""
        patch = Edit.model_validate(body).model_dump(exclude_unset=True)
        by = patch.pop("updatedBy", "alice")
        return self._handle.edit(path["namespace"], path["name"], patch, by=by)

    def add_token(self, body: Any, _path: dict[str, str]) -> Any:
        """Make a token valid, with its user, namespaces and scope."""
        given = NewToken.model_validate(body)
        self._handle.tokens.add(**given.model_dump())
        return {"user": given.user}

    def revoke_token(self, body: Any, _path: dict[str, str]) -> Any:
        """Make a token invalid."""
        self._handle.tokens.revoke(NewToken.model_validate(body).token)
        return {}

    def advance(self, body: Any, _path: dict[str, str]) -> Any:
        """Move simulated time by `advance` seconds."""
        return {"now": self._handle.clock.advance(Tick.model_validate(body).advance)}

    def reset(self, _body: Any, _path: dict[str, str]) -> Any:
        """Go back to the beginning."""
        self._handle.reset()
        return {}


def routes(handle: Handle, root: str = "/_sim") -> list[Route]:
    """Return the routes of the controls of one simulated provider."""
    controls = Controls(handle)
    table: list[tuple[str, str, Callable[[Any, dict[str, str]], Any]]] = [
        ("GET", "/calls", controls.calls),
        ("DELETE", "/calls", controls.forget_calls),
        ("GET", "/journal", controls.journal),
        ("GET", "/knobs", controls.knobs),
        ("PUT", "/knobs", controls.set_knobs),
        ("GET", "/faults", controls.faults),
        ("POST", "/faults", controls.add_fault),
        ("DELETE", "/faults", controls.forget_faults),
        ("GET", "/endpoints", controls.endpoints),
        ("PATCH", "/endpoints/{namespace}/{name}", controls.edit),
        ("POST", "/tokens", controls.add_token),
        ("DELETE", "/tokens", controls.revoke_token),
        ("POST", "/clock", controls.advance),
        ("POST", "/reset", controls.reset),
    ]
    return [Route(f"{root}{path}", _endpoint(handler), methods=[method]) for method, path, handler in table]


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
