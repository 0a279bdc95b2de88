"""One look at an account's remote side: as many pages as it takes, and by themselves those that no page showed."""

import asyncio
import contextlib
from collections.abc import Iterable, Set
from contextlib import aclosing

from inference_operator.core.errors import ProviderError
from inference_operator.core.reading import Reading
from inference_operator.providers.base import Connection
from inference_operator.runtime.account import Account

_PATIENCE = 5.0
"""Seconds for which single endpoints are waited for: no other is to be behind for their sake."""


async def read(account: Account, connection: Connection, changed: set[str]) -> Set[str]:
    """Read as many pages as may have changed. Raises `ProviderError`.

    `changed`: takes in the names of which something else is known now, also of pages that came before one that failed.
    Returns the names that are to be read by themselves.
    """
    began = account.clock()
    reading = account.feed.reading(
        whole=account.whole_due,
        strict=account.strict_due,
        awaited=account.awaited,
        began=began,
        now=account.now(),
    )
    await _read_pages(account, connection, reading, changed)
    account.ended(began, reading)
    changed |= account.feed.ended(reading, as_of=began, in_use=account.users)
    return reading.unseen


async def _read_pages(account: Account, connection: Connection, reading: Reading, changed: set[str]) -> None:
    asked = account.clock()
    async with aclosing(connection.pages()) as found:
        async for page in found:
            news = account.feed.took(page, as_of=asked)
            changed |= news
            reading.add(page, news)
            account.goes_on(asked)
            if reading.enough:
                break
            asked = account.clock()


async def read_each(account: Account, connection: Connection, names: Iterable[str]) -> set[str]:
    """Read endpoints by name. Returns those of which something else is known now; what takes long is left for later."""
    news = set[str]()

    async def read_one(name: str) -> None:
        if await _read_one(account, connection, name):
            news.add(name)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*map(read_one, sorted(names)))
    return news


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
