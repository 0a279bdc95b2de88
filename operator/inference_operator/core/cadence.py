"""When to look again."""

from datetime import timedelta

from inference_operator.core.failures import Failure

FAST_LOOK = timedelta(seconds=2)
"""How often an account is read while one of its endpoints is in transition."""

STALE_AFTER = 3
"""After how many poll intervals without a successful read nothing shown is vouched for any more."""

SECRETS_LOOK = 240.0
"""Seconds after which a resource that names Secrets is looked at again."""

CONNECTION_LOOK = 600.0
"""Seconds after which the ConfigMap of a resource that publishes its connection is looked at again."""

SECRETS_AGE = 50.0
"""Seconds for which a Secret that was read serves all who name it. With the look, a change is seen within 5 minutes."""

SECRETS_AGE_AFTER_EDIT = 5.0
"""The same for a resource whose spec was just changed: whoever edits both sees both."""

CREATE_SETTLES = 120.0
"""Seconds after which a create whose answer was lost has either been carried out or never will be."""

EDITS_APART = 3.0
"""Seconds from one update of an endpoint to the next: each may be a rollout, and edits come in bursts."""

PRICES_LOOK = 600.0
"""Seconds after which an account's price list is read again."""

CREATE_BY = 60.0
"""Seconds for which a price list, and the quota in it, is good enough to create by."""

PROBE_FIRST = 2.0
"""Seconds to the next question to a health route that did not answer; doubled for each further one."""

PROBE_SLOWEST = 60.0
"""Seconds between two questions at most."""

PROBES = 20
"""How often it is asked in vain before somebody should look at it."""

PROBE_STALLED = 600.0
"""Seconds between two questions from then on."""

PROBES_AT_MOST = 32
"""How often it is asked in vain before it is left until something changes: each question keeps it awake, and billed."""

_TERMINAL_FIRST = 30.0
_SLOWEST = 600.0
_PASSING_FIRST = 1.0
_PASSING_SLOWEST = 60.0
_LOCAL_SLOWEST = 20.0


def poll_after(interval: timedelta, *, in_transition: bool, strict_in: float = 0.0) -> float:
    """Seconds to the next read of an account.

    `strict_in`: seconds to when all must be explained again; a fast look that came between does not put that off.
    """
    fast = min(interval, FAST_LOOK).total_seconds()
    return fast if in_transition else min(max(fast, strict_in), interval.total_seconds())


def whole_after(interval: timedelta, *, pages: int, moves: bool | None) -> float:
    """Seconds from one reading of all pages to the next, where the pages between could be believed.

    Every 20 poll intervals, and not more than a page every two seconds. `moves`: whether a change of state moves the
    time by which pages are ordered; where it does not, only this shows what changes by itself: every 4 intervals, and
    not more than a page a second.
    """
    intervals, seconds = (4, 1.0) if moves is False else (20, 2.0)
    return max(intervals * interval.total_seconds(), pages * seconds)


def probe_after(silences: int) -> float | None:
    """Seconds to the next question to a health route that did not answer `silences` times, None where none is due."""
    if silences >= PROBES_AT_MOST:
        return None
    return min(PROBE_FIRST * 2.0 ** (silences - 1), PROBE_SLOWEST) if silences < PROBES else PROBE_STALLED


def retry_after(failure: Failure, repeats: int) -> float:
    """Seconds to the next try after a failure that occurred `repeats` times before in a row.

    What passes by itself is retried from 1 s, doubling to a minute; what waits for a person from 30 s, doubling to ten
    minutes. A provider that names a time gets at least that. What costs only a look into the cluster is soon looked at.
    """
    first, slowest = (_TERMINAL_FIRST, _SLOWEST) if failure.terminal else (_PASSING_FIRST, _PASSING_SLOWEST)
    if failure.local:
        first, slowest = _PASSING_FIRST, _LOCAL_SLOWEST
    backed_off = min(first * 2.0 ** min(repeats, 30), slowest)
    return max(backed_off, failure.retry_after or 0.0)
