"""What becomes of a look when the provider refuses a step, or its answer is lost."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.failures import Failure, failure_of
from inference_operator.core.observation import Present
from inference_operator.core.steps import REMOTE_WRITES, Create, Rest, Step, Update
from inference_operator.runtime import binding
from inference_operator.runtime.index import Key
from inference_operator.runtime.memory import Asked, Memory, Setback
from inference_operator.runtime.scene import Scene

Reading = Callable[[Scene], Awaitable[Scene]]
"""Reads the endpoint of a scene. Raises `ProviderError`."""

Aftermath = tuple[Scene, Failure | None]
"""How things stand after it, and why what was to be done can't be; None where reading made it clear that it can."""


async def after(
    step: Step, scene: Scene, error: ProviderError, memory: Memory, *, read: Reading, clock: Callable[[], float]
) -> tuple[Scene, Rest | None]:
    """What a provider's error means here: how the look ends, None where it goes on.

    It is remembered, so that what failed is not asked for again at once.
    """
    asked, scene = asked_of(scene), scene.refreshed()
    if isinstance(step, Update) and error.sent:
        memory.updated_at = clock()
    if (told := memory.told(asked)) and _adds_nothing(error, told):
        # What went wrong when it was tried says more.
        _hold_back(scene, error, told)
        return scene, Rest(replace(told.failure, retry_after=None), after=error.retry_after)
    failure: Failure | None = failure_of(error)
    if isinstance(step, Create):
        if error.perhaps_done:
            memory.lost_at = clock()
        scene, failure = await _not_created(scene, error, read)
    elif error.kind is ErrorKind.NOT_FOUND and isinstance(step, REMOTE_WRITES):
        scene, failure = await _not_there(scene, failure_of(error), read)
    if failure is not None:
        memory.setback = Setback(type(step), failure, error.sent, asked.declared)
        _hold_back(scene, error, memory.setback)
        if error.sent and isinstance(step, REMOTE_WRITES):
            memory.hold(failure, asked, now=clock())
    return scene, Rest(failure) if failure is not None else None


def _adds_nothing(error: ProviderError, told: Setback) -> bool:
    return not error.sent or (error.kind is ErrorKind.UNPROVEN and issubclass(told.step, REMOTE_WRITES))


def _hold_back(scene: Scene, error: ProviderError, told: Setback) -> None:
    """What had no try yet gets it once the way is free; what was refused itself keeps its own time."""
    if scene.account is not None and error.kind is ErrorKind.UNAVAILABLE and not (error.sent or told.sent):
        scene.account.held_back.add(Key.of(scene.obj))


def asked_of(scene: Scene) -> Asked:
    """What a remote write depends on in this scene."""
    snapshot = scene.snapshot
    known = snapshot.knowledge
    declared = (
        scene.account.credentials_of if scene.account else None,
        snapshot.subject.generation,
        snapshot.fingerprint,
        snapshot.subject.reconcile_requested_at,
        snapshot.subject.deleting,
    )
    return Asked(declared, (known.observation.id, known.observation.state) if isinstance(known, Present) else None)


def told_apart(error: ProviderError) -> ProviderError:
    """A 409 on a name that does not exist: quota, unless the words speak of the name, which then is not free yet."""
    named = "exist" in error.message.lower()
    kind = ErrorKind.CONFLICT if named else ErrorKind.QUOTA
    return ProviderError(kind, Operation.CREATE, error.message, status=error.status, retry_after=error.retry_after)


async def _not_created(scene: Scene, error: ProviderError, read: Reading) -> Aftermath:
    if error.kind is not ErrorKind.CONFLICT:
        failure = failure_of(error)
        return binding.after_refusal(scene, failure), failure
    # 409 says "the name exists" or "over quota" in words that no source confirms: a read tells them apart.
    try:
        scene = await read(scene)
    except ProviderError as unreadable:
        # Not in the list is not proof enough to let go of what was intended, and enough to say what was refused.
        said = told_apart(error) if unreadable.kind is ErrorKind.UNPROVEN else unreadable
        return scene, failure_of(said)
    if isinstance(scene.snapshot.knowledge, Present):
        return binding.unless_ours(scene), None
    failure = failure_of(told_apart(error))
    return binding.after_refusal(scene, failure), failure


async def _not_there(scene: Scene, failure: Failure, read: Reading) -> Aftermath:
    """A change was answered "not found": where a read says so too, that is how things stand, and no failure."""
    try:
        scene = await read(scene)
    except ProviderError as unreadable:
        return scene, failure_of(unreadable)
    return scene, failure if isinstance(scene.snapshot.knowledge, Present) else None
