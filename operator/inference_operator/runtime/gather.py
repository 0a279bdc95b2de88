"""Gathering: everything that a decision needs, read into one snapshot before it is made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pydantic import ValidationError

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.names import RECONCILE_REQUESTED_AT
from inference_operator.api.status import EndpointStatus
from inference_operator.core import account as decisions
from inference_operator.core import account_refusals as refusals
from inference_operator.core import cadence
from inference_operator.core.desired import Desired
from inference_operator.core.failures import Failure
from inference_operator.core.fingerprint import fingerprint
from inference_operator.core.observation import Present, Unread
from inference_operator.core.ownership import Claim
from inference_operator.core.snapshot import Policy, Snapshot, Subject
from inference_operator.core.text import complaint
from inference_operator.kube.errors import KubeError
from inference_operator.kube.secrets import SecretReader
from inference_operator.runtime.account import Account
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.index import Key, Object
from inference_operator.runtime.scene import Scene
from inference_operator.runtime.values import Unresolved, resolve


class Gatherer:
    """Reads what a decision is made from."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        secrets: SecretReader,
        cluster_id: str,
        operator_namespace: str,
        now: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._secrets = secrets
        self._cluster_id = cluster_id
        self._operator_namespace = operator_namespace
        self._now = now

    async def gather(self, obj: Object) -> Scene:
        """The scene of one InferenceEndpoint. Never raises for what a user wrote: that becomes `blocked`."""
        key = Key.of(obj)
        try:
            subject = _subject(obj)
        except ValidationError as error:
            subject = _as_far_as_readable(obj)
            self._count(key, subject)
            return Scene(obj, replace(self._blank(obj, _unreadable(error)), subject=subject))
        account = await self._accounts.resolve(key, subject.spec, subject.status, deleting=subject.deleting)
        if isinstance(account, Failure):
            self._count(key, subject)
            return Scene(obj, replace(self._blank(obj, account), subject=subject, policy=_policy(subject, None)))
        return await self._with_account(obj, subject, account)

    def forget(self, key: Key) -> None:
        """A resource is gone; a look that was under way may have counted it among the users of its account again."""
        self._accounts.release(key)

    def _count(self, key: Key, subject: Subject) -> None:
        """One that can't be worked with needs its account all the same."""
        if subject.status.remote_ref is not None:
            self._accounts.bound(key, subject.status.remote_ref)

    def blank(self, obj: Object) -> Scene:
        """The scene of an object about which nothing else is known."""
        try:
            subject = _subject(obj)
        except ValidationError:
            subject = _as_far_as_readable(obj)
        return Scene(obj, replace(self._blank(obj, None), subject=subject))

    async def _with_account(self, obj: Object, subject: Subject, account: Account) -> Scene:
        policy = _policy(subject, account)
        # Asked first: what is known of the account is to be of one moment.
        key = None if policy.observes_only else await self._secrets.fingerprint_key(self._operator_namespace)
        if not self._accounts.serves(account):
            return await self.gather(obj)
        snapshot = replace(
            self._blank(obj, None),
            subject=subject,
            policy=policy,
            seal_key=key,
            shape=account.plugin.shape,
            address=account.address,
            stale=subject.status.state is not None and not account.vouches_for(Key.of(obj)),
        )
        reference = subject.status.remote_ref
        try:
            desired = account.desired(subject)
        except (ValueError, LookupError) as error:
            self._count(Key.of(obj), subject)
            return Scene(obj, replace(snapshot, blocked=_unreadable(error)), account if reference else None)
        name = reference.name if reference else desired.name
        account.use(name, Key.of(obj))
        snapshot = replace(snapshot, desired=desired, knowledge=account.feed.knowledge(name))
        snapshot = replace(snapshot, blocked=_account_trouble(account, snapshot))
        scene = Scene(obj, snapshot, account, began=account.clock(), unread=account.unread).refreshed()
        return scene if subject.deleting else await self._with_values(scene, desired)

    async def _with_values(self, scene: Scene, desired: Desired) -> Scene:
        blocked = scene.snapshot.blocked
        # What passes changes nothing of what is declared, of which the values of Secrets are a part.
        if not desired.secrets or (blocked and blocked.terminal) or scene.snapshot.policy.observes_only:
            return scene
        try:
            subject = scene.snapshot.subject
            max_age = cadence.SECRETS_AGE_AFTER_EDIT if subject.edited else None
            values = await resolve(self._secrets, subject.namespace, desired.secrets, max_age=max_age)
        except Unresolved as error:
            return replace(scene, snapshot=replace(scene.snapshot, unresolved=error.failure))
        except KubeError as error:
            return replace(scene, snapshot=replace(scene.snapshot, unresolved=_secret_unreadable(error)))
        key = scene.snapshot.seal_key or b""
        return replace(scene, values=values, snapshot=replace(scene.snapshot, fingerprint=fingerprint(values, key)))

    def _blank(self, obj: Object, blocked: Failure | None) -> Snapshot:
        metadata = obj["metadata"]
        claim = Claim.of(
            cluster_id=self._cluster_id,
            namespace=metadata["namespace"],
            name=metadata["name"],
            uid=metadata["uid"],
        )
        return Snapshot(
            subject=_bare(obj),
            policy=Policy(),
            claim=claim,
            now=self._now(),
            knowledge=Unread(),
            blocked=blocked,
        )


