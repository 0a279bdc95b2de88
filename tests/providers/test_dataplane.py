"""The health route is asked, and nobody's network is reached through it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.resolver import ThreadedResolver

from inference_operator.providers.base import HealthRequest
from inference_operator.providers.dataplane import DataPlane, is_public

TOKEN = {"Authorization": "Bearer hf_canary0123456789"}


class Server:
    """Answers `status` (after `delay` seconds), and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.delay = 200, 0.0
        self.headers: dict[str, str] = {}
        self.asked: list[web.Request] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        await asyncio.sleep(self.delay)
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    one = Server()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", one.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield one
    await runner.cleanup()


async def ask(url, *, trusted=(), seconds=5.0, domains=()):
    return await DataPlane(trusted, timeout=seconds).ask(HealthRequest(url, TOKEN, domains))


@pytest.mark.parametrize(("status", "serves"), [(200, True), (204, True), (302, False), (404, False), (503, False)])
async def test_only_success_is_an_answer(server, status, serves):
    server.status = status
    found = await ask(f"{server.url}/health", trusted=[server.url])
    assert (found.serves, found.said) == (serves, f"it answered {status}")
    assert server.asked[0].path == "/health"


async def test_a_trusted_address_is_told_the_credentials(server):
    await ask(server.url, trusted=[f"{server.url}/api"])
    assert server.asked[0].headers["Authorization"] == TOKEN["Authorization"]


@pytest.mark.parametrize("status", [401, 403])
async def test_with_credentials_being_turned_away_is_no_answer(server, status):
    server.status = status
    assert not (await ask(server.url, trusted=[server.url])).serves


async def test_redirects_are_not_followed(server):
    server.status, server.headers = 307, {"Location": f"{server.url}/elsewhere"}
    assert not (await ask(server.url, trusted=[server.url])).serves
    assert len(server.asked) == 1


async def test_who_does_not_answer_in_time_is_left(server):
    server.delay = 5.0
    found = await ask(server.url, trusted=[server.url], seconds=0.1)
    assert (found.serves, found.said) == (False, "no answer in time")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"])
async def test_an_address_of_this_machine_is_not_asked(server, name):
    found = await ask(server.url.replace("127.0.0.1", name))
    assert not found.serves
    assert server.asked == []


async def test_a_name_that_leads_inside_is_not_asked(server, monkeypatch):
    async def resolve(self, host, port=0, family=0):
        return [{"hostname": host, "host": one, "port": port, "family": 2, "proto": 0, "flags": 0} for one in leads_to]

    leads_to = ["8.8.8.8", "127.0.0.1"]
    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    found = await ask(server.url.replace("127.0.0.1", "models.example.com"))
    assert "not a public one" in found.said
    assert server.asked == []


@pytest.mark.parametrize(
    ("domains", "host", "told"),
    [
        (("vendor.example",), "one.vendor.example", True),
        (("vendor.example",), "vendor.example.evil.example", False),
        (("vendor.example",), "notvendor.example", False),
        ((), "one.vendor.example", False),
    ],
)
async def test_credentials_go_to_the_providers_own_domains_alone(monkeypatch, domains, host, told):
    sent = {}

    async def get(self, url, headers, *, trusted):
        sent.update(headers)
        return 200

    monkeypatch.setattr(DataPlane, "_get", get)
    await ask(f"https://{host}/health", domains=domains)
    assert bool(sent) is told
    sent.clear()
    await ask(f"http://{host}/health", domains=domains)
    assert sent == {}, "and never in clear"


async def test_elsewhere_being_turned_away_is_an_answer(monkeypatch):
    async def get(self, url, headers, *, trusted):
        return 401

    monkeypatch.setattr(DataPlane, "_get", get)
    assert (await ask("https://ai.example.com/health")).serves


@pytest.mark.parametrize("url", ["", "ftp://example.com/", "https://", "https://a:b@example.com/", "http://[::1"])
async def test_what_is_no_address_is_said_and_not_raised(url):
    assert not (await ask(url)).serves


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_what_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_what_is_public(address):
    assert is_public(address)


def test_the_credentials_are_not_in_its_text():
    assert "canary" not in repr(HealthRequest("https://x", TOKEN))
