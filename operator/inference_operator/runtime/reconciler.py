"""One look at one resource: gather, decide, act, until there is nothing left to do; then say how things stand.

The loop is short on purpose. What is done in which order is decided in `core`; here it is only carried out, and an
error becomes words on the resource and a time for the next look.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from inference_operator.api.names import RECONCILE_REQUESTED_AT
from inference_operator.core import cadence, deletion, drift, inquiry, record
from inference_operator.core import status as statuses
from inference_operator.core.account_refusals import NOT_LISTED
from inference_operator.core.decide import decide
from inference_operator.core.errors import ErrorKind, ProviderError
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Present, Unread
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import (
    REMOTE_WRITES,
    WRITES_TO_EXISTING,
    Abandon,
    Bind,
    Create,
    Read,
    ReadLog,
    Rest,
    Step,
    Switch,
    Update,
)
from inference_operator.core.unfinished import COUNT_AS_DONE, NOT_SHOWN, unfinished
from inference_operator.kube.errors import Conflict, Forbidden, Invalid, KubeError, NotFound, NotLeading
from inference_operator.runtime import binding, outputs, setback
from inference_operator.runtime.accounts import LISTING_SECONDS
from inference_operator.runtime.gather import Gatherer
from inference_operator.runtime.index import Index, Key, Object
from inference_operator.runtime.memory import Memory
from inference_operator.runtime.perform import Performer
from inference_operator.runtime.scene import Scene
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger(__name__)

_MAX_STEPS = 16
_REFRESH = 1.0
_AT_ONCE = 0.05


_Kind: TypeAlias = tuple[type[Step], bool]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a look ended. `after`: seconds to the next one, None where only news brings one."""

    failure: Failure | None = None
    after: float | None = None


