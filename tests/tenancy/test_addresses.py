"""Attacks on addresses: the operator calls nobody but the provider, wherever an account or a provider points it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.cluster import Cluster
from tests.support.team import condition, says
from tests.tenancy.listener import Answer, Listener, Visit
from tests.tenancy.world import World, refusal

pytestmark = pytest.mark.proof


VENDOR = "api.endpoints.huggingface.cloud"

REFUSED_AT_ONCE = {
    "user-before-trap": f"https://{VENDOR}@127.0.0.1:{{trap}}",
    "user-and-password": f"https://user:{VENDOR}@127.0.0.1:{{trap}}/",
    "query": f"https://{VENDOR}?@127.0.0.1:{{trap}}",
    "fragment": f"https://{VENDOR}#@127.0.0.1:{{trap}}",
    "scheme-in-capitals": f"HTTPS://{VENDOR}",
    "file": "file:///var/run/secrets/kubernetes.io/serviceaccount/token",
    "gopher": "gopher://127.0.0.1:{trap}/",
    "no-scheme": "127.0.0.1:{trap}",
    "line-break": f"https://{VENDOR}\r\nHost: evil",
    "space": f"https://{VENDOR} .evil.example",
    "backslash": "{simulator}\\@127.0.0.1:{trap}",
}
NOT_ALLOWED = {
    "api-server": "{api}",
    "link-local": "http://169.254.169.254",
    "link-local-path": "http://169.254.169.254/latest/meta-data",
    "trap": "http://127.0.0.1:{trap}",
    "trap-by-name": "http://localhost:{trap}",
    "trap-by-number": "http://2130706433:{trap}",
    "trap-mapped-to-ipv6": "http://[::ffff:127.0.0.1]:{trap}",
    "loopback-ipv6": "http://[::1]:{trap}",
    "vendor-as-prefix": f"https://{VENDOR}.evil.example",
    "vendor-as-suffix": f"https://evil-{VENDOR}",
    "vendor-as-path": f"http://127.0.0.1:{{trap}}/{VENDOR}",
    "vendor-in-capitals": f"https://{VENDOR.upper()}",
    "vendor-with-dot": f"https://{VENDOR}.",
    "vendor-with-port": f"https://{VENDOR}:8443",
    "vendor-without-tls": f"http://{VENDOR}",
    "vendor-in-fullwidth": f"https://{VENDOR}。evil.example",
    "allowed-with-path": "{simulator}/v2/endpoint/{victim}",
    "allowed-with-dots": "{simulator}/../..",
}


def _address(world: World, trap: Listener, cluster: Cluster, text: str) -> str:
    known = {"trap": trap.port, "simulator": world.simulator.url, "victim": world.victim.namespace}
    return text.format(**known, api=_server(cluster))


def _server(cluster: Cluster) -> str:
    line = next(line for line in cluster.kubeconfig.read_text().splitlines() if "server:" in line)
    return line.split("server:", 1)[1].strip().strip("\"'")


@pytest.mark.parametrize("url", REFUSED_AT_ONCE.values(), ids=REFUSED_AT_ONCE.keys())
def test_a_base_url_that_hides_another_is_refused(world: World, trap: Listener, cluster: Cluster, url: str) -> None:
    said = refusal(lambda: world.account(world.fresh(), baseURL=_address(world, trap, cluster, url)))

    assert "baseURL must be a URL such as" in said


@pytest.mark.parametrize("url", NOT_ALLOWED.values(), ids=NOT_ALLOWED.keys())
def test_a_base_url_that_nobody_admitted_is_not_called(
    world: World, trap: Listener, cluster: Cluster, url: str
) -> None:
    world.account(name := world.fresh(), baseURL=_address(world, trap, cluster, url))

    said = world.account_condition(name)
    assert (said["status"], said["reason"]) == ("False", "BaseURLNotAllowed")
    assert "--allow-base-url" in said["message"]
    assert world.tenant.requests() == []


def test_a_base_url_that_is_changed_under_a_working_account_is_not_called(world: World, trap: Listener) -> None:
    world.account(name := world.fresh())
    world.tenant.until(lambda: world.account_condition(name)["status"] == "True", "the account works")
    world.account(name, baseURL=trap.url)

    world.tenant.until(lambda: world.account_condition(name)["reason"] == "BaseURLNotAllowed", "it works no more")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(world: World, trap: Listener, gateway: Listener, status: int) -> None:
    gateway.answer = lambda visit: (status, {"Location": f"{trap.url}{visit.path}"}, {"items": []})
    world.account(name := world.fresh(), baseURL=gateway.url)

    said = world.account_condition(name)
    assert (said["status"], said["reason"]) == ("False", "ProviderUnavailable")
    assert gateway.visits


@pytest.mark.parametrize(
    "cursor", ["{trap}/next", "//127.0.0.1/x", "../../../{victim}", "a&namespace={victim}#", "a\r\nHost: evil"]
)
def test_a_cursor_leads_nowhere_but_to_the_next_page(
    world: World, trap: Listener, gateway: Listener, cursor: str
) -> None:
    following = cursor.format(trap=trap.url, victim=world.victim.namespace)
    link = {"Link": f'<{trap.url}/next>; rel="next"'}
    gateway.answer = lambda visit: (
        200,
        link,
        {"items": [], "nextCursor": None if "cursor=" in visit.path else following},
    )
    world.account(name := world.fresh(), baseURL=gateway.url)

    assert world.account_condition(name)["status"] == "True"
    pages = [urlsplit(visit.path) for visit in gateway.visits if "cursor=" in visit.path]
    assert {page.path for page in pages} == {f"/v2/endpoint/{world.tenant.namespace}"}
    assert parse_qs(pages[0].query)["cursor"] == [following]


SILENT_URLS = {
    "trap": "http://127.0.0.1:{trap}",
    "trap-by-name": "http://localhost:{trap}",
    "trap-mapped-to-ipv6": "http://[::ffff:127.0.0.1]:{trap}",
    "link-local": "http://169.254.169.254/latest/meta-data",
    "api-server": "{api}",
    "user-before-trap": "https://x.endpoints.huggingface.cloud@127.0.0.1:{trap}",
}
NO_ADDRESSES = {"number": "http://2130706433:{trap}", "no-http": "file:///etc/passwd", "no-host": "http:///x"}


@pytest.mark.parametrize("url", SILENT_URLS.values(), ids=SILENT_URLS.keys())
def test_an_internal_address_of_an_endpoint_is_not_asked(
    world: World, trap: Listener, gateway: Listener, cluster: Cluster, url: str
) -> None:
    said = _of_an_endpoint_at(_address(world, trap, cluster, url), world, gateway)

    assert "its address is not a public one, and is not asked" in said


@pytest.mark.parametrize("url", NO_ADDRESSES.values(), ids=NO_ADDRESSES.keys())
def test_what_is_no_address_of_an_endpoint_is_not_asked(
    world: World, trap: Listener, gateway: Listener, cluster: Cluster, url: str
) -> None:
    said = _of_an_endpoint_at(_address(world, trap, cluster, url), world, gateway)

    assert "its health route has not answered yet" in said


def _of_an_endpoint_at(url: str, world: World, gateway: Listener) -> str:
    """What is said of the availability of an endpoint that the provider says is at this address."""
    gateway.answer = _Provider(url)
    world.account(account := world.fresh(), baseURL=gateway.url)
    manifest = world.tenant.manifest(name := world.fresh(), accountRef={"name": account}, readiness={"probe": True})
    world.tenant.apply(manifest)
    said = condition(world.tenant.wait(name, says("Available", "False", "HealthRouteSilent")), "Available")
    assert said is not None
    return str(said["message"])


class _Provider:
    """A provider that runs one endpoint, and says that it is at an address of the attacker's choice."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made: dict[str, Any] | None = None

    def __call__(self, visit: Visit) -> Answer:
        if visit.method in ("POST", "PUT"):
            self._made = {**(self._made or {}), **visit.body}
        if visit.method == "DELETE":
            self._made = None
        is_list = "?" in visit.path
        if is_list:
            return 200, {}, {"items": [self._shown()] if self._made else []}
        if visit.path.startswith("/v2/provider"):
            return 404, {}, {}
        return (200, {}, self._shown()) if self._made or visit.method == "DELETE" else (404, {}, {})

    def _shown(self) -> Mapping[str, Any]:
        moment = "2026-11-01T00:00:00Z"
        times = {"createdAt": moment, "updatedAt": moment}
        status = {"state": "running", "url": self._url, "readyReplica": 1, "targetReplica": 1, **times}
        return {**(self._made or {}), "status": status}
