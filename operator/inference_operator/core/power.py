"""Power: what spec.state and spec.replicas ask for, once per change.

An endpoint that idles to zero satisfies `running`, and a request that wakes it is nobody's mistake: a rule that held
the state all the time would fight the autoscaler. So only paused against running is corrected at rest; all else is
done once, when it is asked for.
"""

from dataclasses import dataclass

from inference_operator.core.errors import Operation
from inference_operator.core.observation import State


@dataclass(frozen=True, slots=True)
class Power:
    """What is asked for: spec.state and spec.replicas as they stand, None where absent."""

    state: str | None = None
    replicas: int | None = None

    @property
    def wanted(self) -> State | None:
        """The state that this comes down to, None where power is not managed."""
        if self.replicas == 0 and self.state != State.PAUSED:
            return State.SCALED_TO_ZERO
        if self.state is not None:
            return State(self.state)
        return State.RUNNING if self.replicas else None


def action(
    asked: Power, applied: Power | None, remote: State, *, again: bool = False, heading: State | None = None
) -> Operation | None:
    """The one power action that is due, None where none is.

    `applied`: what was last asked for and done, None where nothing was yet. `again`: a person asked for a reconcile.
    `heading`: the state that it is on its way to, where that is known.
    """
    wanted = asked.wanted
    if wanted is None or wanted in (remote, heading):
        return None
    if again or asked != (applied or Power()):
        return _on_request(wanted, remote)
    return _against_drift(wanted, remote, asked)


def _on_request(wanted: State, remote: State) -> Operation | None:
    if wanted is State.PAUSED:
        return Operation.PAUSE
    if wanted is State.SCALED_TO_ZERO:
        return Operation.SCALE_TO_ZERO
    return Operation.RESUME if remote in (State.PAUSED, State.SCALED_TO_ZERO) else None


def _against_drift(wanted: State, remote: State, asked: Power) -> Operation | None:
    if wanted is State.PAUSED:
        return Operation.PAUSE
    if asked.state == State.RUNNING and remote is State.PAUSED:
        return Operation.RESUME
    return None
