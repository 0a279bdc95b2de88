"""Histories as data: what people do, what goes wrong and when the operator is at work, made from a seed or by hand.

A history that breaks a law is told step by step, with the command that plays it again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.runtime.kill_points import Kind, Mishap
from tests.runtime.laws import Laws
from tests.runtime.world import NAMESPACE, NEVER_IDLE, World

from inference_operator.kube import paths
from inference_operator.runtime.index import Key
from inference_operator.simulator import Fault

THEIRS = "theirs"
"""An endpoint of somebody else, in every history."""

Change = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: a method of `Tale` by name, with its arguments."""

    name: str
    arguments: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.name.replace("_", " "), *map(str, self.arguments)])


@dataclass(frozen=True, slots=True)
class Slip:
    """A mishap to be: after so many crossings. `meanwhile`: what somebody does right then."""

    crossing: int
    kind: Kind
    meanwhile: Step | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Steps under settings of the provider. Slips are counted from the end of `setting`, where nothing goes wrong."""

    steps: Sequence[Step]
    slips: Sequence[Slip] = ()
    setting: Sequence[Step] = ()
    knobs: Mapping[str, Any] = field(default_factory=dict)

    async def play(self) -> "Tale":
        """Play it to its end and judge it. Raises BrokenLawError."""
        tale = await Tale.begin(self.knobs)
        try:
            await tale.tell(self.setting)
            tale.expect(self.slips)
            await tale.tell(self.steps)
            tale.crossings = list(tale.world.border.crossings)
            await tale.laws.converge()
        except AssertionError as broken:
            raise BrokenLawError(self.told(tale, broken)) from broken
        return tale

    def told(self, tale: "Tale", broken: AssertionError) -> str:
        """The history in words."""
        settings = ", ".join(f"{key}={value}" for key, value in self.knobs.items())
        deeds = [f"  {deed.at:.0f}s {deed}" for deed in tale.world.witness.deeds]
        lines = [str(broken) or "an assertion failed", f"the provider: {settings or 'as by default'}", "what happened:"]
        return "\n".join([*lines, *tale.told, "  then the faults stop", "what was written remotely:", *deeds])


class BrokenLawError(AssertionError):
    """A law was broken; the text tells the history."""


class Tale:
    """A world in which a history takes place. Each public method without a docstring of its own is a step."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.laws = Laws(world)
        self.told: list[str] = []
        self.crossings: list[str] = []
        """Those of the steps themselves, once they are over."""

    @classmethod
    async def begin(cls, knobs: Mapping[str, Any]) -> "Tale":
        """A cluster and a provider, with one endpoint of somebody else."""
        tale = cls(World(few_offers=True, **NEVER_IDLE, **knobs))
        tale.world.put_secret("hub", token="value-0")
        await tale.world.make_by_hand(THEIRS)
        return tale

    async def tell(self, steps: Iterable[Step]) -> None:
        """Have the steps happen, one after another, under the laws."""
        for step in steps:
            struck = len(self.world.border.struck)
            self.told.append(f"  {step}")
            pending = getattr(self, step.name)(*step.arguments)
            if pending is not None:
                await pending
            self.told += [f"    {words}" for words in self.world.border.struck[struck:]]
            self.laws.hold()

    def expect(self, slips: Iterable[Slip]) -> None:
        """From here on these go wrong."""
        self.world.border.crossings.clear()
        self.world.border.plan(self._mishap(slip) for slip in slips)

    def _mishap(self, slip: Slip) -> Mishap:
        step = slip.meanwhile
        act: Callable[[], None] | None = (lambda: getattr(self, step.name)(*step.arguments)) if step else None
        return Mishap(slip.crossing, slip.kind, act, str(step or ""))

    # A person at the cluster.

    def apply(self, name: str, change: Change) -> None:
        """Apply a manifest anew, or change the one that is there."""
        known = self.world.object(_key(name))
        if known is None:
            self.world.apply(dict(change), name=name)
        elif "deletionTimestamp" not in known["metadata"]:
            self.world.patch(_key(name), dict(change))

    def delete(self, name: str) -> None:
        if self.world.object(_key(name)) is not None:
            self.laws.deleting(_key(name))
            self.world.delete(_key(name))

    def rotate(self, value: str) -> None:
        self.world.put_secret("hub", token=value)

    def rebuild(self, name: str) -> None:
        """The cluster is lost and built anew from Git: a new UID, and no status."""
        known = self.world.object(_key(name))
        record = self.world.witness.find(name)
        if record is not None and not record.configuration["tags"]:
            self.world.witness.is_by_hand(name)  # What has neither marker nor record is nobody's.
        if known is not None and "deletionTimestamp" not in known["metadata"]:
            self.world.kube.vanish(paths.endpoint(NAMESPACE, name))
            self.world.apply({"spec": known["spec"]}, name=name)
            self.world.restart()
            self.laws.rebuilt.add(name)

    # A person at the console.

    def edit_by_hand(self, name: str, change: Change) -> None:
        record = self.world.witness.find(name)
        if record is not None and record.deleted_at is None and record.id not in self.world.witness.by_hand:
            self.world.vendor.edit(name, change)
            if "state" in change:
                self.world.witness.is_powered_by_hand(name)

    def take_the_marker_off(self, name: str) -> None:
        """Where it was seen before: else nothing tells any more whose the endpoint is."""
        record, status = self.world.witness.find(name), self.world.status(_key(name))
        if record is not None and status.get("remoteRef", {}).get("id") == record.id:
            self.edit_by_hand(name, {"tags": []})

    def remove_by_hand(self, name: str) -> None:
        record = self.world.witness.find(name)
        if record is not None and record.deleted_at is None:
            self.world.remove_by_hand(name)

    async def make_by_hand(self, name: str) -> None:
        free = self.world.vendor.is_free(name, self.world.clock.now())
        if free and self.world.witness.find(name) is None:
            self.world.huggingface.faults.clear()
            await self.world.make_by_hand(name)

    async def replace_by_hand(self, name: str) -> None:
        self.remove_by_hand(name)
        await self.make_by_hand(name)

    # The provider, and time.

    def fail(self, operation: str, status: int, times: int) -> None:
        self.world.huggingface.faults.add(Fault(operation=operation, status=status, times=times))

    def drop(self, operation: str, when: str) -> None:
        self.world.huggingface.faults.add(Fault(operation=operation, action="drop", when=when, times=1))

    def wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    # The operator.

    def restart(self) -> None:
        self.world.restart()

    async def read(self) -> None:
        await self.world.tick()

    async def look(self, name: str) -> None:
        await self.world.look(_key(name))

    async def look_blindly(self, name: str) -> None:
        await self.world.look(_key(name), blindly=True)

    async def work(self, beats: int, seconds: float) -> None:
        """So many beats, with so many seconds after each."""
        await self.world.settle(*self.world.keys(), rounds=beats, seconds=seconds)


def _key(name: str) -> Key:
    return Key("InferenceEndpoint", NAMESPACE, name)
