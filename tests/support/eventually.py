"""Waiting for what comes about by itself, however slow the machine is."""

import asyncio
from collections.abc import Callable

_PATIENCE = 30.0


async def eventually(holds: Callable[[], object]) -> None:
    """Return once it holds; AssertionError where it has not for half a minute."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while not holds():  # noqa: ASYNC110 - nothing says when it changes
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"it did not come about in {_PATIENCE:g} s") from None
