"""HTTP operations that only look: replicas, logs of both generations, graphs, OpenMetrics."""

import re
from datetime import UTC, datetime

from starlette.responses import JSONResponse, PlainTextResponse, Response

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.huggingface.logs import Line, lines
from inference_operator.simulator.huggingface.metrics import Window, graphs, open_metrics
from inference_operator.simulator.huggingface.query import boolean, choice, unsigned
from inference_operator.simulator.huggingface.record import Record, timestamp
from inference_operator.simulator.huggingface.replicas import replicas
from inference_operator.simulator.huggingface.requests import MetricsParams, read_json, validated
from inference_operator.simulator.huggingface.state import HuggingFace
from inference_operator.simulator.operation import Call
from inference_operator.simulator.tokens import Caller

_LOG_LIMIT = 1000
_LOG_MAXIMUM = 5000
_INT64 = 2**63 - 1


class Observability:
    """Handlers of what is read about a running endpoint."""

    def __init__(self, huggingface: HuggingFace) -> None:
        self._hf = huggingface

    def _record(self, call: Call) -> Record:
        return self._hf.control.get(call.namespace, call.name)

    def replicas(self, call: Call, _caller: Caller) -> Response:
        """Answer the replicas."""
        return JSONResponse({"items": replicas(self._record(call))})

    def logs(self, call: Call, _caller: Caller) -> Response:
        """Answer the log as text; `follow` ends with what is there."""
        boolean(call, "follow")
        width = unsigned(call, "line_max_length", _INT64)
        tail = unsigned(call, "tail", _INT64)
        found = [line.text[:width] for line in _of_replica(call, lines(self._record(call)))]
        shown = found if tail is None else found[max(len(found) - tail, 0) :]
        return PlainTextResponse("".join(f"{text}\n" for text in shown))

    def logs_v3(self, call: Call, _caller: Caller) -> Response:
        """Answer a window of structured log entries, in ascending order whichever end it was taken from."""
        if not self._hf.knobs.log_search:
            raise ApiError(501, "Not Implemented: log search is not available")
        order = choice(call, "order", ("asc", "desc")) or "desc"
        limit = min(_limit(call), _LOG_MAXIMUM)
        width = unsigned(call, "line_max_length", _INT64)
        found = [line for line in _of_replica(call, lines(self._record(call))) if _wanted(call, line)]
        shown = found[:limit] if order == "asc" else found[max(len(found) - limit, 0) :]
        response = JSONResponse([line.entry(width) for line in shown])
        if links := _links(call, found, shown):
            response.headers["Link"] = links
        return response

    def metrics(self, call: Call, _caller: Caller) -> Response:
        """Answer all graphs."""
        record = self._record(call)
        asked = validated(read_json(call.body), MetricsParams)
        return JSONResponse(graphs(record, Window(asked.start, asked.stop), asked.replica_id))

    def open_metrics(self, call: Call, caller: Caller) -> Response:
        """Answer the OpenMetrics text, to paying callers."""
        if not caller.pro:
            raise ApiError(403, "Forbidden: a PRO, Team or Enterprise plan is required")
        return PlainTextResponse(open_metrics(self._record(call)))


def _of_replica(call: Call, found: list[Line]) -> list[Line]:
    replica = call.query.get("replica")
    return [line for line in found if replica in {None, line.replica}]


def _limit(call: Call) -> int:
    text = call.query.get("limit", str(_LOG_LIMIT))
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise ApiError(400, "Failed to deserialize query string: limit: invalid digit found in string")
    return max(int(text), 0)


def _wanted(call: Call, line: Line) -> bool:
    level = call.query.get("level")
    since, until = _instant(call, "since"), _instant(call, "until")
    after, before = _position(call, "after"), _position(call, "before")
    return (
        level in {None, line.level}
        and call.query.get("search", "").lower() in line.text.lower()
        and (since is None or line.at >= since)
        and (until is None or line.at <= until)
        and (after is None or _key(line) > after)
        and (before is None or _key(line) < before)
    )


def _instant(call: Call, key: str) -> float | None:
    text = call.query.get(key)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ApiError(400, f"Failed to deserialize query string: {key}: invalid date") from None


def _key(line: Line) -> str:
    return f"{timestamp(line.at, digits=9)}_{line.replica}"


def _position(call: Call, key: str) -> str | None:
    text = call.query.get(key)
    if text is not None and not re.fullmatch(r"[0-9TZ:.-]{30}_[0-9a-f-]+", text):
        raise ApiError(400, f"Failed to deserialize query string: {key}: invalid cursor")
    return text


def _links(call: Call, found: list[Line], shown: list[Line]) -> str:
    if not shown:
        return ""
    path = f"/v3/endpoint/{call.namespace}/{call.name}/logs"
    links = [f'<{path}/sse?after={_key(shown[-1])}>; rel="next_sse"']
    if shown[-1] is not found[-1]:
        links.append(f'<{path}?order=asc&after={_key(shown[-1])}>; rel="next"')
    if shown[0] is not found[0]:
        links.append(f'<{path}?before={_key(shown[0])}>; rel="prev"')
    return ", ".join(links)
