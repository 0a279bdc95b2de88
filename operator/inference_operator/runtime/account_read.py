"""One look at an account's remote side: as many pages as it takes, and by themselves those that no page showed."""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing

from inference_operator.core.errors import ProviderError
from inference_operator.core.reading import Reading
from inference_operator.providers.base import Connection
from inference_operator.runtime.account import Account


async def read(account: Account, connection: Connection) -> set[str]:
    """Read what may have changed. Returns the names of which something else is known now. Raises `ProviderError`."""
    began = account.clock()
    reading = account.feed.reading(
        whole=account.whole_due, strict=account.strict_due, awaited=account.awaited, now=account.now()
    )
    changed = await _read_pages(account, connection, reading)
    changed |= account.feed.ended(reading, as_of=began, in_use=account.users)
    if reading.explains:
        account.read_at = began
    return changed | await _read_each(account, connection, reading.unseen)


async def _read_pages(account: Account, connection: Connection, reading: Reading) -> set[str]:
    changed, asked = set[str](), account.clock()
    async with aclosing(connection.pages()) as found:
        async for page in found:
            changed |= account.feed.took(page, as_of=asked)
            reading.add(page)
            asked = account.clock()
            if reading.enough:
                break
    return changed


async def _read_each(account: Account, connection: Connection, names: Iterable[str]) -> set[str]:
    wanted = sorted(names)
    news = await asyncio.gather(*(_read_one(account, connection, name) for name in wanted))
    return {name for name, is_news in zip(wanted, news, strict=True) if is_news}


async def _read_one(account: Account, connection: Connection, name: str) -> bool:
    """Whether there is news. One that can't be read is looked at again soon, and says nothing of the account."""
    began = account.clock()
    try:
        observation = await connection.get(name)
    except ProviderError:
        return False
    if observation is None:
        return account.feed.missed(name, as_of=began)
    return account.feed.saw(observation, as_of=began)
