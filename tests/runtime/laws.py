"""The laws that no history may break, whatever died when: invariants I1, I2, I3, I4 and I7.

They are judged by what was done at the provider, as a witness saw it, and by what the cluster holds in the end.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.runtime.witness import Deed
from tests.runtime.world import NAMESPACE, World

from inference_operator.api.names import MARKER_PREFIX
from inference_operator.core.ownership import RELEASED, Claim
from inference_operator.runtime.index import Key, Object
from inference_operator.simulator.huggingface.record import Record

PASSES = 3
"""How often the account is read and each resource looked at before all is as declared, once the faults stopped."""

_PAUSE = 700.0
"""Seconds before each pass: longer than any back-off."""

_AT_REST = {
    "paused": {"Paused"},
    "scaledToZero": {"ScaledToZero", "Running", "Paused"},
    "running": {"Running", "ScaledToZero"},
    None: {"Running", "ScaledToZero", "Paused"},
}
"""spec.state -> the reasons of Ready that satisfy it: zero is asked for once, and what a person does then stands."""

_CONFIRMED_AFTER = 5.0
"""Seconds between taking an endpoint that is nobody's, and the read that confirms it."""

_DROPPED = "/tags"
"""What a provider may drop without a word: then that is said, and not sent for ever."""

_LEFT_AS = {"Pause": {"paused"}, "ScaleToZero": {"scaledToZero", "paused"}}
"""deletionPolicy -> the states in which an endpoint may be left; any for Orphan."""

_LEAVING = frozenset({"pause", "scale-to-zero"})
"""What brings it there. Who resumes it by hand after that, and before it is released, has it as they like."""


@dataclass(frozen=True, slots=True)
class _Taking:
    """An endpoint that was nobody's was taken: by which version of which resource, and when."""

    version: tuple[str, int]
    at: float


