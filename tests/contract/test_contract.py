"""Whatever the contract allows, the simulator takes; whatever it answers, the contract allows."""

import asyncio
import json
from typing import Any

import httpx
from hypothesis import given, settings
from tests.contract.contract import check, check_answer
from tests.contract.generate import documents

from inference_operator.simulator import Clock, create_app

NAME = "generated"


def valid_create(body: dict[str, Any]) -> dict[str, Any]:
    """Obey the rules that the schema does not state."""
    body["name"] = NAME
    body["compute"]["scaling"] |= {"minReplica": 0}
    return body


def valid_update(body: dict[str, Any]) -> dict[str, Any]:
    scaling = (body.get("compute") or {}).get("scaling") or {}
    scaling.pop("minReplica", None)
    return body


def client() -> httpx.AsyncClient:
    app = create_app(clock=Clock.frozen(), check_hardware=False, check_parallelism=False)
    headers = {"Authorization": "Bearer hf_test"}
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://simulator", headers=headers)


async def ask(http: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    answer = await http.request(method, path, content=content)
    assert answer.status_code == 200, answer.text
    check_answer(method, path, answer.status_code, answer.json())
    return answer.json()


async def live(create: dict[str, Any], update: dict[str, Any]) -> None:
    path = f"/v2/endpoint/acme/{NAME}"
    async with client() as http:
        created = await ask(http, "POST", "/v2/endpoint/acme", create)
        assert_echoed(created, create)
        assert await ask(http, "GET", path) == created
        updated = await ask(http, "PUT", path, update)
        again = await ask(http, "PUT", path, update)
        assert without_status(again) == without_status(updated)
        assert (await ask(http, "GET", "/v2/endpoint/acme"))["items"] == [again]
        await ask(http, "GET", f"{path}/replica")


def without_status(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "status"}


def assert_echoed(document: dict[str, Any], sent: dict[str, Any]) -> None:
    assert (document["type"], document["provider"]) == (sent["type"], sent["provider"])
    for key in ("tags", "network", "route", "notifications"):
        if sent.get(key) is not None:
            assert document[key] == sent[key]
    for key in set(sent["model"]) - {"revision", "secrets", "image"}:
        if sent["model"][key] is not None:
            assert document["model"][key] == sent["model"][key]
    assert list(document["model"]["secrets"]) == list(sent["model"].get("secrets", {}))
    assert list(document["model"]["image"]) == list(sent["model"]["image"])


@settings(max_examples=40, deadline=None)
@given(create=documents("Endpoint").map(valid_create), update=documents("EndpointUpdate").map(valid_update))
def test_every_valid_body_is_taken_and_every_answer_is_on_the_contract(create, update):
    check(create, "Endpoint")
    check(update, "EndpointUpdate")
    asyncio.run(live(create, update))
