"""Secrets are read by name, once for all who ask, and never shown."""

import asyncio
import base64
from typing import Any

import pytest
from tests.kube.conftest import OPERATOR_NAMESPACE

from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden
from inference_operator.kube.secrets import FINGERPRINT_SECRET, SecretReader
from inference_operator.kube.session import Session


def secret(name: str, **data: bytes) -> dict[str, Any]:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def requests(session: Session) -> list[tuple[str, str]]:
    seen: list[tuple[str, str]] = []
    session.on_request = lambda method, resource, *_: seen.append((method, resource))
    return seen


async def test_a_secret_is_read_decoded(session: Session, admin: Session, namespace: str) -> None:
    await admin.create(paths.secrets(namespace), secret("s", token=b"abc", raw=b"\x00\xff"))
    await admin.create(paths.secrets(namespace), secret("empty"))
    reader = SecretReader(session)
    assert await reader.read(namespace, "s") == {"token": b"abc", "raw": b"\x00\xff"}
    assert await reader.read(namespace, "empty") == {}


@pytest.mark.parametrize("name", ["absent", "../configmaps/x", "Not A Name"])
async def test_what_does_not_exist_is_none(session: Session, namespace: str, name: str) -> None:
    assert await SecretReader(session).read(namespace, name) is None


async def test_a_forbidden_secret_is_an_error_each_time(cluster: Any, kubectl: Any, namespace: str) -> None:
    kubectl.run("create", "serviceaccount", "nobody", f"--namespace={namespace}")
    kubeconfig = cluster.service_account_kubeconfig(namespace, "nobody")
    async with await Session.connect(str(kubeconfig)) as nobody:
        reader = SecretReader(nobody)
        for _ in range(2):
            with pytest.raises(Forbidden, match="cannot get resource"):
                await reader.read(namespace, "s")


async def test_readers_at_the_same_time_share_one_request(
    session: Session, admin: Session, namespace: str, requests: list[Any]
) -> None:
    await admin.create(paths.secrets(namespace), secret("s", token=b"abc"))
    reader = SecretReader(session, ttl=0)
    results = await asyncio.gather(*(reader.read(namespace, "s") for _ in range(50)))
    assert results == [{"token": b"abc"}] * 50
    assert requests == [("GET", "secrets")]
    await reader.read(namespace, "s")
    assert len(requests) == 2


async def test_a_cancelled_reader_takes_the_answer_from_nobody(
    session: Session, admin: Session, namespace: str
) -> None:
    await admin.create(paths.secrets(namespace), secret("s", token=b"abc"))
    reader = SecretReader(session)
    first = asyncio.create_task(reader.read(namespace, "s"))
    second = asyncio.create_task(reader.read(namespace, "s"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == {"token": b"abc"}


async def test_an_answer_is_remembered_for_its_time_or_until_forgotten(
    session: Session, admin: Session, namespace: str, requests: list[Any]
) -> None:
    await admin.create(paths.secrets(namespace), secret("s", token=b"old"))
    clock = Clock()
    reader = SecretReader(session, ttl=10, clock=clock)
    await reader.read(namespace, "s")
    await admin.patch(paths.secret(namespace, "s"), secret("s", token=b"new"))
    clock.now = 9.9
    assert await reader.read(namespace, "s") == {"token": b"old"}
    clock.now = 10.0
    assert await reader.read(namespace, "s") == {"token": b"new"}
    await admin.patch(paths.secret(namespace, "s"), secret("s", token=b"newer"))
    reader.forget(namespace, "s")
    assert await reader.read(namespace, "s") == {"token": b"newer"}
    reader.forget(namespace)
    await reader.read(namespace, "s")
    assert len(requests) == 4


async def test_an_answer_that_was_under_way_when_forgotten_is_not_remembered(
    session: Session, admin: Session, namespace: str
) -> None:
    await admin.create(paths.secrets(namespace), secret("s", token=b"old"))
    reader = SecretReader(session, ttl=1000)
    early = asyncio.create_task(reader.read(namespace, "s"))
    await asyncio.sleep(0)
    reader.forget(namespace, "s")
    await early
    await admin.patch(paths.secret(namespace, "s"), secret("s", token=b"new"))
    assert await reader.read(namespace, "s") == {"token": b"new"}


async def test_operators_that_start_at_once_agree_on_the_fingerprint_key(session: Session, admin: Session) -> None:
    keys = await asyncio.gather(*(SecretReader(session).fingerprint_key(OPERATOR_NAMESPACE) for _ in range(5)))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    assert await SecretReader(session).fingerprint_key(OPERATOR_NAMESPACE) == keys[0]
    stored = await admin.get(paths.secret(OPERATOR_NAMESPACE, FINGERPRINT_SECRET))
    assert base64.b64decode(stored["data"]["key"]) == keys[0]


async def test_a_fingerprint_secret_without_a_key_is_an_error_that_says_what_to_do(
    admin: Session, namespace: str
) -> None:
    await admin.create(paths.secrets(namespace), secret(FINGERPRINT_SECRET))
    with pytest.raises(ValueError, match="delete it"):
        await SecretReader(admin).fingerprint_key(namespace)
