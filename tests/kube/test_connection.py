"""The ConfigMap of writeConnectionTo follows its endpoint; one that is somebody else's is never touched."""

from typing import Any

import pytest

from inference_operator.kube import connection, paths
from inference_operator.kube.connection import TargetExists
from inference_operator.kube.errors import NotFound
from inference_operator.kube.session import Session

DATA = {"url": "https://x", "name": "chat"}


@pytest.fixture
def path(namespace: str) -> str:
    return paths.configmap(namespace, "conn")


@pytest.fixture
def writes(session: Session) -> list[str]:
    seen: list[str] = []
    session.on_request = lambda method, *_: None if method == "GET" else seen.append(method)
    return seen


async def test_it_is_made_owned_by_the_endpoint(session: Session, endpoint: dict[str, Any], path: str) -> None:
    await connection.apply(session, owner=endpoint, name="conn", data=DATA)
    stored = await session.get(path)
    assert stored["data"] == DATA
    assert stored["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "inference-operator.dev/v1alpha1",
            "kind": "InferenceEndpoint",
            "name": endpoint["metadata"]["name"],
            "uid": endpoint["metadata"]["uid"],
            "controller": False,
            "blockOwnerDeletion": False,
        }
    ]


async def test_it_is_written_only_when_it_differs(
    session: Session, endpoint: dict[str, Any], path: str, writes: list[str]
) -> None:
    await connection.apply(session, owner=endpoint, name="conn", data=DATA)
    await connection.apply(session, owner=endpoint, name="conn", data=DATA)
    assert writes == ["POST"]
    await connection.apply(session, owner=endpoint, name="conn", data={"url": "https://y"})
    assert writes == ["POST", "PATCH"]
    assert (await session.get(path))["data"] == {"url": "https://y"}


async def test_somebody_elses_is_neither_changed_nor_deleted(
    session: Session, admin: Session, endpoint: dict[str, Any], path: str, writes: list[str]
) -> None:
    namespace = endpoint["metadata"]["namespace"]
    foreign = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conn"}, "data": {"a": "b"}}
    before = await admin.create(paths.configmaps(namespace), foreign)
    with pytest.raises(TargetExists, match=f"ConfigMap {namespace}/conn exists"):
        await connection.apply(session, owner=endpoint, name="conn", data=DATA)
    await connection.remove(session, owner=endpoint, name="conn")
    assert await session.get(path) == before
    assert writes == []


async def test_one_of_an_earlier_endpoint_of_the_same_name_is_somebody_elses(
    session: Session, endpoint: dict[str, Any]
) -> None:
    await connection.apply(session, owner=endpoint, name="conn", data=DATA)
    successor = {**endpoint, "metadata": {**endpoint["metadata"], "uid": "another-uid"}}
    with pytest.raises(TargetExists):
        await connection.apply(session, owner=successor, name="conn", data=DATA)


async def test_it_is_removed_and_removing_again_is_no_error(
    session: Session, endpoint: dict[str, Any], path: str
) -> None:
    await connection.apply(session, owner=endpoint, name="conn", data=DATA)
    await connection.remove(session, owner=endpoint, name="conn")
    with pytest.raises(NotFound):
        await session.get(path)
    await connection.remove(session, owner=endpoint, name="conn")
