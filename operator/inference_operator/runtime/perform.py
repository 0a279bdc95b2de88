"""Carrying out one step: the I/O that a decision named, and what is recorded of it."""

import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from inference_operator.api.names import DEFAULT_OPERATOR_NAMESPACE, FINALIZER
from inference_operator.core import record
from inference_operator.core import status as statuses
from inference_operator.core.adoption import CLAIMING
from inference_operator.core.desired import filled
from inference_operator.core.documents import Document
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Observation, Present
from inference_operator.core.orphans import orphan
from inference_operator.core.ownership import Ownership
from inference_operator.core.steps import (
    Abandon,
    Bind,
    Consult,
    Create,
    Hold,
    LetGo,
    Probe,
    Read,
    ReadLog,
    Release,
    Remove,
    Rest,
    Step,
    Switch,
    Update,
)
from inference_operator.kube import finalizer, ledger, paths
from inference_operator.kube.errors import Conflict, NotFound
from inference_operator.kube.session import Session
from inference_operator.kube.status import write_status
from inference_operator.providers.base import Change, Connection
from inference_operator.providers.dataplane import DataPlane
from inference_operator.runtime import in_use, probe_and_log
from inference_operator.runtime.account import Account
from inference_operator.runtime.index import Index, Key, Object
from inference_operator.runtime.scene import Scene
from inference_operator.runtime.status_redaction import redacted


async def _nothing_to_keep(_namespace: str) -> None:
    """The operator's rights hang on nothing in the namespace."""


