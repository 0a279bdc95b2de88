"""The ledger of orphans joined with what the accounts show, and each judged by who is there to look after it.

The order of reading matters: first the ledger, then the providers, last the resources. A resource that was made
meanwhile is then known to be alive when its marker is judged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inference_operator.cli.access import Access
from inference_operator.cli.orphans.places import Place
from inference_operator.cli.orphans.scope import Scope
from inference_operator.cli.sentences import CommandError, say, sentence
from inference_operator.core.custody import Address, Custody, Holders, Judgement, address, holders, is_marked, judge
from inference_operator.core.errors import ErrorKind, ProviderError
from inference_operator.core.observation import Observation
from inference_operator.core.orphans import Orphan
from inference_operator.kube import ledger, paths
from inference_operator.kube.cluster_id import cluster_id
from inference_operator.kube.errors import Forbidden
from inference_operator.kube.session import Session
from inference_operator.providers.base import Connection, listed

_GONE = Judgement(Custody.GONE, "it does not exist any more")
_UNREAD = Judgement(Custody.UNCLEAR, "its account can't be read, or does not exist any more")
_Seen = dict[str, Observation | None]


@dataclass(frozen=True, slots=True)
class Found:
    """One remote endpoint, or an entry of the ledger without one. `entries`: those about it, the latest last."""

    address: Address
    judgement: Judgement
    entries: tuple[Orphan, ...] = ()
    place: Place | None = None
    observation: Observation | None = None

    @property
    def name(self) -> str:
        """Its name at the provider."""
        return self.address[3]

    @property
    def entry(self) -> Orphan | None:
        """What the ledger says of it."""
        return self.entries[-1] if self.entries else None


async def survey(
    session: Session, access: Access, scope: Scope, found: Iterable[Place], *, only: str | None = None
) -> list[Found]:
    """Every orphan and every entry; with `only`, whatever has this name, orphan or not."""
    found = list(found)
    entries = await _ledger(session, access, only)
    if scope.namespace is not None or scope.account is not None:
        meant = {place.where for place in found}
        entries = {where: some for where, some in entries.items() if where[:3] in meant}
    seen = await _read(found, entries, only)
    known = await _holders(session, scope)
    return [one for where in sorted({*entries, *seen}) for one in _joined(where, entries, seen, known, only)]


def _joined(
    where: Address,
    entries: Mapping[Address, list[Orphan]],
    seen: Mapping[Address, tuple[Place, Observation | None]],
    known: Holders | None,
    only: str | None,
) -> list[Found]:
    recorded = entries.get(where, [])
    if where not in seen:
        return [Found(where, _UNREAD, tuple(recorded))]
    place, observation = seen[where]
    here = [one for one in recorded if observation and _may_be(one, observation)]
    gone = [one for one in recorded if one not in here]
    found = [Found(where, _GONE, tuple(gone), place)] if gone else []
    if observation is None:
        return found
    judgement = judge(observation, where, here[-1] if here else None, known)
    if here or only is not None or (is_marked(observation) and judgement.custody is Custody.ORPHAN):
        found.append(Found(where, judgement, tuple(here), place, observation))
    return found


def _may_be(entry: Orphan, observation: Observation) -> bool:
    """Whether the entry is about this incarnation."""
    return entry.remote.get("createdAt") in (None, observation.created_at)


async def _ledger(session: Session, access: Access, only: str | None) -> dict[Address, list[Orphan]]:
    """The entries by address, the oldest first."""
    try:
        known = await ledger.read(session, access.operator_namespace)
    except Forbidden:
        say(f"notice: you may not read the ledger in {access.operator_namespace}: only what carries a marker is found")
        return {}
    except ValueError as error:
        raise CommandError(f"{error}. Check --operator-namespace.") from None
    found: dict[Address, list[Orphan]] = {}
    for one in sorted(known.values(), key=lambda one: one.since):
        where = address(one.remote)
        if only in (None, where[3]):
            found.setdefault(where, []).append(one)
    return found


async def _read(
    found: Iterable[Place], entries: Mapping[Address, list[Orphan]], only: str | None
) -> dict[Address, tuple[Place, Observation | None]]:
    """What each place shows, by the first account that can read it."""
    done, seen = set[tuple[str, str, str]](), dict[Address, tuple[Place, Observation | None]]()
    for place in found:
        if place.connection is None or place.where in done:
            continue
        names = {where[3]: _id(some) for where, some in entries.items() if where[:3] == place.where}
        try:
            shown = await _shown(place, names, only)
        except ProviderError as error:
            say(f"notice: {place.account} can't be read: {sentence(error)}")
            continue
        done.add(place.where)
        seen |= {(*place.where, name): (place, observation) for name, observation in shown.items()}
    return seen


async def _shown(place: Place, recorded: Mapping[str, str | None], only: str | None) -> _Seen:
    """`recorded`: names with the provider's id, where one is known."""
    if place.connection is None:
        return {}
    if only is not None:
        return await _asked(place.connection, only, recorded.get(only))
    shown: _Seen = {**await listed(place.connection)}
    # Absence from a list proves nothing.
    for name in recorded.keys() - shown.keys():
        shown |= await _asked(place.connection, name, recorded[name])
    return shown


async def _asked(connection: Connection, name: str, remote_id: str | None) -> _Seen:
    """What a read by name shows; nothing at all where it proves nothing."""
    try:
        return {name: await connection.get(name, remote_id=remote_id)}
    except ProviderError as error:
        if error.kind is ErrorKind.UNPROVEN:
            return {}
        raise


def _id(entries: Iterable[Orphan]) -> str | None:
    return next((str(one.remote["id"]) for one in entries if one.remote.get("id")), None)


async def _holders(session: Session, scope: Scope) -> Holders | None:
    try:
        endpoints = await session.list(paths.endpoints())
    except Forbidden:
        say("notice: you may not list InferenceEndpoints in all namespaces, so no marker can be judged")
        return None
    return holders(await _cluster_id(session, scope), endpoints)


async def _cluster_id(session: Session, scope: Scope) -> str:
    if scope.cluster_id is not None:
        return scope.cluster_id
    try:
        return await cluster_id(session)
    except Forbidden:
        raise CommandError(
            "You may not read the namespace kube-system, whose UID stands for the cluster. Give --cluster-id."
        ) from None
