"""What a look leaves behind besides the status: the connection for workloads, events for people, the change log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inference_operator.core import drift, redact
from inference_operator.core.adoption import CLAIMING
from inference_operator.core.changes import change_of
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Present
from inference_operator.core.steps import Abandon, Bind, Create, Release, Remove, Step, Switch, Update
from inference_operator.core.unfinished import UNDER_WAY
from inference_operator.kube import connection
from inference_operator.kube.errors import Conflict, Forbidden, Invalid, NotFound
from inference_operator.kube.events import EventRecorder, EventType
from inference_operator.kube.session import Session
from inference_operator.runtime.memory import Memory
from inference_operator.runtime.scene import Scene
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger("inference_operator.changes")

_UNDER_WAY = (CLAIMING, *UNDER_WAY)
"""What is no failure to whoever reads events."""

_SWITCHED = {
    Operation.PAUSE: ("Pausing", "Paused"),
    Operation.RESUME: ("Resuming", "Resumed"),
    Operation.SCALE_TO_ZERO: ("ScalingToZero", "Scaled to zero"),
}


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a look's results go."""

    session: Session
    events: EventRecorder
    on_drift: Callable[[str, str], None] = lambda provider, reason: None
    on_change: Callable[[str, str, str], None] = lambda provider, change, outcome: None

    def stepped(self, step: Step, before: Scene, after: Scene) -> None:
        """A step was carried out: a change of the remote side is told."""
        self._log_change(step, before, outcome="done")
        told = _told(step, before)
        if told is not None:
            kind, reason, message = told
            self._emit(after, kind, reason, message, action=type(step).__name__)

    def refused(self, step: Step, before: Scene, error: ProviderError) -> None:
        """A step was tried, and failed: it is in the change log as well, for it may have been carried out."""
        if error.sent and error.operation.writes:
            unconfirmed = error.kind is ErrorKind.AMBIGUOUS
            self._log_change(step, before, outcome="unconfirmed" if unconfirmed else "refused", code=error.status)

    def released(self, scene: Scene) -> None:
        """What is let go of had its marker taken off."""
        self._log_change(Release(), scene, outcome="done")

    def _log_change(self, step: Step, scene: Scene, *, outcome: str, code: int | None = None) -> None:
        """One line for each write to a provider. Values of fields are in none."""
        changed = change_of(step, scene.snapshot)
        if changed is None:
            return
        provider = _provider(scene)
        _log.info(
            "remote change",
            change=changed.change,
            outcome=outcome,
            fields=list(changed.fields),
            why=changed.why,
            kind=scene.obj["kind"],
            namespace=scene.snapshot.subject.namespace,
            name=scene.snapshot.subject.name,
            generation=scene.snapshot.subject.generation,
            account=str(scene.account.key) if scene.account else "",
            provider=provider,
            remote=scene.remote_name,
            **({} if code is None else {"code": code}),
        )
        self.on_change(provider, changed.change, outcome)

    def ended(self, scene: Scene, failure: Failure | None, memory: Memory) -> None:
        """A look ended: a failure is told once until it changes."""
        said = (failure.reason, failure.message) if failure and failure not in _UNDER_WAY else None
        if said is not None and said != memory.last_event:
            self._emit(scene, EventType.WARNING, said[0], said[1], action="Reconcile")
        memory.last_event = said

    def drifted(self, scene: Scene, status: Mapping[str, Any]) -> None:
        """A status is about to be written: drift that the one before did not tell is told once, and counted."""
        said = _drift(status)
        if said is None or _what(said) == _what(_drift(scene.obj.get("status") or {})):
            return
        reason, message = said
        self._emit(scene, EventType.WARNING, reason, message, action="Observe")
        self.on_drift(_provider(scene), reason)

    async def publish(self, scene: Scene, memory: Memory) -> Failure | None:
        """Write the connection where the spec asks for it, and nowhere else. A failure says why it can't be written.

        Raises `KubeError` where that may pass by itself.
        """
        target = scene.snapshot.subject.spec.write_connection_to
        name = target.config_map_name if target else None
        try:
            if memory.config_map not in (None, name):
                await connection.remove(self.session, owner=scene.obj, name=memory.config_map)
            memory.config_map = name
            details = _details(scene)
            if name is None or details is None or scene.snapshot.subject.deleting:
                return None
            await connection.apply(self.session, owner=scene.obj, name=name, data=details)
        except connection.TargetExists:
            return _target_exists(name or "")
        except (Conflict, Forbidden, Invalid, NotFound) as error:
            return Failure("ConnectionNotWritten", f"The ConfigMap could not be written: {error.message}.", False)
        return None

    def _emit(self, scene: Scene, kind: EventType, reason: str, message: str, *, action: str) -> None:
        obj, metadata = scene.obj, scene.obj["metadata"]
        reference = {
            "apiVersion": obj["apiVersion"],
            "kind": obj["kind"],
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        }
        shown = redact.text(message, namespaces=scene.secrets_from)
        self.events.emit(reference, type=kind, reason=reason, message=shown, action=action)


def _provider(scene: Scene) -> str:
    return scene.snapshot.address.provider if scene.snapshot.address else ""


def _told(step: Step, before: Scene) -> tuple[EventType, str, str] | None:
    told = _abnormal(step, before) or _change(step)
    if told is None:
        return None
    kind, reason, what = told
    return kind, reason, what if kind is EventType.WARNING else f"{what} the remote endpoint {before.remote_name}."


def _change(step: Step) -> tuple[EventType, str, str] | None:
    match step:
        case Create():
            told = "Created", "Created"
        case Update(fields=()):
            told = "Claimed", "Put the ownership marker on"
        case Update(fields=fields):
            told = "Updated", f"Changed {', '.join(one.pointer for one in fields)} of"
        case Switch(operation=operation):
            told = _SWITCHED[operation]
        case Remove():
            told = "Deleted", "Deleted"
        case Release():
            told = "Released", "Released"
        case _:
            return None
    return EventType.NORMAL, *told


def _abnormal(step: Step, before: Scene) -> tuple[EventType, str, str] | None:
    """What somebody should look at, with all that is to be said of it."""
    match step:
        case Bind(creating=False):
            found = before.snapshot.differences
            as_it_is = f"It differs from the spec: {drift.told(found)}." if found else "It is as declared."
            return EventType.WARNING, "Adopting", f"Taking over the remote endpoint {before.remote_name}. {as_it_is}"
        case Abandon(failure=failure):
            message = f"Let go of the remote endpoint {before.remote_name}, which may be billed on. {failure.message}"
            return EventType.WARNING, "Orphaned", message
    return None


def _drift(status: Mapping[str, Any]) -> tuple[str, str] | None:
    said = [one for one in status.get("conditions") or () if one["type"] == "Drifted"]
    return (said[0]["reason"], said[0]["message"]) if said else None


def _what(said: tuple[str, str] | None) -> tuple[str, str] | None:
    """Drift without who made it: a correction of ours makes us the last one to have changed the endpoint."""
    return (said[0], said[1].partition(drift.BY)[0]) if said else None


def _details(scene: Scene) -> dict[str, str] | None:
    knowledge = scene.snapshot.knowledge
    if scene.account is None or not isinstance(knowledge, Present):
        return None
    details: Mapping[str, str] = scene.account.plugin.connection_details(knowledge.observation)
    return dict(details)


def _target_exists(name: str) -> Failure:
    return Failure(
        "ConnectionTargetExists",
        f"ConfigMap {name!r} exists and was not made for this endpoint; it is not touched. Delete it, or choose "
        "another "
        "name in writeConnectionTo.",
        terminal=True,
    )
