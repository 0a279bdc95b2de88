"""Carrying out what is asked of an endpoint itself: its health route, and its log when it failed."""

from collections.abc import AsyncIterator
from dataclasses import replace

from inference_operator.core import record
from inference_operator.core.errors import ErrorKind, ProviderError
from inference_operator.core.insight import LogLine, LogQuery
from inference_operator.core.observation import Observation
from inference_operator.core.text import plain
from inference_operator.providers.base import Connection
from inference_operator.providers.dataplane import DataPlane
from inference_operator.runtime.scene import Scene
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger(__name__)

LINES = 20
"""How many lines of a log the status holds at most."""

_ERRORS = "error"


async def probe(scene: Scene, data_plane: DataPlane, connection: Connection, observation: Observation) -> Scene:
    """Ask the health route. That it answered is recorded, so that it is not asked again for this version."""
    health = await data_plane.ask(connection.health_request(observation))
    scene = replace(scene, snapshot=replace(scene.snapshot, health=health))
    return scene.refreshed(status=record.answered(scene.snapshot, observation)) if health.serves else scene


async def read_log(scene: Scene, connection: Connection) -> Scene:
    """Read the last lines that tell of errors, else the last of all. A log that can't be read leaves none."""
    try:
        lines = await _last_lines(connection, scene.remote_name)
    except ProviderError as error:
        _log.warning("the log of a failed endpoint can't be read", remote=scene.remote_name, error=str(error))
        lines = ()
    return replace(scene, snapshot=replace(scene.snapshot, log=lines))


async def _last_lines(connection: Connection, name: str) -> tuple[str, ...]:
    try:
        found = await _texts(connection.logs(name, LogQuery(tail=LINES, level=_ERRORS), notice=_unnoticed))
    except ProviderError as error:
        if error.kind is not ErrorKind.UNSUPPORTED:
            raise
        found = ()
    return found or await _texts(connection.logs(name, LogQuery(tail=LINES), notice=_unnoticed))


async def _texts(lines: AsyncIterator[LogLine]) -> tuple[str, ...]:
    texts = [plain(line.text) async for line in lines]
    return tuple(text for text in texts if text)[-LINES:]


def _unnoticed(_: str) -> None:
    """Whatever the log lacks, its last lines say most."""
