"""Times on the command line: `10m` is ten minutes ago, `2026-11-21T09:00:00Z` is that moment."""

import re
from datetime import UTC, datetime, timedelta

import typer

_DURATION = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,3})?(?:ms|[smhdw]))+")
_PART = re.compile(r"([0-9.]+)(ms|[smhdw])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def moment(text: str) -> datetime:
    """The time that was meant, in UTC. Raises typer.BadParameter, which is misuse."""
    try:
        if _DURATION.fullmatch(text):
            return datetime.now(UTC) - _duration(text)
        meant = datetime.fromisoformat(text)
        if meant.tzinfo is not None:
            return meant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise typer.BadParameter(f"{text!r} is neither a duration such as 10m or 2h30m, nor a time such as {_example()}")


def _duration(text: str) -> timedelta:
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text)))


def _example() -> str:
    return "2026-11-21T09:00:00Z"
