"""One kill of the real process in the middle of many operations: a life, made from a seed, and the laws it must keep.

A life has resources that are made ready for their operation, the operations all at once, the kill at the moment that
the seed chose, and a fresh start. What was under way when the process died is what counts as a history.
"""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inference_operator.simulator import Fault
from tests.api.manifests import changed, endpoint
from tests.support.kube_api import Object
from tests.support.operator import OperatorProcess
from tests.support.team import WRITES, Team, ready, says

OPERATIONS = ("create", "update", "delete", "adopt", "pause", "resume")

_SENT_AS = {**{one: one for one in OPERATIONS}, "adopt": "update"}

MOMENTS: Mapping[str, dict[str, Any]] = {
    "it arrived, and was not carried out": {"action": "hang"},
    "it was carried out, and not answered": {"action": "hang", "when": "after"},
    "it is carried out when the next one works": {"action": "delay", "delay": 2.5},
    "its answer was lost": {"action": "drop", "when": "after"},
    "the API server saw a note of it": {},
    "anywhere": {},
}
"""When the process dies, by what becomes of the requests that change something."""

COUNT = 12
"""Resources of a life."""

_EDITED = 5
_STRANGER = "stranger"


@dataclass(frozen=True)
class Plan:
    """What a seed chose. `after`: how many requests, or notes, come before the kill; `seconds`: how long after that."""

    seed: int
    operations: Mapping[str, str]
    moment: str
    after: int
    seconds: float
    list_lag: float
    adoption: str

    @classmethod
    def of(cls, seed: int) -> "Plan":
        """The plan of a seed: the same each time. Every moment has its turn, and so has every operation in each."""
        dice = random.Random(seed)
        chosen = list(OPERATIONS) * (COUNT // len(OPERATIONS))
        return cls(
            seed=seed,
            operations={f"{operation}-{number}": operation for number, operation in enumerate(chosen)},
            moment=list(MOMENTS)[seed % len(MOMENTS)],
            after=dice.randint(1, COUNT),
            seconds=dice.choice((0.0, dice.uniform(0.0, 0.05), dice.uniform(0.0, 0.4))),
            list_lag=dice.choice((0.0, 0.0, 2.0)),
            adoption=dice.choice(("IfUnowned", "Always")),
        )


class Life:
    """One life of the operator, its violent end, and what the next one makes of it."""

    def __init__(self, team: Team, operator: OperatorProcess, plan: Plan) -> None:
        self._team, self._operator, self._plan = team, operator, plan
        self._made: dict[str, Object] = {}
        self._status: dict[str, Any] = {}

    def live(self) -> dict[str, str]:
        """Live through it, and return the operations that the kill interrupted, by resource: the histories.

        Raises AssertionError where a law was broken.
        """
        self._prepare()
        self._begin()
        self._await_moment()
        self._operator.kill()
        interrupted = self._interrupted()
        self._team.sim.faults.clear()
        self._operator.start()
        self._converge()
        self._keep_laws()
        self._leave()
        return interrupted

    def _of(self, *operations: str) -> list[str]:
        return [name for name, operation in self._plan.operations.items() if operation in operations]

    # Before.

    def _prepare(self) -> None:
        team = self._team
        for name in (*self._of("adopt"), _STRANGER):
            team.sim.control.create(team.namespace, _by_hand(name), "alice")
        team.apply(*(team.manifest(name, state="running") for name in self._of("update", "delete", "pause")))
        team.apply(*(team.manifest(name, state="paused") for name in self._of("resume")))
        # It may not take what exists: it waits in vain all through the life, and after.
        team.apply(team.manifest(_STRANGER))
        team.wait_all(self._of("update", "delete", "pause", "resume"), ready)
        team.wait(_STRANGER, says("Ready", "False", "AlreadyExists"))
        team.await_polls()
        team.forget_requests()
        self._made = team.remotes()
        self._status = {obj["metadata"]["name"]: obj["status"] for obj in team.endpoints()}
        team.sim.knobs.list_lag = self._plan.list_lag

    def _begin(self) -> None:
        team, fault = self._team, MOMENTS[self._plan.moment]
        for operation in WRITES if fault else ():
            team.sim.faults.add(Fault(operation=operation, namespace=team.namespace, **fault))
        for name, operation in self._plan.operations.items():
            match operation:
                case "create":
                    team.apply(team.manifest(name))
                case "adopt":
                    team.apply(team.manifest(name, adoptionPolicy=self._plan.adoption))
                case "update":
                    team.edit(name, compute={"scaling": {"maxReplica": _EDITED}})
                case "delete":
                    team.delete(name)
                case _:
                    team.patch(name, {"spec": {"state": {"pause": "paused", "resume": "running"}[operation]}})

    def _await_moment(self) -> None:
        team, plan = self._team, self._plan
        if MOMENTS[plan.moment]:
            team.until(lambda: len(self._begun()) >= plan.after, f"{plan.after} writes are under way")
        elif plan.moment != "anywhere":
            team.until(lambda: len(self._noted(self._seen())) >= plan.after, f"{plan.after} notes")
        time.sleep(plan.seconds)

    # What the kill interrupted.

    def _seen(self) -> dict[str, Object]:
        return {obj["metadata"]["name"]: obj for obj in self._team.endpoints()}

    def _begun(self) -> set[str]:
        return {name for name, operation in self._plan.operations.items() if self._sent(name, operation)}

    def _sent(self, name: str, operation: str) -> bool:
        return bool(self._team.requests(_SENT_AS[operation], name=name))

    def _noted(self, seen: Mapping[str, Object]) -> set[str]:
        return {
            name
            for name in self._plan.operations
            if (seen.get(name) or {}).get("status") != self._status.get(name) or self._held(seen.get(name))
        }

    def _held(self, obj: Object | None) -> bool:
        return obj is not None and obj["metadata"]["name"] not in self._status and "finalizers" in obj["metadata"]

    def _interrupted(self) -> dict[str, str]:
        seen = self._seen()
        begun = self._begun() | self._noted(seen)
        return {
            name: one for name, one in self._plan.operations.items() if name in begun and not self._done(name, seen)
        }

    def _done(self, name: str, seen: Mapping[str, Object]) -> bool:
        """Whether nothing is left to do or to be noted for the resource."""
        operation, obj = self._plan.operations[name], seen.get(name)
        if operation == "delete" or obj is None:
            return operation == "delete" and obj is None
        return ready(obj) and (operation != "pause" or obj["status"].get("state") == "paused")

    # After.

    def _converge(self) -> None:
        team = self._team

        def all_done() -> bool:
            seen = self._seen()
            return all(self._done(name, seen) for name in self._plan.operations) and self._remote_as_declared()

        team.until(all_done, lambda: f"all converge: {self._unfinished()}", timeout=60)

    def _unfinished(self) -> dict[str, Any]:
        seen = self._seen()
        return {
            name: (seen.get(name) or {}).get("status") for name in self._plan.operations if not self._done(name, seen)
        }

    def _remote_as_declared(self) -> bool:
        there = self._team.remotes()
        return (
            all(there[name]["compute"]["scaling"]["maxReplica"] == _EDITED for name in self._of("update"))
            and all(there[name]["status"]["state"] == "paused" for name in self._of("pause"))
            and all(there[name]["status"]["state"] == "running" for name in self._of("resume"))
        )

    def _keep_laws(self) -> None:
        there, alive = self._team.remotes(), self._of("create", "update", "adopt", "pause", "resume")
        assert sorted(there) == sorted([*alive, _STRANGER]), "no leak, no loss"
        assert there[_STRANGER] == self._made[_STRANGER], "no foreign change"
        for name in alive:
            assert len([tag for tag in there[name]["tags"] if tag.startswith("iop1-")]) == 1, f"{name} is marked"
        for name in self._of("update", "adopt", "pause", "resume"):
            assert there[name]["status"]["createdAt"] == self._made[name]["status"]["createdAt"], f"{name} is the same"
        for name in self._of("adopt"):
            assert all(set(put.body) == {"tags"} for put in self._team.puts(name)), f"{name} got a marker only"
        self._create_once()

    def _create_once(self) -> None:
        # What never arrived whole, or is carried out after the kill, is sent again; the name keeps it single.
        twice = self._plan.moment in (
            "it arrived, and was not carried out",
            "it is carried out when the next one works",
        )
        for name in self._plan.operations:
            posts = self._team.posts(name)
            assert len([one for one in posts if one.status == 200]) <= 1, f"{name} was made twice"
            assert len(posts) <= (2 if twice else 1), f"{name}: a second create was sent blindly"

    def _leave(self) -> None:
        team = self._team
        team.sim.knobs.list_lag = 0.0
        team.api.delete(team.path())
        team.until(lambda: not team.endpoints(), "every resource is gone", timeout=30)
        assert list(team.remotes()) == [_STRANGER], "nothing of ours is left, and what is not is"
        team.sim.control.delete(team.namespace, _STRANGER)


def _by_hand(name: str) -> Object:
    body = changed({"name": name, **endpoint()["spec"]["huggingFace"]}, {"provider": {"region": "us-east-1"}})
    body["model"] = {**body["model"], "framework": "pytorch", "image": {"huggingface": {}}}
    return body
