"""The life of an endpoint as pure functions of time: nothing runs, states follow from timestamps when asked.

The stages, and who may do what from where, are those of the vendor's API description; the messages were seen.
"""

from dataclasses import dataclass, replace
from typing import Literal

from inference_operator.simulator.errors import ApiError

State = Literal["pending", "initializing", "updating", "updateFailed", "running", "paused", "failed", "scaledToZero"]
Failure = Literal["runtime", "configuration"]

SERVING: frozenset[State] = frozenset({"running", "updating", "updateFailed"})
SETTLED: frozenset[State] = frozenset({"updateFailed", "paused", "failed", "scaledToZero"})
"""States that time alone does not end."""
UNDERWAY: frozenset[State] = frozenset({"pending", "initializing", "updating"})

MESSAGES: dict[State, str] = {
    "pending": "Endpoint waiting to be scheduled",
    "initializing": "Endpoint is initializing",
    "updating": "Endpoint waiting for the update",
    "updateFailed": "Endpoint failed to update",
    "running": "Endpoint is ready",
    "paused": "Endpoint is paused",
    "failed": "Endpoint failed to deploy",
    "scaledToZero": "Endpoint is scaled to zero",
}
ERRORS: dict[Failure, str] = {
    "runtime": "Workload exited with code 1. Check the logs for more information.",
    "configuration": "Invalid configuration: the container can't be created.",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a configuration will fare: seconds per stage, idle seconds (None: never), replicas, failure."""

    pending: float
    initializing: float
    updating: float
    idle: float | None
    replicas: int
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Where an endpoint stands: a state entered at `since`, with its replica counts.

    `message` and `error` override the state's own texts until the next transition.
    """

    state: State
    since: float
    ready: int = 0
    target: int = 0
    last_used: float | None = None
    failure: Failure | None = None
    message: str | None = None
    error: str | None = None

    def enter(self, state: State, at: float, *, ready: int, target: int, failure: Failure | None = None) -> "Lifecycle":
        """Return the life after a transition."""
        used = at if state == "running" else self.last_used
        return Lifecycle(state=state, since=at, ready=ready, target=target, last_used=used, failure=failure)

    @property
    def error_message(self) -> str | None:
        """The text of `status.errorMessage`."""
        return self.error or (ERRORS[self.failure] if self.failure else None)


def start(life: Lifecycle | None, plan: Plan, now: float) -> Lifecycle:
    """Return a life that begins (again) with scheduling."""
    begun = life or Lifecycle(state="pending", since=now)
    return begun.enter("pending", now, ready=0, target=plan.replicas)


def _next(life: Lifecycle, plan: Plan) -> Lifecycle | None:
    match life.state:
        case "pending":
            return life.enter("initializing", life.since + plan.pending, ready=0, target=plan.replicas)
        case "initializing":
            return _deployed(life, plan, life.since + plan.initializing, failed="failed")
        case "updating":
            return _deployed(life, plan, life.since + plan.updating, failed="updateFailed")
        case "running" if plan.idle is not None:
            idle_since = max(life.since, life.last_used or 0)
            return life.enter("scaledToZero", idle_since + plan.idle, ready=0, target=0)
    return None


def _deployed(life: Lifecycle, plan: Plan, at: float, *, failed: State) -> Lifecycle:
    if plan.failure is None:
        return life.enter("running", at, ready=plan.replicas, target=plan.replicas)
    # The replicas of the old version, if there is one, go on serving.
    return life.enter(failed, at, ready=life.ready, target=life.ready or plan.replicas, failure=plan.failure)


def advance(life: Lifecycle, plan: Plan, now: float) -> Lifecycle:
    """Return the life at `now`, all transitions due by then made; the same object when none was."""
    while (following := _next(life, plan)) is not None and following.since <= now:
        life = following
    return life


def roll_out(life: Lifecycle, plan: Plan, now: float, *, wakes: bool) -> Lifecycle:
    """Return the life after a changed configuration; what is stopped starts only if `wakes`."""
    if life.state in SERVING:
        return life.enter("updating", now, ready=life.ready, target=plan.replicas)
    if life.state in {"paused", "scaledToZero"} and not wakes:
        return life
    return start(life, plan, now)


def pause(life: Lifecycle, now: float, *, keep_target: bool) -> Lifecycle:
    """Return the paused life; pausing twice changes nothing."""
    if life.state == "paused":
        return life
    return life.enter("paused", now, ready=0, target=life.target if keep_target else 0)


def resume(life: Lifecycle, plan: Plan, now: float) -> Lifecycle:
    """Return the resumed life; raise ApiError 400 while it runs, starts or can't be started as it is."""
    if life.failure == "configuration":
        raise ApiError(400, "Bad Request: endpoint has a configuration error, update the endpoint instead")
    if life.state in UNDERWAY or life.state == "running":
        raise ApiError(400, "Endpoint is already running")
    if life.state == "updateFailed":
        return roll_out(life, plan, now, wakes=True)
    return start(life, plan, now)


def scale_to_zero(life: Lifecycle, plan: Plan, now: float) -> Lifecycle:
    """Return the life scaled to zero; raise ApiError 400 when the configuration has no timeout."""
    if plan.idle is None:
        raise ApiError(400, "workload cannot be scaled to zero")
    if life.state == "scaledToZero":
        return life
    return life.enter("scaledToZero", now, ready=0, target=0)


def use(life: Lifecycle, plan: Plan, now: float) -> Lifecycle:
    """Return the life after a request to the endpoint's URL: it wakes from zero, and counts as activity."""
    if life.state == "scaledToZero":
        return start(life, plan, now)
    return replace(life, last_used=now) if life.state in SERVING else life