class Laws:
    """Watches over one world. `broken` laws raise AssertionError."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._witness = world.witness
        self._judged = 0
        self._made: Counter[str] = Counter()
        self._taken: dict[str, _Taking] = {}
        self._leaving: dict[str, str] = {}
        self._orphans: set[str] = set()
        self.rebuilt: set[str] = set()

    # At any time.

    def hold(self) -> None:
        """Judge what was done since they were last asked."""
        if self._world.vendor.binds_by_id:
            self._bound_by_id()
        deeds, self._judged = self._witness.deeds[self._judged :], len(self._witness.deeds)
        for deed in deeds:
            if deed.made is not None:
                self._made_once(deed)
            elif deed.struck is not None:
                self._ours_to_change(deed, deed.struck)
        self._nothing_foreign_changed()
        self._no_defect()
        self._released()

    def _bound_by_id(self) -> None:
        """What is taken by its id alone shows in the cluster, and nowhere else before its first change."""
        for key in sorted(self._world.keys()):
            obj, bound = self._world.object(key), self._world.status(key).get("remoteRef", {}).get("id")
            if bound in self._witness.by_hand and bound not in self._taken:
                assert obj["spec"].get("adoptionPolicy", "Never") != "Never", (
                    f"I2: {key.name} was bound, and is not ours"
                )
                self._taken[bound] = _Taking(_bound_at(obj), self._world.clock.now())

    def _made_once(self, deed: Deed) -> None:
        markers = _markers(deed.body.get("tags", ()))
        assert len(markers) == 1, f"I1: created without exactly one marker: {markers}"
        self._made[markers[0]] += 1
        allowed = 1 + self._witness.removed_by_hand.count(deed.name)
        assert self._made[markers[0]] <= allowed, f"I1: {deed.name} was created {self._made[markers[0]]} times"

    def _ours_to_change(self, deed: Deed, record: Record) -> None:
        if record.id not in self._witness.by_hand:
            return
        assert deed.obj is not None, f"I2: {deed} is of nobody here"
        policy = deed.obj["spec"].get("adoptionPolicy", "Never")
        if record.id not in self._taken:
            assert policy != "Never", f"I2: {deed}, which is not ours"
            assert deed.action == "PUT", f"I2: {deed}, before it was taken"
            assert policy == "Always" or set(deed.body) == {"tags"}, f"taken with more than the marker: {deed}"
            self._taken[record.id] = _Taking(_bound_at(deed.obj), deed.at)
        elif policy == "IfUnowned" and set(deed.body or {}) != {"tags"} and not _deleting(deed.obj):
            # (What is deleted is not confirmed first: who else was about to take it finds that in its own second read.)
            taking = self._taken[record.id]
            if deed.obj["metadata"]["uid"] != taking.version[0]:
                return  # Its cluster was made anew: what had its marker was its own before.
            if self._world.vendor.binds_by_id:
                waiting = deed.obj.get("status", {}).get("adoptedGeneration") == deed.obj["metadata"]["generation"]
                assert not waiting, f"changed before the spec was: {deed}"
                return
            assert _version(deed.obj) != taking.version, f"changed before the spec was: {deed}"
            assert deed.at - taking.at >= _CONFIRMED_AFTER, f"changed before the taking was confirmed: {deed}"

    def _nothing_foreign_changed(self) -> None:
        now = {record.id: record for record in self._witness.records()}
        for identity, before in self._witness.by_hand.items():
            if identity in self._taken or before.name in self._witness.removed_by_hand:
                continue
            found = now.get(identity)
            assert found is not None, f"I2: {before.name}, which is not ours, was deleted"
            assert (found.version, found.configuration) == (before.version, before.configuration), "I2: it was changed"

    def _no_defect(self) -> None:
        for key in sorted(self._world.keys()):
            ready = self._world.condition(key, "Ready")
            assert ready is None or ready["reason"] != "InternalError", (
                "the operator met an error of its own (see its log)"
            )

    # Releasing.

    def deleting(self, key: Key) -> None:
        """Somebody deletes a resource."""
        obj, record = self._world.object(key), self._witness.find(key.name)
        if obj is None:
            return
        bound = "remoteRef" in obj.get("status", {})
        if record is not None and not bound and claim_of(self._world, obj) not in record.configuration["tags"]:
            # What a lost cluster made under this name was not taken back yet: it is on the list of orphans.
            self._orphans.add(record.id)
            return
        self._leaving[key.name] = obj["spec"].get("deletionPolicy", "Delete")

    def _released(self) -> None:
        """What a deleted resource left behind by its policy is nobody's from then on."""
        gone = [name for name in self._leaving if self._world.object(_key(name)) is None]
        for name in gone:
            policy, record = self._leaving.pop(name), self._witness.find(name)
            if record is None or (record.id in self._witness.by_hand and record.id not in self._taken):
                continue
            if record.deleted_at is not None:
                continue
            assert policy != "Delete", f"the resource is gone and its endpoint {name} is not"
            if not self._witness.was_powered_by_hand_after(record, _LEAVING):
                assert record.lifecycle.state in _LEFT_AS.get(policy, {record.lifecycle.state}), record.lifecycle.state
            assert _markers(record.configuration["tags"]) in ([RELEASED], []), "still marked as ours"
            self._taken.pop(record.id, None)
            self._witness.by_hand[record.id] = record

    # In the end.

    async def converge(self) -> None:
        """I3, I4 and I7: the faults stop, and after three passes all is as declared, or said for good why not."""
        self._world.border.plan(())
        self._world.huggingface.faults.clear()
        self._world.clock.advance(_PAUSE)
        # Where the provider can't be asked by name, one more is what it takes to believe that nothing is there.
        passes = PASSES + self._world.vendor.binds_by_id
        await self._world.settle(*self._world.keys(), rounds=passes, seconds=_PAUSE)
        self.hold()
        for key in sorted(self._world.keys()):
            self._converged(key)
        self._nothing_leaked()
        await self._at_rest(but="/inferenceaccounts/")  # It counts what the last pass made of the resources.
        await self._at_rest()

    async def _at_rest(self, *, but: str | None = None) -> None:
        self._world.forget_requests()
        await self._world.settle(*self._world.keys(), rounds=1, seconds=_PAUSE)
        self.hold()
        written = [f"{method} {path}" for method, path, _ in self._world.kube.writes if but is None or but not in path]
        assert [*self._world.requests(), *written] == [], "I4: something is written at rest"

    def _nothing_leaked(self) -> None:
        for record in self._witness.records():
            if record.id in self._orphans or (record.id in self._witness.by_hand and record.id not in self._taken):
                continue
            assert self._world.object(_key(record.name)) is not None, f"a leak: {record.name} belongs to nothing"

    def _converged(self, key: Key) -> None:
        obj, record = self._world.object(key), self._witness.find(key.name)
        assert obj is not None
        assert not _deleting(obj), f"I7: {key.name} hangs: {self._world.ready(key)}"
        if record is not None and record.id in self._witness.by_hand and record.id not in self._taken:
            assert self._world.ready(key) in {("False", "AlreadyExists"), ("False", "OwnershipConflict")}
            return
        assert record is not None, f"{key.name} has no endpoint: {self._world.condition(key, 'Ready')}"
        if RELEASED in record.configuration["tags"] and obj["spec"].get("adoptionPolicy", "Never") == "Never":
            # What was let go of, and is declared anew while that happened, is free to take and not taken.
            assert self._world.ready(key) == ("False", "AlreadyExists")
            return
        left = self._stays_as_it_was(obj, record)
        ready, reason = self._world.ready(key)
        expected = _AT_REST[None if left else obj["spec"].get("state")]
        assert (ready, reason in expected) == ("True", True), self._world.condition(key, "Ready")
        assert "pendingOperation" not in obj["status"]
        assert obj["status"]["observedGeneration"] == obj["metadata"]["generation"]
        if not left:
            self._as_declared(key, obj, record)

    def _stays_as_it_was(self, obj: Object, record: Record) -> bool:
        """What was nobody's stays so until the spec changes, after the differences were shown."""
        taking = self._taken.get(record.id)
        if taking is None or obj["spec"].get("adoptionPolicy") != "IfUnowned":
            return False
        return obj["metadata"]["generation"] in (taking.version[1], obj["status"].get("adoptedGeneration"))

    def _as_declared(self, key: Key, obj: Object, record: Record) -> None:
        synced, in_vain = self._world.condition(key, "Synced"), self._world.condition(key, "IneffectiveFields")
        assert synced["status"] == "True" or (in_vain and _DROPPED in in_vain["message"]), synced
        block, remote = self._world.vendor.declared(obj["spec"]), record.configuration
        assert remote["compute"]["scaling"]["maxReplica"] == block["compute"]["scaling"]["maxReplica"]
        assert remote["type"] == block["type"]
        if "env" in block["model"]:
            assert remote["model"]["env"] == block["model"]["env"]
        if "secrets" in block["model"] and key.name not in self.rebuilt:
            # (What an object of this name had before is taken back as it is: its secret values can't be read.)
            assert remote["model"]["secrets"] == {"HF_TOKEN": self._world.secret_value("hub", "token")}
        assert claim_of(self._world, obj) in _markers(remote["tags"]) or self._marker_was_taken_off(key, record)

    def _marker_was_taken_off(self, key: Key, record: Record) -> bool:
        """A marker that somebody took off comes back with the next PUT, and until then the record serves."""
        # What was taken over by its id says what it said before, until its first change.
        before = ([], [RELEASED]) if self._world.vendor.binds_by_id else ([],)
        markers = _markers(record.configuration["tags"])
        return self._world.status(key)["remoteRef"].get("id") == record.id and markers in before


def claim_of(world: World, obj: Object) -> str:
    """The marker of a resource of that world."""
    metadata = obj["metadata"]
    return str(Claim.of(cluster_id=world.cluster_id, namespace=NAMESPACE, name=metadata["name"], uid=metadata["uid"]))


def _deleting(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def _bound_at(obj: Object) -> tuple[str, int]:
    """The version that decided to take it: an edit between that and the taking is a change of the spec already."""
    uid, generation = _version(obj)
    return uid, obj.get("status", {}).get("adoptedGeneration", generation)


def _version(obj: Object) -> tuple[str, int]:
    """Which resource, with which spec."""
    return obj["metadata"]["uid"], obj["metadata"]["generation"]


def _markers(tags: Any) -> list[str]:
    return [tag for tag in tags if tag.startswith(MARKER_PREFIX)]


def _key(name: str) -> Key:
    return Key("InferenceEndpoint", NAMESPACE, name)