def _subject(obj: Object) -> Subject:
    return replace(
        _bare(obj),
        spec=EndpointSpec.from_json(obj.get("spec") or {}),
        status=EndpointStatus.from_json(obj.get("status") or {}),
    )


def _as_far_as_readable(obj: Object) -> Subject:
    """The object with its binding, where that at least can be read."""
    reference = (obj.get("status") or {}).get("remoteRef")
    if not reference:
        return _bare(obj)
    try:
        status = EndpointStatus.from_json({"remoteRef": reference})
    except ValidationError:
        status = EndpointStatus()
    return replace(_bare(obj), status=status, unreadable=True)


def _bare(obj: Object) -> Subject:
    metadata = obj["metadata"]
    return Subject(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        generation=metadata.get("generation", 0),
        spec=EndpointSpec(),
        status=EndpointStatus(),
        deleting="deletionTimestamp" in metadata,
        deleted_at=_moment(metadata.get("deletionTimestamp")),
        finalizers=tuple(metadata.get("finalizers") or ()),
        reconcile_requested_at=(metadata.get("annotations") or {}).get(RECONCILE_REQUESTED_AT),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _policy(subject: Subject, account: Account | None) -> Policy:
    if account is None:
        return decisions.policy(subject.spec, None, cap=None)
    return decisions.policy(subject.spec, account.spec.defaults, cap=decisions.adoption_cap(account.spec))


def _account_trouble(account: Account, snapshot: Snapshot) -> Failure | None:
    """Why the account can't be worked with. A passing trouble is none while what is known is still vouched for."""
    reference, address = snapshot.subject.status.remote_ref, account.address
    if reference is not None and address is not None and (elsewhere := refusals.leads_elsewhere(reference, address)):
        return elsewhere
    told = account.trouble
    if told is None:
        return None
    if snapshot.subject.deleting:
        return _deletion_trouble(account, told)
    usable = account.connection is not None and isinstance(snapshot.knowledge, Present) and not snapshot.stale
    return None if usable and not (account.hides or told.terminal) else refusals.not_ready(told, account.key.name)


def _deletion_trouble(account: Account, told: Failure) -> Failure | None:
    """Why a deletion can't go on. What was connected last still serves to take away what it made.

    Not where the provider hides the whole namespace, though, whatever else was told of the outage.
    """
    if account.connection is not None and not account.hides:
        return None
    if told.reason == refusals.MISSING:
        return refusals.credentials_lost(told)
    now = account.failure or told
    return now if refusals.hides(now) else refusals.not_ready(told, account.key.name)


def _secret_unreadable(error: KubeError) -> Failure:
    message = f"A Secret that the spec refers to could not be read: {error.reason}. The operator retries by itself."
    return Failure("SecretUnreadable", message, terminal=False)


def _unreadable(error: Exception) -> Failure:
    return Failure(
        "InvalidSpec",
        f"The stored object is not what the schema admits: {complaint(error)}. Apply a corrected manifest.",
        terminal=True,
    )
