"""What is remembered of a resource between two looks, for politeness alone: losing it costs a call,
never correctness.
"""

import math
import random
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from inference_operator.core import cadence
from inference_operator.core.decide import MARKER_REFUSED
from inference_operator.core.diff import Difference
from inference_operator.core.failures import Failure
from inference_operator.core.ineffective import MAX_ATTEMPTS, sent_in_vain
from inference_operator.core.observation import Health
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import REMOTE_WRITES, Step, Switch
from inference_operator.runtime.index import Object


class Asked(NamedTuple):
    """What a remote write depends on: when it changes, one that failed is worth another try."""

    declared: Hashable
    state: Hashable


class Setback(NamedTuple):
    """Why a step could not be done. `sent`: it was tried. `declared`: for what was declared then."""

    step: type[Step]
    failure: Failure
    sent: bool
    declared: Hashable


@dataclass(slots=True)
class Memory:
    """`uid`: of which object of the name; `generation`: of which spec. `last_event`: the reason and message told last.

    `attempts`: pointer -> how often its declared value was sent and did not come back.

    `held`: the failure of the last remote write, at `held_at`, which is not tried again before `held_until` (monotonic
    seconds) unless what it was asked for (`held_for`) changes. `repeats`: how often in a row a look
    ended with the reason `repeated`, for what was `declared` then. `setback`: what kept the provider's last call from
    going well.
    `switched`: how often the provider took a power state since anything that is asked for changed, or all was well.
    `updated_at`: when an update was sent last, in monotonic seconds.
    `lost_at`: when the answer to a create was lost last; of one that was intended before this process, its first look.
    `ending_since`: from when the provider is waited for to carry a deletion out, None where it is not.
    `marker_refused`: the provider answered our last write without the marker that it carried.
    `config_map`: where the connection was written. `silences`: how often in a row the health route did not answer.
    `log_asked`: of which failure the log was read.
    """

    uid: str = ""
    generation: int = -1
    attempts: dict[str, int] = field(default_factory=dict)
    held: Failure | None = None
    held_for: Asked | None = None
    held_at: float = 0.0
    held_until: float = 0.0
    setback: Setback | None = None
    repeats: int = 0
    repeated: str = ""
    declared: Hashable = None
    switched: int = 0
    updated_at: float = -math.inf
    lost_at: float = -math.inf
    ending_since: float | None = None
    marker_refused: bool = False
    config_map: str | None = None
    silences: int = 0
    log_asked: str = ""
    last_event: tuple[str, str] | None = None

    @classmethod
    def of(cls, obj: Object, *, now: float) -> "Memory":
        """What the resource itself says from before a restart: which values were sent in vain for this spec."""
        generation = obj["metadata"].get("generation", 0)
        said = (obj.get("status") or {}).get("conditions") or ()
        refused = any(one["reason"] == MARKER_REFUSED.reason for one in said)
        attempts = dict.fromkeys(sent_in_vain(said, generation), MAX_ATTEMPTS)
        intended = ((obj.get("status") or {}).get("pendingOperation") or {}).get("type") == "create"
        lost_at = now if intended else -math.inf
        return cls(
            uid=obj["metadata"]["uid"],
            generation=generation,
            attempts=attempts,
            marker_refused=refused,
            lost_at=lost_at,
        )

    def patience(self, generation: int, now: float) -> float:
        """Seconds for which another generation of the spec waits for those that may follow it; 0 for none."""
        return 0.0 if generation == self.generation else max(self.updated_at + cadence.EDITS_APART - now, 0.0)

    def begin(self, generation: int) -> None:
        """A look begins: what was learnt of another generation of the spec no longer counts."""
        if generation != self.generation:
            self.generation = generation
            self.attempts.clear()
            self.repeats = 0

    def asked(self, asked: Asked) -> None:
        """What a look is for. Patience with what failed for another spec, secret or token is not owed to this one."""
        if asked.declared != self.declared:
            self.declared, self.repeats, self.switched = asked.declared, 0, 0

    def recalled_in(self, snapshot: Snapshot, *, now: float) -> Snapshot:
        """The snapshot with what is remembered."""
        return replace(
            snapshot,
            attempts=dict(self.attempts),
            marker_refused=self.marker_refused,
            switched=self.switched,
            ending_for=0.0 if self.ending_since is None else now - self.ending_since,
            unsettled_for=max(self.lost_at + cadence.CREATE_SETTLES - now, 0.0),
            silences=self.silences,
            log_asked=self.log_asked,
        )

    def sent(self, sent: Iterable[Difference], left: Iterable[Difference], *, now: float) -> None:
        """Fields were sent, and these are still different in the answer."""
        self.updated_at = now
        remaining = {one.pointer for one in left}
        for one in sent:
            if one.pointer in remaining:
                self.attempts[one.pointer] = self.attempts.get(one.pointer, 0) + 1
            else:
                self.attempts.pop(one.pointer, None)

    def hold(self, failure: Failure, asked: Asked, *, now: float) -> None:
        """A remote write failed: leave it for a while."""
        self.held, self.held_for, self.held_at = failure, asked, now
        # The next look is later than this by its own jitter.
        self.held_until = now + cadence.retry_after(failure, self._repeats_of(failure))

    def did(self, step: Step) -> None:
        """A step was carried out: what kept it from that is over, and so is what kept us from reading before it."""
        self.switched += isinstance(step, Switch)
        if isinstance(step, REMOTE_WRITES):
            self.arrived()
        elif self.setback is not None and self.setback.step is type(step):
            self.setback = None

    def told(self, asked: Asked) -> Setback | None:
        """What the provider said last, where it was of what is declared still."""
        return self.setback if self.setback is not None and self.setback.declared == asked.declared else None

    def holding(self, asked: Asked, now: float) -> Failure | None:
        """The failure that a remote write would only repeat now, None where it may be tried."""
        if self.held is None or self.held_for is None:
            return None
        if self.held_for.declared != asked.declared:
            self.held, self.repeats = None, 0
        elif self.held_for.state != asked.state:
            # One that changes all the time is no reason to be asked all the time.
            self.held_until = min(self.held_until, self.held_at + cadence.ANOTHER_STATE)
        return self.held if now < self.held_until else None

    def refused(self, asked: Asked) -> Failure | None:
        """What came of the last remote write for what is declared, whether it may be tried again by now or not."""
        return self.held if self.held_for is not None and self.held_for.declared == asked.declared else None

    def arrived(self) -> None:
        """The provider has what is declared: whatever kept it from that is over."""
        self.held = self.setback = None

    def ending(self, now: float) -> None:
        """The provider took what a deletion asks for, and is waited for."""
        if self.ending_since is None:
            self.ending_since = now

    def probed(self, health: Health | None) -> None:
        """A look ended well. `health`: what the health route answered in it, None where it was not asked."""
        self.silences = self.silences + 1 if health is not None and not health.serves else 0

    def failed(self, failure: Failure) -> None:
        """A look ended with a failure."""
        self.repeats = self._repeats_of(failure) + 1
        self.repeated = failure.reason

    def retry_after(self, failure: Failure) -> float:
        """Seconds to the next try after a failure: patience with one is not owed to another."""
        return cadence.retry_after(failure, self._repeats_of(failure), jitter=random.random())  # noqa: S311 - no secret

    def _repeats_of(self, failure: Failure) -> int:
        return self.repeats if self.repeated == failure.reason else 0

    def succeed(self) -> None:
        """All is well: nothing is waited for any more."""
        self.arrived()
        self.repeats = self.switched = 0
