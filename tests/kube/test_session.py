"""The session against the real API server, and against one that fails as real ones rarely do on demand."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
import yaml
from aiohttp import web
from kubernetes.aio.config import incluster_config
from tests.kube.conftest import TOKEN, write_kubeconfig

from inference_operator.kube import errors, paths
from inference_operator.kube.session import PatchKind, Session, login


def configmap(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


async def test_objects_are_created_read_patched_and_deleted(session: Session, namespace: str) -> None:
    path = paths.configmap(namespace, "a")
    await session.create(paths.configmaps(namespace), configmap("a", x="1"))
    await session.patch(path, {"data": {"y": "2"}})
    await session.patch(path, [{"op": "remove", "path": "/data/x"}], kind=PatchKind.JSON)
    stored = await session.get(path)
    assert stored["data"] == {"y": "2"}
    assert {field["manager"] for field in stored["metadata"]["managedFields"]} == {"inference-operator"}
    await session.delete(path, uid=stored["metadata"]["uid"])
    with pytest.raises(errors.NotFound):
        await session.get(path)


async def test_refusals_have_types_reasons_and_messages(session: Session, namespace: str) -> None:
    path = paths.configmap(namespace, "a")
    created = await session.create(paths.configmaps(namespace), configmap("a"))
    version = created["metadata"]["resourceVersion"]
    await session.patch(path, {"data": {"y": "2"}})
    with pytest.raises(errors.Conflict) as exists:
        await session.create(paths.configmaps(namespace), configmap("a"))
    assert exists.value.reason == "AlreadyExists"
    with pytest.raises(errors.Conflict) as stale:
        await session.patch(path, {"metadata": {"resourceVersion": version}, "data": {"z": "3"}})
    assert (stale.value.status, stale.value.reason) == (409, "Conflict")
    with pytest.raises(errors.Conflict):
        await session.delete(path, uid="00000000-0000-0000-0000-000000000000")
    with pytest.raises(errors.Conflict):
        await session.delete(path, resource_version=version)
    with pytest.raises(errors.Forbidden, match="cannot list resource"):
        await session.list(paths.secrets(namespace))
    with pytest.raises(errors.Invalid, match="Invalid value"):
        await session.create(paths.configmaps(namespace), configmap("Not A Name"))


async def test_a_list_is_complete_over_several_pages(admin: Session, namespace: str, cluster: Any) -> None:
    await asyncio.gather(*(admin.create(paths.configmaps(namespace), configmap(f"c{number}")) for number in range(5)))
    requests: list[str] = []
    async with await Session.connect(
        str(cluster.kubeconfig), page_size=2, on_request=lambda *seen: requests.append(seen[1])
    ) as small:
        listed = await small.list(paths.configmaps(namespace))
    names = {item["metadata"]["name"] for item in listed}
    assert {f"c{number}" for number in range(5)} <= names
    assert len(listed) == len(names)
    assert len(requests) >= 3


@pytest.fixture
def pod(operator_kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Makes this process find what the kubelet gives a pod of the operator; returns the token."""
    config = yaml.safe_load(operator_kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    host, port = cluster["server"].removeprefix("https://").split(":")
    (tmp_path / "token").write_text(user["token"])
    (tmp_path / "ca.crt").write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    return str(user["token"])


async def test_in_a_pod_the_service_account_is_who_it_is(pod: str, namespace: str) -> None:
    async with await Session.connect() as session:
        with pytest.raises(errors.Forbidden, match="system:serviceaccount:inference-operator-system"):
            await session.list(paths.secrets(namespace))


async def test_another_client_can_log_in_as_the_same_account(operator_kubeconfig: Path, pod: str, cluster: Any) -> None:
    for facts in (await login(str(operator_kubeconfig)), await login()):
        assert facts.token == pod
        assert facts.server.startswith("https://")
        assert facts.ca_path
        assert pod not in repr(facts)
    assert not (await login(str(cluster.kubeconfig))).insecure


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Stub:
    """An API server that answers as the test says, one answer per request, and remembers the requests."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[web.Request] = []
        self.seen: list[tuple[str, str, int]] = []
        self.kubeconfig = Path()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        return await self.answers.pop(0)(request)

    def observe(self, method: str, resource: str, code: int, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((method, resource, code))

    async def connect(self, **options: Any) -> Session:
        return await Session.connect(str(self.kubeconfig), on_request=self.observe, **options)


@pytest.fixture
def without_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=4)
    yield
    stamina.set_testing(False)


@pytest.fixture
async def stub(without_waiting: None, tmp_path: Path) -> AsyncIterator[Stub]:
    stub = Stub()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stub.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stub.kubeconfig = write_kubeconfig(tmp_path, runner.addresses[0][1])
    yield stub
    await runner.cleanup()


def answering(status: int, body: Any = None, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body if body is not None else {}, status=status, headers=headers)

    return answer


async def drop(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


def patience(failure: Answer) -> dict[str, float]:
    # A short timeout only where it is what fails: elsewhere a busy machine could run into it.
    return {"timeout": 0.4} if failure is hang else {}


async def no_json(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>a proxy</html>")


@pytest.mark.parametrize("failure", [answering(500), answering(503), drop, hang, no_json])
async def test_a_read_is_repeated_while_the_server_is_unavailable(stub: Stub, failure: Answer) -> None:
    stub.answers = [failure, failure, answering(200, {"kind": "Secret"})]
    async with await stub.connect(**patience(failure)) as session:
        assert await session.get(paths.secret("a", "b")) == {"kind": "Secret"}
    assert stub.answers == []
    assert {seen[:2] for seen in stub.seen} == {("GET", "secrets")}


@pytest.mark.parametrize("failure", [answering(500), answering(503), drop, hang])
async def test_a_write_is_sent_once_whatever_happens(stub: Stub, failure: Answer) -> None:
    stub.answers = [failure] * 2
    async with await stub.connect(**patience(failure)) as session:
        with pytest.raises(errors.Unavailable):
            await session.create(paths.configmaps("a"), {})
        with pytest.raises(errors.Unavailable):
            await session.patch(paths.configmap("a", "b"), {})
    assert stub.seen == [(method, "configmaps", stub.seen[0][2]) for method in ("POST", "PATCH")]
    assert len(stub.requests) <= 2


async def test_a_delete_is_not_repeated_after_an_answer(stub: Stub) -> None:
    stub.answers = [answering(503)]
    async with await stub.connect() as session:
        with pytest.raises(errors.Unavailable):
            await session.delete(paths.configmap("a", "b"))
    assert [request.method for request in stub.requests] == ["DELETE"]


async def test_reading_gives_up_after_four_attempts(stub: Stub) -> None:
    stub.answers = [answering(503)] * 5
    async with await stub.connect() as session:
        with pytest.raises(errors.Unavailable):
            await session.get(paths.secret("a", "b"))
    assert stub.seen == [("GET", "secrets", 503)] * 4


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, errors.Invalid),
        (401, errors.KubeError),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (422, errors.Invalid),
        (429, errors.TooManyRequests),
    ],
)
async def test_refusals_are_not_repeated(stub: Stub, status: int, error: type[errors.KubeError]) -> None:
    stub.answers = [answering(status, {"reason": "Because", "message": "of this"})]
    async with await stub.connect() as session:
        with pytest.raises(error) as caught:
            await session.get(paths.endpoints())
    assert type(caught.value) is error
    assert str(caught.value) == f"Because ({status}): of this"
    assert len(stub.requests) == 1


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("soon", 1.0)])
async def test_too_many_requests_says_how_long_to_wait(stub: Stub, header: str, seconds: float) -> None:
    stub.answers = [answering(429, **{"Retry-After": header})]
    async with await stub.connect() as session:
        with pytest.raises(errors.TooManyRequests) as caught:
            await session.get(paths.endpoints())
    assert caught.value.retry_after == seconds


async def test_a_list_whose_continue_token_expired_is_read_in_one_piece(stub: Stub) -> None:
    first = {"items": [{"n": 1}], "metadata": {"continue": "old"}}
    stub.answers = [answering(200, first), answering(410), answering(200, {"items": [{"n": 1}, {"n": 2}]})]
    async with await stub.connect() as session:
        assert await session.list(paths.endpoints(), labelSelector="a=b") == [{"n": 1}, {"n": 2}]
    assert [dict(request.query) for request in stub.requests] == [
        {"labelSelector": "a=b", "limit": "500"},
        {"labelSelector": "a=b", "limit": "500", "continue": "old"},
        {"labelSelector": "a=b"},
    ]


async def test_errors_show_neither_token_nor_secret(stub: Stub, tmp_path: Path) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        said = f"{request.headers['Authorization']} is wrong"
        return web.json_response({"message": said, "reason": "Unauthorized"}, status=401)

    body = {"data": {"k": "c2VjcmV0"}}
    stub.answers = [echo, answering(422, {"reason": "Invalid", "message": f"Secret {body} is invalid"})]
    async with await stub.connect() as session:
        with pytest.raises(errors.KubeError) as unauthorized:
            await session.get(paths.endpoints())
        with pytest.raises(errors.Invalid) as invalid:
            await session.create(paths.secrets("a"), body)
    unused = write_kubeconfig(tmp_path, 1)
    async with await Session.connect(str(unused)) as session:
        with pytest.raises(errors.Unavailable) as unreachable:
            await session.get(paths.endpoints())
    assert stub.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    for caught in (unauthorized, invalid, unreachable):
        assert TOKEN not in repr(caught.value)
        assert "c2VjcmV0" not in repr(caught.value)
    assert unreachable.value.reason == "Unreachable"


async def test_a_long_message_is_cut(stub: Stub) -> None:
    stub.answers = [answering(403, {"message": "x" * 5000})]
    async with await stub.connect() as session:
        with pytest.raises(errors.Forbidden) as caught:
            await session.get(paths.endpoints())
    assert len(caught.value.message) == 1024


@pytest.fixture
async def refused(stub: Stub) -> AsyncIterator[Session]:
    """The session of a process that may not write."""
    async with await stub.connect() as session:
        session.may_write = lambda: False
        yield session


async def test_a_process_that_may_not_write_sends_no_write(stub: Stub, refused: Session) -> None:
    path = paths.endpoint_status("a", "b")
    for write in (
        lambda: refused.create(paths.configmaps("a"), {}),
        lambda: refused.patch(path, {"status": {}}),
        lambda: refused.delete(paths.configmap("a", "b")),
    ):
        with pytest.raises(errors.NotLeading):
            await write()
    assert stub.requests == []


async def test_a_process_that_may_not_write_reads_asks_for_its_rights_and_uses_the_lease(
    stub: Stub, refused: Session
) -> None:
    stub.answers = [answering(200)] * 5
    await refused.get(paths.secret("a", "b"))
    await refused.create(paths.leases("a"), {})
    await refused.patch(paths.lease("a", "b"), {})
    await refused.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", {})
    await refused.create("/apis/authentication.k8s.io/v1/tokenreviews", {})
    assert len(stub.requests) == 5


async def test_the_right_to_write_that_ends_while_a_write_waits_for_a_connection_ends_the_write(stub: Stub) -> None:
    arrived, leading, go_on = asyncio.Event(), True, asyncio.Event()

    async def slow(_: web.Request) -> web.StreamResponse:
        arrived.set()
        await go_on.wait()
        return web.json_response({})

    stub.answers = [slow, answering(200)]
    async with await stub.connect() as session:
        session._client.configuration.connection_pool_maxsize = session._client.rest_client.maxsize = 1
        session.may_write = lambda: leading
        reading = asyncio.create_task(session.get(paths.secret("a", "b")))
        await arrived.wait()
        writing = asyncio.create_task(session.patch(paths.configmap("a", "b"), {}))
        await asyncio.sleep(0.05)
        leading = False
        go_on.set()
        await reading
        with pytest.raises(errors.NotLeading):
            await writing
        assert [request.method for request in stub.requests] == ["GET"]
        await session.get(paths.secret("a", "b"))
