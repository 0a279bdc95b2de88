"""What becomes of a resource's binding as a look goes on: from what was seen, what was refused, and how it ended."""

from inference_operator.core import record
from inference_operator.core.adoption import NOT_KEPT, TAKEN_OFF
from inference_operator.core.decide import MARKER_REFUSED, paused_as_asked
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Present
from inference_operator.core.ownership import Ownership
from inference_operator.core.steps import Rest
from inference_operator.core.unfinished import COUNT_AS_DONE
from inference_operator.runtime.scene import Scene


def recorded(scene: Scene) -> Scene:
    """With the incarnation on record, where the endpoint in sight is ours; without a binding to one that we lost."""
    knowledge, status = scene.snapshot.knowledge, scene.snapshot.subject.status
    if not isinstance(knowledge, Present) or status.remote_ref is None:
        return scene
    whose = scene.snapshot.whose(knowledge.observation)
    if scene.snapshot.adopting and scene.snapshot.verified and whose in (Ownership.FOREIGN, Ownership.LOST):
        return _unbound(scene)
    if whose is not Ownership.OURS:
        return scene
    return scene.refreshed(status=record.seen(scene.snapshot, knowledge.observation))


def after_refusal(scene: Scene, failure: Failure) -> Scene:
    """After a failed create: what was refused for good leaves no binding behind, unless one may have landed.

    That is this one, where the failure may pass; or an earlier one whose answer was lost.
    """
    return _unbound(scene) if failure.terminal and scene.snapshot.unsettled_for <= 0 else scene


def unless_ours(scene: Scene) -> Scene:
    """After "the name exists": not bound to it, unless it is ours from an earlier attempt."""
    knowledge = scene.snapshot.knowledge
    ours = isinstance(knowledge, Present) and str(scene.snapshot.claim) in knowledge.observation.claims
    return scene if ours else _unbound(scene)


def at_rest(scene: Scene, rest: Rest) -> Scene:
    """With what is done by the end of a look: all that is asked for, or the power state alone.

    That is so where secrets are missing and it is paused, and where no more can be done than to have asked.
    Who only observes does nothing of it; what was not kept while it was taken over is not bound to any more.
    """
    snapshot = scene.snapshot
    if rest.failure in (TAKEN_OFF, NOT_KEPT):
        return _unbound(scene)
    if rest in (Rest(), Rest(MARKER_REFUSED)) and not snapshot.policy.observes_only:
        there = isinstance(snapshot.knowledge, Present) and snapshot.subject.status.remote_ref is not None
        return scene.refreshed(status=record.settled(snapshot)) if there else scene
    paused = snapshot.unresolved is not None and paused_as_asked(snapshot)
    switched = paused or rest.failure in COUNT_AS_DONE
    return scene.refreshed(status=record.switched(snapshot)) if switched else scene


def _unbound(scene: Scene) -> Scene:
    return scene.refreshed(status=record.unbound(scene.snapshot))
