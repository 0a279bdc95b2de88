"""What is going on, for whoever waits for an hour."""

import contextlib
import time
from collections.abc import Iterator


@contextlib.contextmanager
def telling(what: str) -> Iterator[None]:
    """Say at the end of the block what was done, and how long it took."""
    began = time.monotonic()
    yield
    print(f"    {time.monotonic() - began:5.0f} s  {what}", flush=True)
