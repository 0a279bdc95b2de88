"""What a look leaves behind besides the status: the connection for workloads, events for people, lines in the log."""

from collections.abc import Mapping
from dataclasses import dataclass

from inference_operator.core import redact
from inference_operator.core.errors import Operation
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Present
from inference_operator.core.steps import Create, Release, Remove, Step, Switch, Update
from inference_operator.kube import connection
from inference_operator.kube.errors import Conflict, Forbidden
from inference_operator.kube.events import EventRecorder, EventType
from inference_operator.kube.session import Session
from inference_operator.runtime.gather import Scene
from inference_operator.runtime.index import Object
from inference_operator.runtime.memory import Memory
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger("inference_operator.changes")

_SWITCHED = {
    Operation.PAUSE: ("Pausing", "Paused the remote endpoint {name}"),
    Operation.RESUME: ("Resuming", "Resumed the remote endpoint {name}"),
    Operation.SCALE_TO_ZERO: ("ScalingToZero", "Scaled the remote endpoint {name} to zero"),
}


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a look's results go."""

    session: Session
    events: EventRecorder

    def stepped(self, step: Step, before: Scene, after: Scene) -> None:
        """A step was carried out: a change of the remote side is told, with the fields it carried."""
        told = _told(step)
        if told is None:
            return
        reason, message = told
        self._emit(
            after.obj,
            EventType.NORMAL,
            reason,
            f"{message.format(name=before.remote_name)}.",
            action=type(step).__name__,
        )
        fields = [one.pointer for one in step.fields] if isinstance(step, Update) else []
        _log.info(
            "remote change",
            change=reason,
            fields=fields,
            kind=after.obj["kind"],
            namespace=after.snapshot.subject.namespace,
            name=after.snapshot.subject.name,
            remote=before.remote_name,
        )

    def ended(self, scene: Scene, failure: Failure | None, memory: Memory) -> None:
        """A look ended: a failure is told once until it changes."""
        said = (failure.reason, failure.message) if failure else None
        if said is not None and said != memory.last_event:
            self._emit(scene.obj, EventType.WARNING, said[0], said[1], action="Reconcile")
        memory.last_event = said

    async def publish(self, scene: Scene, memory: Memory) -> Failure | None:
        """Write the connection where the spec asks for it, and nowhere else. A failure says why it can't be written."""
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
        except (Conflict, Forbidden) as error:
            return Failure("ConnectionNotWritten", f"The ConfigMap could not be written: {error.message}.", False)
        return None

    def _emit(self, obj: Object, kind: EventType, reason: str, message: str, *, action: str) -> None:
        metadata = obj["metadata"]
        reference = {
            "apiVersion": obj["apiVersion"],
            "kind": obj["kind"],
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        }
        self.events.emit(reference, type=kind, reason=reason, message=redact.text(message), action=action)


def _told(step: Step) -> tuple[str, str] | None:
    match step:
        case Create():
            return "Created", "Created the remote endpoint {name}"
        case Update(fields=()):
            return "Claimed", "Put the ownership marker on the remote endpoint {name}"
        case Update(fields=fields):
            return "Updated", f"Changed {', '.join(one.pointer for one in fields)} of the remote endpoint {{name}}"
        case Switch(operation=operation):
            return _SWITCHED[operation]
        case Remove():
            return "Deleted", "Deleted the remote endpoint {name}"
        case Release():
            return "Released", "Released the remote endpoint {name}"
    return None


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
