"""How long an answer asks to wait, in any of the spellings that APIs have for it.

A refusal says it by Retry-After, in seconds or as a date (RFC 9110). Any answer says it where nothing is left of what
is allowed: by one RateLimit header in either of its forms, or by RateLimit-Remaining and RateLimit-Reset.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

LONGEST = 3600.0
"""Seconds that are waited at most, whatever an answer says."""

_FIELD = re.compile(r"(?:^|[;,\s])(r|t|remaining|reset)\s*=\s*(\d{1,9})")


def wait_of(status: int, headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds to wait, None where nothing is asked for or it can't be read. `headers`: names in lower case."""
    asked = headers.get("retry-after", "") if status >= HTTPStatus.BAD_REQUEST else ""
    wait = _seconds(asked)
    wait = _until(asked, now) if wait is None and asked else wait
    wait = _reset(headers) if wait is None else wait
    return None if wait is None else min(max(wait, 0.0), LONGEST)


def _reset(headers: Mapping[str, str]) -> float | None:
    found: dict[str, str] = dict(_FIELD.findall(headers.get("ratelimit", "")))
    remaining = found.get("r", found.get("remaining", headers.get("ratelimit-remaining", "")))
    reset = found.get("t", found.get("reset", headers.get("ratelimit-reset", "")))
    return _seconds(reset) if remaining == "0" else None


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdecimal() else None


def _until(date: str, now: datetime) -> float | None:
    try:
        return (parsedate_to_datetime(date) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
