"""The operator's finalizer comes and goes; those of others stay, whatever happens at the same time."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from inference_operator.api.names import FINALIZER
from inference_operator.kube import finalizer, paths
from inference_operator.kube.errors import Conflict, NotFound
from inference_operator.kube.session import Session

FOREIGN = "example.com/backup"


def path_of(obj: dict[str, Any]) -> str:
    return paths.endpoint(obj["metadata"]["namespace"], obj["metadata"]["name"])


@pytest.fixture
async def shared(admin: Session, endpoint: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """An endpoint that somebody else's finalizer is on already."""
    yield await admin.patch(path_of(endpoint), {"metadata": {"finalizers": [FOREIGN]}})
    await admin.patch(path_of(endpoint), {"metadata": {"finalizers": None}})


async def test_it_is_added_beside_others_and_owned_alone(session: Session, shared: dict[str, Any]) -> None:
    added = await finalizer.add(session, path_of(shared), obj=shared, finalizer=FINALIZER)
    assert added["metadata"]["finalizers"] == [FOREIGN, FINALIZER]
    (ours,) = [
        field
        for field in added["metadata"]["managedFields"]
        if field["manager"] == "inference-operator" and "subresource" not in field
    ]
    assert ours["fieldsV1"] == {"f:metadata": {"f:finalizers": {f'v:"{FINALIZER}"': {}}}}


async def test_it_is_removed_alone(session: Session, shared: dict[str, Any]) -> None:
    added = await finalizer.add(session, path_of(shared), obj=shared, finalizer=FINALIZER)
    removed = await finalizer.remove(session, path_of(shared), obj=added, finalizer=FINALIZER)
    assert removed is not None
    assert removed["metadata"]["finalizers"] == [FOREIGN]


async def test_repeating_either_sends_nothing(session: Session, shared: dict[str, Any]) -> None:
    added = await finalizer.add(session, path_of(shared), obj=shared, finalizer=FINALIZER)
    requests: list[Any] = []
    session.on_request = lambda *seen: requests.append(seen)
    assert await finalizer.add(session, path_of(shared), obj=added, finalizer=FINALIZER) is added
    assert await finalizer.remove(session, path_of(shared), obj=shared, finalizer=FINALIZER) is shared
    assert requests == []


async def test_a_concurrent_change_is_a_conflict_and_loses_nothing(
    session: Session, admin: Session, endpoint: dict[str, Any]
) -> None:
    await admin.patch(path_of(endpoint), {"metadata": {"finalizers": [FOREIGN]}})
    with pytest.raises(Conflict):
        await finalizer.add(session, path_of(endpoint), obj=endpoint, finalizer=FINALIZER)
    now = await session.get(path_of(endpoint))
    assert now["metadata"]["finalizers"] == [FOREIGN]


async def test_removing_the_last_one_lets_a_deleted_object_go(
    session: Session, admin: Session, endpoint: dict[str, Any]
) -> None:
    await finalizer.add(session, path_of(endpoint), obj=endpoint, finalizer=FINALIZER)
    deleting = await admin.delete(path_of(endpoint))
    assert deleting["metadata"]["deletionTimestamp"]
    await finalizer.remove(session, path_of(endpoint), obj=deleting, finalizer=FINALIZER)
    with pytest.raises(NotFound):
        await session.get(path_of(endpoint))
    gone = await finalizer.remove(session, path_of(endpoint), obj=deleting, finalizer=FINALIZER)
    assert gone is None
