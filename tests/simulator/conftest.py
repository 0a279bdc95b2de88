import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from tests.contract.contract import check_answer

from inference_operator.simulator import Clock, HuggingFace, Simulator, create_app

HEADERS = {"Authorization": "Bearer hf_test"}


class Api:
    """A client in process: no socket, simulated time, every answer checked against the vendor's contract."""

    def __init__(self, http: httpx.AsyncClient, huggingface: HuggingFace) -> None:
        self.http = http
        self.hf = huggingface

    async def send(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        if body is not None:
            options["content"] = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = await self.http.request(method, path, **options)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        document = response.json() if is_json else response.text
        check_answer(method, response.request.url.path, response.status_code, document)
        return response

    async def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        response = await self.send(method, path, body, **options)
        assert response.status_code == 200, response.text
        return response.json()

    async def refused(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, str]:
        response = await self.send(method, path, body, **options)
        assert response.status_code >= 400, response.text
        return response.status_code, response.json()["error"]

    async def create(self, body: Any, namespace: str = "acme") -> Any:
        return await self.ok("POST", f"/v2/endpoint/{namespace}", body)

    async def get(self, name: str = "sentiment", namespace: str = "acme") -> Any:
        return await self.ok("GET", f"/v2/endpoint/{namespace}/{name}")

    async def put(self, body: Any, name: str = "sentiment") -> Any:
        return await self.ok("PUT", f"/v2/endpoint/acme/{name}", body)

    async def act(self, action: str, name: str = "sentiment") -> Any:
        return await self.ok("POST", f"/v2/endpoint/acme/{name}/{action}")

    async def state(self, name: str = "sentiment") -> str:
        return str((await self.get(name))["status"]["state"])

    async def running(self, body: Any) -> Any:
        """Create an endpoint and let time pass until it runs."""
        await self.create(body)
        self.hf.clock.advance(1)
        document = await self.get(body["name"])
        assert document["status"]["state"] == "running"
        return document


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    huggingface = HuggingFace(clock=Clock.frozen())
    transport = httpx.ASGITransport(app=create_app(huggingface))
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator", headers=HEADERS) as http:
        yield Api(http, huggingface)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.start() as simulator:
        yield simulator


@pytest.fixture
def http(sim: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.url, headers=HEADERS, timeout=10) as client:
        yield client


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait for something that another thread brings about."""
    import time

    def wait(condition: Callable[[], bool]) -> None:
        for _ in range(500):
            if condition():
                return
            time.sleep(0.02)
        raise AssertionError("it did not happen in 10 s")

    return wait
