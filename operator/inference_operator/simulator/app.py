"""The whole simulator as one ASGI application."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from inference_operator.simulator import controls
from inference_operator.simulator.clock import Clock
from inference_operator.simulator.errors import ApiError, error_response
from inference_operator.simulator.huggingface import HuggingFace
from inference_operator.simulator.huggingface.routes import routes
from inference_operator.simulator.tir import Tir
from inference_operator.simulator.tir.routes import routes as tir_routes


def create_app(
    huggingface: HuggingFace | None = None,
    *,
    tir: Tir | None = None,
    clock: Clock | None = None,
    base_url: str = "http://simulator",
    **knobs: Any,
) -> Starlette:
    """Return the simulator for use in process; its handles are `app.state.huggingface` and `app.state.tir`.

    `base_url` is what `status.url` begins with. `clock`, `base_url` and `knobs` make a new Hugging Face, and have no
    effect when `huggingface` is given. A new TIR has its time and address.
    """
    state = huggingface or HuggingFace(clock=clock, base_url=base_url, **knobs)
    other = tir or Tir(clock=state.clock, base_url=state.base_url)
    app = Starlette(
        routes=[*routes(state), *tir_routes(other), *controls.routes(other, "/_sim/tir"), *controls.routes(state)],
        exception_handlers={HTTPException: _refuse, Exception: _fail},
    )
    # The vendor's paths have no trailing slash: a redirect would be an answer off its contract.
    app.router.redirect_slashes = False
    app.state.huggingface = state
    app.state.tir = other
    return app


def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - how Starlette registers handlers
    response = error_response(ApiError(error.status_code, error.detail))
    response.headers.update(error.headers or {})
    return response


def _fail(_request: Request, _error: Exception) -> Response:
    return error_response(ApiError(500, "Internal Server Error"))
