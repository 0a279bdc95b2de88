"""A watch that is stopped while it is being started: nothing of it is left, and nothing complains."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.runtime.test_missed_deletions import Api, NoAccounts

from inference_operator.api.names import GROUP, VERSION
from inference_operator.kube.session import Session
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.handlers import Sight
from inference_operator.runtime.index import Index
from inference_operator.runtime.queue import WorkQueue
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.watching import Watch


class SlowDiscovery:
    """An API server that begins to say what it serves, and does not end."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.app = web.Application()
        self.app.add_routes(
            [
                web.get("/api", _versions),
                web.get("/apis", _groups),
                web.get("/{path:.*}", self._begin),
            ]
        )

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"resources": [')
        self.asked.set()
        await asyncio.sleep(60)
        return response


async def _versions(_: web.Request) -> web.Response:
    return web.json_response({"versions": ["v1"]})


async def _groups(_: web.Request) -> web.Response:
    group = {"name": GROUP, "versions": [{"version": VERSION}], "preferredVersion": {"version": VERSION}}
    return web.json_response({"groups": [group]})


@pytest.fixture
async def slow() -> AsyncIterator[tuple[SlowDiscovery, str]]:
    api = SlowDiscovery()
    async with TestServer(api.app) as server:
        yield api, str(server.make_url(""))


def _kubeconfig(server: str, directory: Path) -> str:
    path = directory / "kubeconfig"
    named = {"name": "it"}
    config = {
        "current-context": "it",
        "contexts": [named | {"context": {"cluster": "it", "user": "it"}}],
        "clusters": [named | {"cluster": {"server": server}}],
        "users": [named | {"user": {}}],
    }
    path.write_text(json.dumps(config))
    return str(path)


async def _stop_amid_discovery(slow: tuple[SlowDiscovery, str], directory: Path) -> None:
    api, server = slow
    sight = Sight(Index(), cast(Accounts, NoAccounts()), WorkQueue())
    settings = Settings(kubeconfig=_kubeconfig(server, directory))
    async with Watch(cast(Session, Api()), settings, sight, on_ready=lambda: None).running():
        await api.asked.wait()
        # Once kopf has read the head of the answer, it is the body that is cut off.
        await asyncio.sleep(0.1)
    gc.collect()


def _failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [str(record.exc_info[1]) for record in caplog.records if record.exc_info]


async def test_stopped_amid_discovery_it_leaves_no_failure_behind(
    slow: tuple[SlowDiscovery, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await _stop_amid_discovery(slow, tmp_path)
    assert _failures(caplog) == []


async def test_other_failures_of_tasks_are_still_told(
    slow: tuple[SlowDiscovery, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await _stop_amid_discovery(slow, tmp_path)

    async def fail() -> None:
        raise ValueError("of our own")

    await asyncio.wait([asyncio.create_task(fail())])
    gc.collect()
    assert _failures(caplog) == ["of our own"]
