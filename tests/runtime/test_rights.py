"""The RoleBinding that the operator works by in a namespace is held as long as anything there is, and no longer."""

from typing import Any, cast

import pytest
from tests.runtime.kube_api import KubeApi, Object
from tests.runtime.test_missed_deletions import NoAccounts

from inference_operator.api.names import ENDPOINT_KIND, FINALIZER, IN_USE_FINALIZER, ROLE_BINDING
from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden
from inference_operator.kube.session import Session
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.handlers import Sight
from inference_operator.runtime.index import Index
from inference_operator.runtime.queue import WorkQueue
from inference_operator.runtime.rights import Rights

HERE, ELSEWHERE = "team-a", "team-b"
BINDING = paths.role_binding(HERE, ROLE_BINDING)
ACCOUNT, ENDPOINT = paths.account("InferenceAccount", HERE, "hf"), paths.endpoint(HERE, "chat")


class Api(KubeApi):
    """With lists. `reads` are the RoleBindings that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.forbids = False

    async def get(self, path: str, **query: Any) -> Object:
        if "/rolebindings/" in path:
            self.reads.append(path)
            if self.forbids:
                raise Forbidden(403, "Forbidden", path)
        return await super().get(path, **query)

    async def list(self, path: str) -> list[Object]:
        return [obj for where, obj in self.objects.items() if where.startswith(f"{path}/")]

    def held(self) -> bool:
        return IN_USE_FINALIZER in (self.objects[BINDING]["metadata"].get("finalizers") or ())


class Room:
    """A namespace with a RoleBinding, what is known of it, and a clock that stands still."""

    def __init__(self) -> None:
        self.api = Api()
        self.api.put(BINDING, {"kind": "RoleBinding", "metadata": {"name": ROLE_BINDING, "namespace": HERE}})
        self.now = 1000.0
        self.sight = Sight(Index(), cast(Accounts, NoAccounts()), WorkQueue())
        self.start()

    def start(self) -> None:
        """Another operator, which knows nothing yet."""
        self.rights = Rights(cast(Session, self.api), self.sight, [HERE], clock=lambda: self.now)

    def put(self, path: str, kind: str, *finalizers: str) -> Object:
        """Somebody writes it; no watch has told yet."""
        name = path.rsplit("/", 1)[1]
        return self.api.put(
            path, {"kind": kind, "metadata": {"name": name, "namespace": HERE, "finalizers": [*finalizers]}}
        )

    async def see(self) -> None:
        """The watch tells of everything."""
        for obj in [obj for obj in self.api.objects.values() if obj["kind"] != "RoleBinding"]:
            if obj["kind"] == ENDPOINT_KIND:
                self.sight.endpoint(obj)
            else:
                self.sight.account(obj)


@pytest.fixture
def room() -> Room:
    return Room()


async def test_it_is_held_before_the_first_endpoint_is(room: Room) -> None:
    await room.rights.look()
    assert not room.api.held()
    await room.rights.keep(HERE)
    assert room.api.held()


async def test_nothing_is_written_for_a_namespace_that_no_flag_names(room: Room) -> None:
    await room.rights.keep(ELSEWHERE)
    assert room.api.reads == []


async def test_what_is_about_to_be_held_counts_at_once(room: Room) -> None:
    await room.rights.keep(HERE)
    await room.rights.look()
    assert room.api.held()
    room.now += 60
    await room.rights.look()
    assert not room.api.held(), "nothing came of it"


@pytest.mark.parametrize(
    ("path", "kind", "held_by"),
    [(ENDPOINT, ENDPOINT_KIND, FINALIZER), (ACCOUNT, "InferenceAccount", IN_USE_FINALIZER)],
    ids=["endpoint", "account"],
)
async def test_whatever_is_held_keeps_it(room: Room, path: str, kind: str, held_by: str) -> None:
    room.put(path, kind, held_by)
    await room.see()
    room.start()
    await room.rights.look()
    assert room.api.held(), "an operator that was started again finds out by itself"

    room.put(path, kind, "example.com/theirs")
    await room.see()
    await room.rights.look()
    assert not room.api.held()


async def test_what_no_watch_has_told_yet_keeps_it_too(room: Room) -> None:
    await room.rights.keep(HERE)
    room.now += 60
    room.put(ENDPOINT, ENDPOINT_KIND, FINALIZER)
    await room.rights.look()
    assert room.api.held()


async def test_it_is_held_again_when_another_endpoint_comes(room: Room) -> None:
    await room.rights.keep(HERE)
    room.now += 60
    await room.rights.look()
    await room.rights.keep(HERE)
    assert room.api.held()


async def test_the_api_server_is_asked_only_where_something_changed(room: Room) -> None:
    await room.rights.keep(HERE)
    room.api.reads.clear()
    room.api.writes.clear()
    for _ in range(3):
        await room.rights.keep(HERE)
        await room.rights.look()
    assert (room.api.reads, room.api.writes) == ([], [])


async def test_where_rights_come_otherwise_there_is_nothing_to_hold(room: Room) -> None:
    room.api.forbids = True
    await room.rights.keep(HERE)
    room.now += 60
    await room.rights.look()
    assert room.api.writes == []


@pytest.mark.parametrize(("others", "looks"), [(50, 1), (None, 0)], ids=["many", "none"])
async def test_a_look_goes_once_over_what_is_known_however_many_the_namespaces_are_and_not_where_none_is_named(
    room: Room, others: int | None, looks: int
) -> None:
    passes = 0

    class Counted(Index):
        def holding(self) -> set[str]:
            nonlocal passes
            passes += 1
            return super().holding()

    room.sight = Sight(Counted(), cast(Accounts, NoAccounts()), WorkQueue())
    namespaces = [] if others is None else [HERE, *(f"team-{number}" for number in range(others))]
    room.put(ENDPOINT, ENDPOINT_KIND, FINALIZER)
    await room.see()
    await Rights(cast(Session, room.api), room.sight, namespaces, clock=lambda: room.now).look()
    assert passes == looks
    assert bool(room.api.held()) is bool(namespaces)