@dataclass(frozen=True, slots=True)
class Performer:
    """Carries out steps. Every method raises `ProviderError` or `KubeError`, and returns the scene after the step."""

    session: Session
    index: Index
    operator_namespace: str = DEFAULT_OPERATOR_NAMESPACE
    data_plane: DataPlane = field(default_factory=DataPlane)
    nonce: Callable[[], str] = lambda: secrets.token_hex(8)
    on_orphan: Callable[[], None] = lambda: None
    on_release: Callable[[Scene], None] = lambda scene: None
    keep_rights: Callable[[str], Awaitable[None]] = _nothing_to_keep

    async def perform(self, step: Step, scene: Scene) -> Scene:
        """Carry out one step (any but Rest)."""
        match step:
            case Hold():
                return await self._hold(scene)
            case Bind():
                return await self._bind(scene, step)
            case Abandon(failure=failure):
                return await self._abandon(scene, failure)
            case LetGo():
                return await self._let_go(scene)
            case Read() | Consult() | Probe() | ReadLog():
                return await self._ask(step, scene)
            case Create(document=document):
                return await _create(scene, document)
            case Update(change=change):
                return await _update(scene, change)
            case Switch() | Release() | Remove():
                return await _act(step, scene)
            case Rest():
                raise ValueError("nothing is done by resting")
            case _:
                assert_never(step)

    async def _ask(self, step: Read | Consult | Probe | ReadLog, scene: Scene) -> Scene:
        match step:
            case Read():
                return await _read(scene)
            case Consult():
                return await _consult(scene)
            case Probe():
                return await probe_and_log.probe(scene, self.data_plane, _at(scene)[1], _observation(scene))
            case ReadLog():
                return await probe_and_log.read_log(scene, _at(scene)[1])

    async def save(self, scene: Scene, status: dict[str, Any], *, insist: bool = False) -> Scene:
        """Write the status where it differs from what is stored.

        Conflict when somebody edited the object meanwhile. `insist`: not then either, for what was done remotely is
        a fact whatever the object says by now, and losing it would cost a needless change of the remote side. What
        the look did not know stays: it may have begun before the watch told of it. Another binding is a Conflict still.
        """
        known = scene.obj.get("status") or {}
        try:
            return await self._save(scene, status, over=known)
        except Conflict:
            if not insist:
                raise
            edited = await self.session.get(_path(scene.obj))
            if edited["metadata"]["uid"] != scene.obj["metadata"]["uid"]:
                return scene
            if _binding(edited.get("status") or {}) != _binding(known):
                raise
        return await self._save(replace(scene, obj=edited), status, over=known)

    async def exists(self, obj: Object) -> bool:
        """Whether the object is there still."""
        try:
            found = await self.session.get(_path(obj))
        except NotFound:
            return False
        return bool(found["metadata"]["uid"] == obj["metadata"]["uid"])

    async def _save(self, scene: Scene, status: dict[str, Any], *, over: dict[str, Any]) -> Scene:
        metadata = scene.obj["metadata"]
        stored = await write_status(
            self.session,
            paths.endpoint_status(metadata["namespace"], metadata["name"]),
            resource_version=metadata["resourceVersion"],
            current=over,
            desired=redacted(status, scene.secrets_from),
        )
        return self._with_object(scene, stored) if stored is not None else scene

    async def _hold(self, scene: Scene) -> Scene:
        if scene.account is None:
            raise ValueError("nothing is held without an account")
        await self.keep_rights(scene.obj["metadata"]["namespace"])
        with in_use.taking(scene.account, Key.of(scene.obj)):
            await in_use.keep(self.session, scene.account)
            obj = await finalizer.add(self.session, _path(scene.obj), obj=scene.obj, finalizer=FINALIZER)
            return self._with_object(scene, obj)

    async def _let_go(self, scene: Scene) -> Scene:
        obj = await finalizer.remove(self.session, _path(scene.obj), obj=scene.obj, finalizer=FINALIZER)
        if obj is None:
            gone = {**scene.obj, "metadata": {**scene.obj["metadata"], "finalizers": []}}
            return scene.refreshed(obj=gone)
        return self._with_object(scene, obj)

    async def _abandon(self, scene: Scene, failure: Failure) -> Scene:
        """Enter it in the ledger first: a release that is not on record would be a leak."""
        await ledger.enter(self.session, self.operator_namespace, orphan(scene.snapshot, failure))
        self.on_orphan()
        with contextlib.suppress(ProviderError):
            if await _release_where_it_can(scene):
                self.on_release(scene)
        return replace(scene, snapshot=replace(scene.snapshot, abandoned=True))

    async def _bind(self, scene: Scene, step: Bind) -> Scene:
        nonce = self.nonce()
        bound = record.bound(scene.snapshot, step, nonce=nonce)
        scene = scene.refreshed(status=bound)
        failure = None if step.creating else CLAIMING
        said = statuses.compose(scene.snapshot, failure, answered=False) | _still_said(scene.obj)
        scene = await self.save(scene, said)
        return replace(scene, snapshot=replace(scene.snapshot, fresh_intent=nonce))

    def _with_object(self, scene: Scene, obj: Object) -> Scene:
        self.index.renew(obj)
        return scene.refreshed(obj=obj)


def _binding(status: Mapping[str, Any]) -> tuple[Any, Any]:
    """To what, and what is intended there."""
    return status.get("remoteRef"), status.get("pendingOperation")


def _still_said(obj: Object) -> dict[str, Any]:
    """The conditions that stand until the outcome is known: another attempt at what failed is no news by itself."""
    said = obj.get("status", {}).get("conditions") or []
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in said)
    return {"conditions": said} if said and not ready else {}


async def _read(scene: Scene) -> Scene:
    account, connection = _at(scene)
    began = account.clock()
    observation = await connection.get(scene.remote_name, remote_id=_id(scene))
    if observation is None:
        if _is_of_now(scene) and account.feed.missed(scene.remote_name, as_of=began):
            account.tell_others(scene.remote_name, Key.of(scene.obj))
        return replace(scene, answered=None).refreshed()
    return _seen(scene, observation, as_of=began)


async def _consult(scene: Scene) -> Scene:
    account, connection = _at(scene)
    await account.prices.consult(connection)
    return scene.refreshed()


async def _create(scene: Scene, document: Document) -> Scene:
    account, connection = _at(scene)
    body = _filled(scene, document)
    try:
        observation = await connection.create(scene.remote_name, body, claim=str(scene.snapshot.claim))
    except ProviderError:
        account.doubt(scene.remote_name)
        raise
    scene = _seen(scene, observation, as_of=account.clock())
    scene = scene.refreshed(status=record.made(scene.snapshot, observation))
    return scene.refreshed(status=record.sent(scene.snapshot, document, at=account.now()))


