"""Looking inside one endpoint: calls that read its log, replicas, graphs and OpenMetrics.

See docs/reference/hugging-face-api.md, "Replicas, logs and metrics".
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.insight import LogLine, LogQuery, Metrics, Notice, Replica, Window
from inference_operator.providers.http import Answer, HttpClient
from inference_operator.providers.huggingface import graphs, replicas
from inference_operator.providers.huggingface.errors import error_of
from inference_operator.providers.huggingface.logs import read_log


class Insight:
    """What can be seen of the endpoints of one namespace, already quoted for a path."""

    def __init__(self, http: HttpClient, namespace: str) -> None:
        self._http = http
        self._root = f"endpoint/{namespace}"

    def logs(self, name: str, query: LogQuery, *, notice: Notice) -> AsyncIterator[LogLine]:
        """The lines that were asked for."""
        path = f"{self._root}/{quote(name, safe='')}/logs"
        return read_log(self._http, searchable=f"/v3/{path}", plain=f"/v2/{path}", query=query, notice=notice)

    async def replicas(self, name: str) -> tuple[Replica, ...]:
        """The replicas that there are."""
        answer = await self._http.read(Operation.REPLICAS, self._path(name, "replica"))
        return replicas.replicas(_accepted(Operation.REPLICAS, answer))

    async def metrics(self, name: str, window: Window, *, replica: str | None = None) -> Metrics:
        """All graphs of a window: a POST that only reads."""
        body = {"start": _moment(window.start), "stop": _moment(window.stop)}
        if replica is not None:
            body["replicaId"] = replica
        try:
            answer = await self._http.write(Operation.METRICS, "POST", self._path(name, "metrics"), body)
        except ProviderError as error:
            # What got no answer is in doubt only where it would have changed something.
            raise replace(error, kind=ErrorKind.UNAVAILABLE) from None
        return graphs.metrics(_accepted(Operation.METRICS, answer), window)

    async def open_metrics(self, name: str) -> str:
        """The OpenMetrics text, as the vendor wrote it; FORBIDDEN where the plan does not include it."""
        answer = await self._http.read(Operation.OPEN_METRICS, self._path(name, "open-metrics"))
        return _accepted(Operation.OPEN_METRICS, answer).text

    def _path(self, name: str, what: str) -> str:
        return f"/v2/{self._root}/{quote(name, safe='')}/{what}"


def _accepted(operation: Operation, answer: Answer) -> Answer:
    if answer.status != HTTPStatus.OK:
        raise error_of(operation, answer)
    return answer


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
