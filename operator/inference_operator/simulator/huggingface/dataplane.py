"""The addresses that `status.url` names: they answer as a served model would, or say why they can't.

Seen at the vendor: 503 while scaling from zero, `X-Scale-Up-Timeout`, 400 when paused.
"""

import asyncio
import time

from starlette.responses import JSONResponse, Response

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.huggingface.configuration import health_route
from inference_operator.simulator.huggingface.inference import infer
from inference_operator.simulator.huggingface.lifecycle import SERVING, UNDERWAY
from inference_operator.simulator.huggingface.record import Record
from inference_operator.simulator.huggingface.state import HuggingFace
from inference_operator.simulator.operation import Call

_LOOK_AGAIN = 0.02
_LONGEST_HOLD = 600.0


class DataPlane:
    """Handler of every request to an endpoint's URL."""

    def __init__(self, huggingface: HuggingFace) -> None:
        self._hf = huggingface

    async def serve(self, call: Call) -> Response:
        """Answer, wake and hold, or refuse."""
        identifier = call.path["id"]
        _check_access(call, self._hf.control.by_id(identifier))
        record = self._hf.control.use(identifier)
        if record.lifecycle.state in UNDERWAY and record.lifecycle.ready == 0:
            record = await self._hold(record, _hold_seconds(call) if self._hf.knobs.scale_up_hold else 0)
        _check_serving(record)
        path = "/" + call.path.get("rest", "")
        if path == "/" + health_route(record.configuration["model"]["image"]).lstrip("/"):
            return JSONResponse({"status": "ok"})
        return JSONResponse(infer(record, path))

    async def _hold(self, record: Record, seconds: float) -> Record:
        until = time.monotonic() + seconds
        while record.lifecycle.state in UNDERWAY and record.lifecycle.ready == 0 and time.monotonic() < until:
            await asyncio.sleep(_LOOK_AGAIN)
            record = self._hf.control.by_id(record.id)
        return record


def _check_access(call: Call, record: Record) -> None:
    access = record.configuration["type"]
    if access == "public":
        return
    if call.caller is None:
        raise ApiError(401, "Unauthorized: Invalid credentials")
    if access == "private" and not call.caller.may_enter(record.namespace):
        raise ApiError(403, "Forbidden: the token has no access to this endpoint")


def _check_serving(record: Record) -> None:
    if record.lifecycle.state == "paused":
        raise ApiError(400, "Bad Request: Invalid state")
    if record.lifecycle.state not in SERVING or record.lifecycle.ready == 0:
        raise ApiError(503, "Service Unavailable")


def _hold_seconds(call: Call) -> float:
    try:
        return min(max(float(call.headers.get("x-scale-up-timeout", "0")), 0.0), _LONGEST_HOLD)
    except ValueError:
        return 0.0