async def _update(scene: Scene, change: Document) -> Scene:
    account, connection = _at(scene)
    observed = _observation(scene)
    sent = Change(document=_filled(scene, change), claim=str(scene.snapshot.claim), observed=observed)
    try:
        observation = await connection.update(scene.remote_name, sent)
    except ProviderError:
        account.doubt(scene.remote_name)
        raise
    scene = _seen(scene, observation, as_of=account.clock())
    return scene.refreshed(status=record.sent(scene.snapshot, change, at=account.now()))


async def _act(step: Switch | Release | Remove, scene: Scene) -> Scene:
    account, connection = _at(scene)
    name = scene.remote_name
    try:
        match step:
            case Switch(operation=operation):
                observation = await connection.switch(name, operation, remote_id=_observation(scene).id)
                return _seen(scene, observation, as_of=account.clock())
            case Release():
                await connection.release(name, _observation(scene))
            case Remove():
                await connection.delete(name, remote_id=_observation(scene).id)
    except ProviderError:
        account.doubt(name)
        raise
    account.doubt(name)
    account.tell_others(name, Key.of(scene.obj))
    return replace(scene, answered=None).refreshed()


async def _release_where_it_can(scene: Scene) -> bool:
    """Mark the endpoint as free to take, if it can be read and is ours. Whether that was done."""
    if scene.account is None or scene.account.connection is None:
        return False
    observation = await scene.account.connection.get(scene.remote_name, remote_id=_id(scene))
    ours = observation is not None and scene.snapshot.whose(observation) is Ownership.OURS
    if observation is not None and ours:
        await scene.account.connection.release(scene.remote_name, observation)
    scene.account.doubt(scene.remote_name)
    return ours


def _seen(scene: Scene, observation: Observation, *, as_of: float) -> Scene:
    account = scene.account
    if account is not None and _is_of_now(scene):
        turned = _turns_to_its_own(scene, account, observation)
        if account.feed.saw(observation, as_of=as_of) and not turned:
            account.tell_others(observation.name, Key.of(scene.obj))
    return replace(scene, answered=observation if observation.id is not None else None).refreshed()


def _turns_to_its_own(scene: Scene, account: Account, observation: Observation) -> bool:
    """Whether one of several endpoints of a name is seen in another's place: that is no news to who has the other."""
    before = account.feed.knowledge(observation.name)
    own = observation.id is not None and observation.id == _id(scene)
    return own and isinstance(before, Present) and before.observation.id != observation.id


def _is_of_now(scene: Scene) -> bool:
    """Whether an answer is of the place that the account leads to still."""
    return scene.account is not None and scene.account.address == scene.snapshot.address


def _filled(scene: Scene, document: Document) -> Document:
    desired = scene.snapshot.desired
    return filled(document, desired.secrets, scene.values, scene.snapshot.shape) if desired else document


def _observation(scene: Scene) -> Observation:
    knowledge = scene.snapshot.knowledge
    if not isinstance(knowledge, Present):
        raise TypeError("only an endpoint that was seen is changed")
    return knowledge.observation


def _id(scene: Scene) -> str | None:
    """The provider's id on record, None where there is none."""
    reference = scene.snapshot.subject.status.remote_ref
    return reference.id if reference else None


def _at(scene: Scene) -> tuple[Account, Connection]:
    if scene.account is None:
        raise ValueError("no step reaches the provider without an account")
    if scene.account.connection is None:
        raise ProviderError(ErrorKind.UNAVAILABLE, Operation.GET, "the account is being connected anew", sent=False)
    if not _is_of_now(scene):
        # What was decided is of the place before.
        raise ProviderError(ErrorKind.UNAVAILABLE, Operation.GET, "the account leads elsewhere now", sent=False)
    return scene.account, scene.account.connection


def _path(obj: Object) -> str:
    return paths.endpoint(obj["metadata"]["namespace"], obj["metadata"]["name"])
