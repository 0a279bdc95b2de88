"""What a step comes to that the provider took, and that it does not show in the same look."""

from typing import Final

from inference_operator.core import adoption, deletion, drift
from inference_operator.core.errors import Operation
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Present, State
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import Rest, Step, Switch

_MANY = 8
"""How often a power state is asked for in vain, some minutes, until somebody should look at it."""

_AGAIN = 5.0


def unfinished(snapshot: Snapshot, step: Step) -> Step:
    """How the look ends in which a step was carried out that is due still."""
    if snapshot.subject.deleting:
        return deletion.not_carried_out(snapshot)
    if isinstance(step, Switch):
        return Rest(_not_switched(snapshot, step.operation))
    return Rest(adoption.NOT_KEPT if adoption.not_kept(snapshot) else NOT_SHOWN)


def _not_switched(snapshot: Snapshot, operation: Operation) -> Failure:
    if operation is Operation.RESUME and _idles(snapshot):
        return NOT_WOKEN
    if operation is Operation.SCALE_TO_ZERO and snapshot.switched >= drift.CORRECTIONS:
        return NOT_AT_ZERO
    return NOT_SWITCHED if snapshot.switched >= _MANY else NOT_SHOWN


def _idles(snapshot: Snapshot) -> bool:
    return isinstance(snapshot.knowledge, Present) and snapshot.knowledge.observation.state is State.SCALED_TO_ZERO


NOT_SHOWN = Failure(
    "Updating",
    "The provider accepted what was sent, and does not show it yet. The operator looks again by itself.",
    terminal=False,
    retry_after=_AGAIN,
)
"""Nothing is well as long as it may be that nothing was done."""

NOT_SWITCHED = Failure(
    "NotCarriedOut",
    "The provider accepted the power state that is asked for several times, and has not carried it out. It is asked "
    "for again; see at the provider why the endpoint stays as it is.",
    terminal=False,
    retry_after=_AGAIN,
)

NOT_WOKEN = Failure(
    "Updating",
    "The provider accepted to start the endpoint, and does not show it yet. The operator looks again by itself.",
    terminal=False,
    retry_after=_AGAIN,
)
"""What idles is as declared, and no provider says whether it can be woken without a request."""

NOT_AT_ZERO = Failure(
    "Updating",
    "The provider accepted to scale the endpoint to zero, and shows it running: a request may have woken it.",
    terminal=False,
    retry_after=_AGAIN,
)
"""A request that wakes is nobody's mistake, and each further try would be a cold start to somebody."""

COUNT_AS_DONE: Final = (NOT_WOKEN, NOT_AT_ZERO)
"""To have asked is all that can be done about these."""

UNDER_WAY: Final = (NOT_SHOWN, *COUNT_AS_DONE)
"""What passes by itself, and is no failure to whoever reads events."""
