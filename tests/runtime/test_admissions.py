"""Who is refused by an account is looked at when something that decides it changed, and costs nothing until then."""

from typing import Any, cast

import pytest
from tests.api.manifests import changed
from tests.runtime.world import World

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.names import CLUSTER_ACCOUNT_KIND, ENDPOINT_KIND
from inference_operator.core.failures import Failure
from inference_operator.kube.errors import Forbidden, KubeError, Unavailable
from inference_operator.kube.session import Session
from inference_operator.runtime.account import Account
from inference_operator.runtime.admissions import AT_ONCE, LABELS_AGE, Admissions
from inference_operator.runtime.index import Key

SHARED = Key(CLUSTER_ACCOUNT_KIND, "", "shared")
SELECTOR = {"selector": {"matchLabels": {"team": "paying"}}}
COUNT = 50


class Namespaces:
    """An API server with namespaces and their labels."""

    def __init__(self) -> None:
        self.labels = {"team-a": dict[str, str](), "team-b": dict[str, str]()}
        self.reads: list[str] = []
        self.away = dict[str, KubeError]()

    async def get(self, path: str) -> dict[str, Any]:
        name = path.rpartition("/")[2]
        if name in self.away:
            raise self.away[name]
        self.reads.append(path)
        return {"metadata": {"name": name, "labels": dict(self.labels[name])}}


class Door:
    """A cluster account, and those who ask to use it."""

    def __init__(self, allowed: dict[str, Any], **spec: Any) -> None:
        vendor = World().vendor
        obj = changed(vendor.account(), {"kind": CLUSTER_ACCOUNT_KIND, "metadata": {"name": "shared"}})
        obj["metadata"].pop("namespace", None)
        obj["spec"] = {**obj["spec"], "allowedNamespaces": allowed, **spec}
        self.now = 1_000.0
        self.api = Namespaces()
        self.account = Account(SHARED, obj)
        self.admissions = Admissions(cast(Session, self.api), clock=lambda: self.now)
        self._spec = EndpointSpec.from_json(vendor.manifest({})["spec"])

    async def ask(self, *by: Key) -> set[str]:
        """The reasons that are given; "" where one may."""
        said = [await self.admissions.refusal(self.account, one, self._spec, bound=False) for one in by]
        return {one.reason if isinstance(one, Failure) else "" for one in said}


def _those_of(namespace: str, count: int = COUNT) -> list[Key]:
    return [Key(ENDPOINT_KIND, namespace, f"e-{number}") for number in range(count)]


async def test_the_refused_are_not_looked_at_while_nothing_changed_and_the_namespace_is_read_once_for_all() -> None:
    door = Door(SELECTOR)
    everyone = [*_those_of("team-a"), *_those_of("team-b")]
    assert await door.ask(*everyone) == {"AccountNotAllowed"}
    for _ in range(40):
        door.now += 15
        assert await door.admissions.relabelled(SHARED) == set()
    assert len(door.api.reads) <= 2 * (1 + 40 * 15 / LABELS_AGE)


async def test_another_label_of_their_namespace_has_them_look_again_soon() -> None:
    door = Door(SELECTOR)
    here = _those_of("team-a")
    await door.ask(*here, *_those_of("team-b"))
    door.api.labels["team-a"]["team"] = "paying"
    door.now += LABELS_AGE
    assert await door.admissions.relabelled(SHARED) == set(here)
    assert await door.admissions.relabelled(SHARED) == set(), "they were told, and may ask another by now"
    assert await door.ask(*here) == {""}
    assert door.admissions.refused(SHARED) == set(_those_of("team-b"))


async def test_a_namespace_that_can_not_be_read_keeps_nobody_from_the_news_of_another_time() -> None:
    door = Door(SELECTOR)
    here = _those_of("team-a", 1)
    await door.ask(*here)
    door.api.labels["team-a"]["team"] = "paying"
    door.api.away["team-a"] = Unavailable(503, "ServiceUnavailable", "words")
    door.now += LABELS_AGE
    assert await door.admissions.relabelled(SHARED) == set()
    door.api.away.clear()
    assert await door.admissions.relabelled(SHARED) == set(here)


async def test_of_many_namespaces_a_few_are_read_in_a_look_and_all_in_turn_whether_others_can_be_read_or_not() -> None:
    door = Door(SELECTOR)
    names = [f"team-{number}" for number in range(20 * AT_ONCE)]
    door.api.labels |= {name: dict[str, str]() for name in names}
    everyone = [key for name in names for key in _those_of(name, 2)]
    await door.ask(*everyone)
    # While it ends, a namespace has no RoleBinding any more.
    door.api.away = {name: Forbidden(403, "Forbidden", "words") for name in names[::2]}
    for name in names:
        door.api.labels[name]["team"] = "paying"
    told = set[Key]()
    for _ in range(20):
        door.now += 15
        door.api.reads.clear()
        told |= await door.admissions.relabelled(SHARED)
        assert len(door.api.reads) <= AT_ONCE
    assert {one.namespace for one in told} == set(names[1::2])
    assert len(told) == len(everyone) / 2
    door.api.away.clear()
    for _ in range(10):
        door.now += 15
        told |= await door.admissions.relabelled(SHARED)
    assert told == set(everyone)


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [({"names": ["team-a"]}, {""}), ({"names": ["team-c"]}, {"AccountNotAllowed"}), ({}, {"AccountNotAllowed"})],
    ids=["named", "others", "none"],
)
async def test_where_no_label_decides_none_is_read(allowed: dict[str, Any], expected: set[str]) -> None:
    door = Door(allowed)
    assert await door.ask(*_those_of("team-a")) == expected
    door.now += LABELS_AGE
    assert await door.admissions.relabelled(SHARED) == set()
    assert door.api.reads == []


async def test_an_account_that_is_another_now_is_asked_again_by_all_and_who_is_gone_by_nobody() -> None:
    door = Door({"names": ["team-c"]})
    here = _those_of("team-a")
    await door.ask(*here)
    door.admissions.forget(here[0])
    assert door.admissions.withdraw(SHARED) == set(here[1:])
    assert door.admissions.withdraw(SHARED) == set()
