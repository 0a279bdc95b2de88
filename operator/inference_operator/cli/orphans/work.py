"""What the commands about orphans do: list, delete, take back."""

import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import typer

from inference_operator.cli.access import Access
from inference_operator.cli.orphans.manifest import manifest
from inference_operator.cli.orphans.places import Place, places
from inference_operator.cli.orphans.rows import Shown, priced
from inference_operator.cli.orphans.scope import Scope
from inference_operator.cli.orphans.survey import Found, survey
from inference_operator.cli.sentences import CommandError, say
from inference_operator.cli.sessions import cluster
from inference_operator.core.custody import Custody
from inference_operator.kube import ledger, paths
from inference_operator.kube.errors import NotFound
from inference_operator.kube.session import PatchKind, Session

_OVER = (Custody.GONE, Custody.HELD)
"""The ledger need not hold these any longer."""


@dataclass(frozen=True, slots=True)
class World:
    """The cluster and the accounts in scope."""

    session: Session
    access: Access
    scope: Scope
    places: list[Place]

    async def look(self, *, only: str | None = None, at: Place | None = None) -> list[Found]:
        """What there is now, at one place or at all."""
        return await survey(self.session, self.access, self.scope, [at] if at else self.places, only=only)

    async def settle(self, found: Found) -> None:
        """Take its entries off the ledger."""
        for entry in found.entries:
            await ledger.settle(self.session, self.access.operator_namespace, entry.key)


@asynccontextmanager
async def world(access: Access, scope: Scope) -> AsyncIterator[World]:
    """Open the cluster and the accounts in scope."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(cluster(access))
        yield World(session, access, scope, await places(session, access, scope, stack))


async def listed(access: Access, scope: Scope, *, prune: bool) -> list[Shown]:
    """The orphans. `prune`: take what is gone, or somebody's again, off the ledger, and show the rest."""
    async with world(access, scope) as here:
        found = await here.look()
        if prune:
            over = [one for one in found if one.judgement.custody in _OVER]
            for one in over:
                await here.settle(one)
            say(f"Taken off the ledger: {', '.join(one.name for one in over) or 'nothing'}")
            found = [one for one in found if one not in over]
        return await priced(found)


async def deleted(access: Access, scope: Scope, name: str, *, sure: bool) -> str:
    """Delete an orphan for good, and say so. Raises CommandError where it is none (any more)."""
    async with world(access, scope) as here:
        found = await here.look(only=name)
        present = [one for one in found if one.judgement.custody is not Custody.GONE]
        if found and not present:
            for one in found:
                await here.settle(one)
            return f"{name} does not exist any more; it is off the ledger."
        chosen = _orphan(name, found)
        if not sure:
            typer.confirm(f"Delete the remote endpoint {name} of {_place(chosen).account} for good?", abort=True)
        # A person may take long to answer.
        again = _orphan(name, await here.look(only=name, at=_place(chosen)))
        connection = _place(again).connection
        if connection is not None:
            known = again.observation.id if again.observation else None
            await connection.delete(name, remote_id=known)
        await here.settle(again)
        return f"Deleted {name}."


async def draft(access: Access, scope: Scope, name: str, *, resource: str | None) -> tuple[dict[str, Any], list[str]]:
    """The manifest that takes an orphan back, and what it leaves out."""
    namespace = access.namespace
    async with world(access, scope) as here:
        chosen = _orphan(name, await here.look(only=name))
        entry = chosen.entry
        same = entry.name if entry and entry.namespace == namespace else name
        if chosen.observation is None:
            raise CommandError(f"{name} can't be read. Try again.")
        return manifest(_place(chosen), chosen.observation, namespace=namespace, name=resource or same)


async def applied(access: Access, document: dict[str, Any]) -> None:
    """Make the InferenceEndpoint. Raises CommandError where there is one of that name."""
    metadata = document["metadata"]
    async with cluster(access) as session:
        try:
            path = paths.endpoint(metadata["namespace"], metadata["name"])
            await session.get(path)
        except ValueError as error:
            raise CommandError(f"{error}. Choose a name with --as.") from None
        except NotFound:
            await session.patch(path, document, kind=PatchKind.APPLY)
            return
    raise CommandError(
        f"InferenceEndpoint {metadata['namespace']}/{metadata['name']} exists already. Choose another name with --as."
    )


def at_terminal() -> bool:
    """Whether somebody is there to answer a question."""
    return sys.stdin.isatty()


def _orphan(name: str, found: Iterable[Found]) -> Found:
    """The one orphan of that name. Raises CommandError, which says why it is none."""
    found = list(found)
    orphans = [one for one in found if one.judgement.custody is Custody.ORPHAN]
    if len(orphans) == 1:
        return orphans[0]
    if orphans:
        accounts = ", ".join(str(_place(one).account) for one in orphans)
        raise CommandError(f"Several orphans are named {name}: {accounts}. Choose with --account and --namespace.")
    if not found:
        raise CommandError(f"There is no endpoint {name} in the accounts that you see. List them: orphans list.")
    raise CommandError(f"{name} is no orphan: {'; '.join(one.judgement.why for one in found)}. Nothing was done.")


def _place(found: Found) -> Place:
    if found.place is None:
        raise CommandError(f"The account of {found.name} can't be read.")
    return found.place