class Reconciler:
    """Looks at resources, one at a time for each key; several keys at once."""

    def __init__(
        self,
        *,
        index: Index,
        gatherer: Gatherer,
        performer: Performer,
        outputs: outputs.Outputs,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = index
        self._gatherer = gatherer
        self._performer = performer
        self._outputs = outputs
        self._clock = clock
        self._memories: dict[Key, Memory] = {}

    async def reconcile(self, key: Key) -> Outcome:
        """One look. Raises `KubeError` where the API server could not be worked with, and nothing else."""
        obj = self._index.get(key)
        if obj is None:
            self._memories.pop(key, None)
            self._gatherer.forget(key)
            return Outcome()
        memory = self._memory_of(key, obj)
        generation = obj["metadata"].get("generation", 0)
        wait = memory.patience(generation, self._clock())
        if wait > 0 and "deletionTimestamp" not in obj["metadata"]:
            return Outcome(after=wait)
        memory.begin(generation)
        try:
            return await self._look(obj, memory)
        except (Conflict, NotLeading):
            return Outcome(after=_REFRESH)
        except (Forbidden, Invalid, NotFound) as error:
            return await self._refused(self._index.get(key), memory, error)
        except KubeError:
            raise
        except Exception:
            _log.exception("unexpected error", kind=key.kind, namespace=key.namespace, name=key.name)
            return await self._given_up(self._index.get(key) or obj, memory, _DEFECT)

    def _memory_of(self, key: Key, obj: Object) -> Memory:
        """What is remembered of this very object: one that was made anew under its name begins anew."""
        memory = self._memories.get(key)
        if memory is None or memory.uid != obj["metadata"]["uid"]:
            memory = self._memories[key] = Memory.of(obj, now=self._clock())
        return memory

    async def _look(self, obj: Object, memory: Memory) -> Outcome:
        scene = await self._gatherer.gather(obj)
        if scene.snapshot.blocked is NOT_LISTED:
            return Outcome(after=LISTING_SECONDS)
        if _waits_for_first_answer(scene) or _passes(scene):
            return await self._first_sight(scene)
        memory.asked(setback.asked_of(scene))
        scene = replace(scene, snapshot=memory.recalled_in(scene.snapshot, now=self._clock()))
        return await self._run(_read_when_asked(scene), memory)

    async def _refused(self, obj: Object | None, memory: Memory, error: KubeError) -> Outcome:
        """The API server does not let the operator do what it must: said too, where at least that is allowed."""
        if obj is None or not await self._performer.exists(obj):
            return Outcome()
        return await self._given_up(obj, memory, _not_allowed(error))

    async def _given_up(self, obj: Object, memory: Memory, failure: Failure) -> Outcome:
        """This look can't go on. That is said on the resource too: one that hangs silently helps nobody."""
        await self._say(self._gatherer.blank(obj), failure)
        delay = memory.retry_after(failure)
        memory.failed(failure)
        return Outcome(failure, after=delay)

    async def _first_sight(self, scene: Scene) -> Outcome:
        """Nothing can be said before the account is read; a resource that says nothing at all would pass for ready.

        Pages of the first reading may have come: whose an endpoint on them is was not asked.
        """
        if not scene.snapshot.subject.status.conditions:
            unseen = replace(scene.snapshot, knowledge=Unread())
            await self._performer.save(scene, statuses.compose(unseen, scene.snapshot.blocked, answered=False))
        deleting = scene.snapshot.subject.deleting
        return Outcome(after=cadence.FIRST_ANSWER_BY if deleting else cadence.FIRST_ANSWER)

    async def _run(self, scene: Scene, memory: Memory) -> Outcome:
        done: set[_Kind] = set()
        given_up: Step | None = None
        for _ in range(_MAX_STEPS):
            scene = binding.recorded(scene)
            step = given_up or self._next(scene, memory, done)
            given_up = None
            if isinstance(step, Rest):
                return await self._end(scene, step, memory)
            done.add(_kind(step))
            try:
                before, scene = scene, await self._carry_out(step, scene)
            except ProviderError as error:
                if error.kind is ErrorKind.NOT_LEADING:
                    return Outcome(after=_REFRESH)
                self._outputs.refused(step, scene, error)
                scene, rest = await setback.after(step, scene, error, memory, read=self._read, clock=self._clock)
                if rest is not None and not deletion.overdue(scene.snapshot):
                    return await self._end(scene, rest, memory)
                given_up = Abandon(rest.failure) if rest and rest.failure else None
                continue
            scene = self._learnt(step, scene, memory)
            self._outputs.stepped(step, before, scene)
        return await self._end(scene, Rest(NOT_SHOWN), memory)

    async def _carry_out(self, step: Step, scene: Scene) -> Scene:
        """One step. What puts drift right is told before, and counted after."""
        fields = _drift(step, scene.snapshot)
        if not fields:
            return await self._performer.perform(step, scene)
        scene = await self._say(scene, None)
        scene = await self._performer.perform(step, scene)
        return scene.refreshed(status=record.put_right(scene.snapshot, fields))

    async def _read(self, scene: Scene) -> Scene:
        return await self._performer.perform(Read(), scene)

    async def _say(self, scene: Scene, failure: Failure | None, *, answered: bool | None = None) -> Scene:
        """Write how things stand. At the end of a look also over what somebody edited meanwhile.

        `answered`: then, whether what a person asked for was done or is given up; None amid a look.
        """
        status = statuses.compose(scene.snapshot, failure, answered=bool(answered))
        if scene.snapshot.subject.unreadable:
            # What was not understood is not lost for that.
            said = {key: status[key] for key in ("conditions", "observedGeneration")}
            status = (scene.obj.get("status") or {}) | said
        self._outputs.drifted(scene, status)
        return await self._performer.save(scene, status, insist=answered is not None)

    def _next(self, scene: Scene, memory: Memory, done: set[_Kind]) -> Step:
        step = decide(scene.snapshot)
        if _for_now(step, scene) and (refused := memory.refused(setback.asked_of(scene))):
            return Rest(refused, after=max(memory.held_until - self._clock(), cadence.REFUSED_LOOK))
        if not isinstance(step, REMOTE_WRITES) and step != Bind(creating=True):
            return step
        if _kind(step) in done:
            return self._unfinished(scene, step, memory)
        held = memory.holding(setback.asked_of(scene), self._clock())
        if deletion.overdue(scene.snapshot):
            return step  # It is the last try.
        return Rest(held, after=max(memory.held_until - self._clock(), _REFRESH)) if held else step

    def _unfinished(self, scene: Scene, step: Step, memory: Memory) -> Step:
        end = unfinished(scene.snapshot, step)
        if isinstance(step, Switch) and isinstance(end, Rest) and end.failure and end.failure not in COUNT_AS_DONE:
            # What wakes the endpoint, or changes it otherwise, is no reason to ask sooner.
            memory.hold(end.failure, setback.asked_of(scene), now=self._clock())
        return end

    async def _end(self, scene: Scene, rest: Rest, memory: Memory) -> Outcome:
        asked = scene.snapshot.subject.power == scene.snapshot.subject.applied_power
        in_vain = asked and rest.failure in COUNT_AS_DONE
        scene = binding.at_rest(scene, rest)
        if rest.failure is None:
            memory.arrived()
        failure = rest.failure or await self._publish(scene, memory)
        if not _gone(scene):
            # What was asked for was done, whatever became of the outputs.
            answered = rest.failure is None or rest.failure.terminal or in_vain
            scene = await self._say(scene, failure, answered=answered)
        self._outputs.ended(scene, failure, memory)
        if _asks_more(scene):
            return Outcome(failure, after=_AT_ONCE)
        if failure is None:
            if scene.snapshot.subject.deleting:
                # Also what was asked for before this process began is not waited for without end.
                memory.ending(self._clock())
            memory.succeed()
            if rest.after is not None:
                return Outcome(after=rest.after)
            memory.probed(scene.snapshot.health)
            return Outcome(after=_next_look(scene.snapshot, memory.silences))
        delay = rest.after or memory.retry_after(failure)
        if rest.after is None:
            memory.failed(failure)
        return Outcome(failure, after=_not_past_the_timeout(delay, scene.snapshot))

    async def _publish(self, scene: Scene, memory: Memory) -> Failure | None:
        try:
            return await self._outputs.publish(scene, memory)
        except KubeError:
            # What was done at the provider is recorded before that is tried again.
            await self._say(scene, None, answered=True)
            raise

    def _learnt(self, step: Step, scene: Scene, memory: Memory) -> Scene:
        """What a step taught beside its outcome: that something is in motion, and what the provider does not keep."""
        memory.did(step)
        if scene.account is not None and isinstance(step, REMOTE_WRITES):
            scene.account.hurry()
        if isinstance(step, Update):
            memory.sent(step.fields, scene.snapshot.differences, now=self._clock())
        if isinstance(step, ReadLog) and isinstance(scene.snapshot.knowledge, Present):
            memory.log_asked = inquiry.failure_id(scene.snapshot.knowledge.observation)
        if isinstance(step, WRITES_TO_EXISTING) and scene.snapshot.subject.deleting:
            memory.ending(self._clock())
        if isinstance(step, Create | Update):
            memory.marker_refused = drift.unmarked(scene.snapshot)
        return replace(scene, snapshot=memory.recalled_in(scene.snapshot, now=self._clock()))


def _asks_more(scene: Scene) -> bool:
    """Whether somebody asked for something else meanwhile, which our own last write has swallowed the news of."""
    metadata, subject = scene.obj["metadata"], scene.snapshot.subject
    requested = (metadata.get("annotations") or {}).get(RECONCILE_REQUESTED_AT)
    return bool(metadata.get("generation", 0) != subject.generation or requested != subject.reconcile_requested_at)


def _drift(step: Step, snapshot: Snapshot) -> list[str]:
    """The fields of drift that a step puts right."""
    if not drift.drifted(snapshot.subject):
        return []
    if isinstance(step, Update):
        return [one.pointer for one in step.fields]
    return [drift.POWER] if isinstance(step, Switch) and not snapshot.subject.deleting else []


def _not_past_the_timeout(delay: float, snapshot: Snapshot) -> float:
    left = deletion.overdue_in(snapshot)
    return delay if left is None or left <= 0 else min(delay, left + _AT_ONCE)


_DEFECT = Failure(
    "InternalError",
    "The operator met an unexpected error and retries by itself. Its log says more; please report it.",
    terminal=False,
)


def _not_allowed(error: KubeError) -> Failure:
    return Failure(
        "KubernetesRefused",
        f"The API server refused what the operator needs ({error.reason}: {error.message}). Apply the manifests of the "
        "operator's rights again, and see its log.",
        terminal=False,
        local=True,
    )


def _gone(scene: Scene) -> bool:
    return scene.snapshot.subject.deleting and not scene.snapshot.subject.finalizers


def _next_look(snapshot: Snapshot, silences: int) -> float | None:
    """Seconds to the first of all that is to be looked at in time."""
    names_secrets = snapshot.desired is not None and snapshot.desired.secrets
    due = (
        cadence.probe_after(silences) if silences else None,
        drift.contested_until(snapshot),
        cadence.SECRETS_LOOK if names_secrets else None,
        cadence.CONNECTION_LOOK if snapshot.subject.spec.write_connection_to else None,
    )
    return min((one for one in due if one is not None), default=None)


def _passes(scene: Scene) -> bool:
    """Whether the account's first read failed so far: a restart in a hiccup is no news for what was said before."""
    subject = scene.snapshot.subject
    well = any(one.type == "Ready" and one.status == "True" for one in subject.status.conditions or ())
    return scene.account is not None and scene.account.passing and well and not (subject.deleting or subject.edited)


def _for_now(step: Step, scene: Scene) -> bool:
    """Whether only a trouble of the account that may pass is in the way: it is no news beside what was refused."""
    snapshot, account = scene.snapshot, scene.account
    if account is None or snapshot.blocked is None or snapshot.blocked.terminal or snapshot.subject.deleting:
        return False
    return step == Rest(snapshot.blocked) and account.stale_in > -cadence.REFUSED_FOR


def _kind(step: Step) -> _Kind:
    """What is done once in a look. To claim an endpoint is one thing, and to change it another."""
    return type(step), isinstance(step, Update) and bool(step.change)


def _waits_for_first_answer(scene: Scene) -> bool:
    """Whether nothing can be said before it comes.

    What is deleted needs no list where its endpoint can be read by name, and what was said is not vouched for for ever.
    """
    account = scene.account
    if account is None or not scene.unread or scene.snapshot.stale:
        return False
    overdue = account.clock() - account.born > cadence.FIRST_ANSWER_BY
    return not scene.snapshot.subject.deleting or (account.connection is None and not overdue)


def _read_when_asked(scene: Scene) -> Scene:
    """A person who asks for a reconcile gets one from a fresh read."""
    if scene.snapshot.subject.reconcile_requested and scene.account and scene.snapshot.desired:
        scene.account.doubt(scene.remote_name)
        return scene.refreshed()
    return scene
