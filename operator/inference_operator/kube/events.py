"""Kubernetes Events about endpoints: what happened, for `kubectl describe`, without flooding the API server.

kopf posts a new object for each event; here identical ones become a single Event with a `series`, as in
client-go. The caller never waits and never fails: an Event is a courtesy, and the status holds the truth.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from inference_operator.kube import paths
from inference_operator.kube.errors import Conflict, KubeError, NotFound
from inference_operator.kube.session import Session

# Limits of events.k8s.io/v1 (staging/src/k8s.io/api/events/v1/types.go): note 1 kB; reason, action,
# instance 128 characters.
_NOTE_BYTES: Final = 1024
_WORD_LENGTH: Final = 128
# As client-go: an Event of its own after six minutes of silence, for the API server forgets Events after an
# hour.
_SERIES_ENDS_AFTER: Final = timedelta(minutes=6)
_SERIES_REFRESH_SECONDS: Final = 10.0
_REMEMBERED: Final = 4096
_QUEUE_LENGTH: Final = 1024

_logger = logging.getLogger(__name__)


class EventType(StrEnum):
    """The two types that Kubernetes knows."""

    NORMAL = "Normal"
    WARNING = "Warning"


_Key = tuple[str, ...]


@dataclass(slots=True)
class _Series:
    """One Event object: what it says, how often it was said, and how much of that the API server knows."""

    body: dict[str, Any]
    last_at: datetime
    count: int = 1
    sent: int = 0
    refused: bool = False


class EventRecorder:
    """Sends Events in the background, through a queue of its own that drops rather than grows.

    `component` and `instance` name the sender (`reportingController`, `reportingInstance`); `on_drop` is
    called for each Event that is given up, with a word that says why.
    """

    def __init__(
        self,
        session: Session,
        component: str,
        instance: str,
        *,
        on_drop: Callable[[str], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        refresh_seconds: float = _SERIES_REFRESH_SECONDS,
        queue_length: int = _QUEUE_LENGTH,
    ) -> None:
        self._session = session
        self._component = component
        self._instance = instance[:_WORD_LENGTH]
        self._on_drop = on_drop
        self._now = now
        self._refresh_seconds = refresh_seconds
        self._series: OrderedDict[_Key, _Series] = OrderedDict()
        self._queue_length = queue_length
        # What is under way stays in its place until it was sent: stopping in the middle loses nothing.
        self._fresh: deque[_Series] = deque()
        self._grown: dict[int, _Series] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def emit(
        self,
        obj_ref: dict[str, Any],
        *,
        type: EventType,  # noqa: A002 - the API's word
        reason: str,
        message: str,
        action: str,
    ) -> None:
        """Record that `action` led to `reason` on `obj_ref` (apiVersion, kind, namespace, name, uid).

        Returns at once; never raises. `message` is cut at 1,024 bytes.
        """
        now = self._now()
        key = (obj_ref.get("uid", ""), obj_ref.get("name", ""), type, reason, action, message)
        known = self._series.get(key)
        if known is not None and not known.refused and now - known.last_at < _SERIES_ENDS_AFTER:
            self._repeat(known, now)
            self._series.move_to_end(key)
            return
        series = _Series(self._body(obj_ref, now, type=type, reason=reason, message=message, action=action), now)
        self._begin(key, series)

    async def close(self, deadline: float = 2.0) -> None:
        """Send what is waiting, for at most `deadline` seconds, and stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        try:
            async with asyncio.timeout(deadline):
                await self._send_fresh()
                await self._send_grown()
        except TimeoutError:
            self._dropped("Shutdown")

    def _begin(self, key: _Key, series: _Series) -> None:
        if len(self._fresh) >= self._queue_length:
            self._dropped("QueueFull")
            return
        self._fresh.append(series)
        self._wake.set()
        self._series[key] = series
        self._series.move_to_end(key)
        if len(self._series) > _REMEMBERED:
            self._series.popitem(last=False)
        self._ensure_running()

    def _repeat(self, series: _Series, now: datetime) -> None:
        series.count += 1
        series.last_at = now
        self._grown[id(series)] = series
        self._ensure_running()

    def _ensure_running(self) -> None:
        if any(not task.done() for task in self._tasks):
            return
        self._tasks = [
            asyncio.create_task(self._keep_sending()),
            asyncio.create_task(self._keep_refreshing()),
        ]

    async def _keep_sending(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._send_fresh()

    async def _keep_refreshing(self) -> None:
        while True:
            await asyncio.sleep(self._refresh_seconds)
            await self._send_grown()

    async def _send_fresh(self) -> None:
        while self._fresh:
            await self._send(self._fresh[0])
            self._fresh.popleft()

    async def _send_grown(self) -> None:
        for number, series in list(self._grown.items()):
            count = series.count
            if series.sent:
                await self._send(series)
            elif not series.refused:
                continue  # it is still in the queue
            if series.count == count:
                self._grown.pop(number, None)

    async def _send(self, series: _Series) -> None:
        try:
            await (self._patch(series) if series.sent else self._create(series))
        except KubeError as error:
            # Also where the namespace is being deleted: the API server refuses new Events there.
            _logger.debug("event not recorded: %s", error)
            series.refused = not series.sent
            self._dropped(error.reason)

    async def _create(self, series: _Series) -> None:
        count, body = series.count, dict(series.body)
        if count > 1:
            body["series"] = _series_field(series)
        try:
            await self._session.create(paths.events(body["metadata"]["namespace"]), body)
        except Conflict:
            _logger.debug("event %s was recorded before", body["metadata"]["name"])
        series.sent = count

    async def _patch(self, series: _Series) -> None:
        count, metadata = series.count, series.body["metadata"]
        path = paths.event(metadata["namespace"], metadata["name"])
        try:
            await self._session.patch(path, {"series": _series_field(series)})
        except NotFound:
            await self._create(series)
        series.sent = count

    def _dropped(self, why: str) -> None:
        if self._on_drop is not None:
            self._on_drop(why)

    def _body(
        self,
        obj_ref: dict[str, Any],
        now: datetime,
        *,
        type: EventType,  # noqa: A002 - the API's word
        reason: str,
        message: str,
        action: str,
    ) -> dict[str, Any]:
        # An Event lives in the namespace of what it is about; about a cluster-scoped object, in "default".
        namespace = obj_ref.get("namespace") or "default"
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": _event_name(obj_ref["name"]), "namespace": namespace},
            "eventTime": _micro_time(now),
            "type": str(type),
            "reason": reason[:_WORD_LENGTH],
            "action": action[:_WORD_LENGTH],
            "note": message.encode()[:_NOTE_BYTES].decode(errors="ignore"),
            "regarding": obj_ref,
            "reportingController": self._component,
            "reportingInstance": self._instance,
        }


def _event_name(name: str) -> str:
    suffix = secrets.token_hex(8)
    return f"{name[: 252 - len(suffix)].rstrip('.-')}.{suffix}"


def _series_field(series: _Series) -> dict[str, Any]:
    return {"count": series.count, "lastObservedTime": _micro_time(series.last_at)}


def _micro_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
