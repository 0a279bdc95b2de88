"""When to look again."""

from datetime import timedelta

from inference_operator.core.failures import Failure

FAST_LOOK = timedelta(seconds=2)
"""How often an account is read while one of its endpoints is in transition."""

FAST_FOR = 3600.0
"""Seconds for which one endpoint in transition keeps its account's looks fast while nothing new is seen of it."""

STALE_AFTER = 3
"""After how many poll intervals without a successful read nothing shown is vouched for any more.

Or after how many times as long as it takes to read all, where that is longer.
"""

TROUBLE_LOOK = 15.0
"""Seconds to the next look at an account that can't be read, where it is looked at less often at rest; then doubled."""

TROUBLE_SLOWEST = 240.0
"""Seconds to which that grows at most: with what puts it right, a Secret perhaps, everything goes on within minutes."""

REFUSED_FOR = 600.0
"""Seconds from when an account is not vouched for any more for which what the provider refused before is said on."""

REFUSED_LOOK = 60.0
"""Seconds to the next look meanwhile; the first one at the account that goes well brings it at once."""

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

PRICES_WITHIN = 10.0
"""Seconds for which an account's next look waits for it, and not longer than to that look."""

CREATE_BY = 60.0
"""Seconds for which a price list, and the quota in it, is good enough to create by."""

FIRST_ANSWER = 300.0
"""Seconds after which a resource is looked at that waits for its account's first answer, which should wake it."""

FIRST_ANSWER_BY = 20.0
"""Seconds after which a deletion that waits for it says so."""

PRICES_AT_FIRST = 2.0
"""Seconds for which an account's first answer waits for its price list, that each resource is looked at once."""

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

_VOUCHED_AT_MOST = 600.0
_TERMINAL_FIRST = 30.0
_SLOWEST = 600.0
_PASSING_FIRST = 1.0
_PASSING_SLOWEST = 60.0
_LOCAL_SLOWEST = 20.0
_JITTER = 0.25

ANOTHER_STATE = _TERMINAL_FIRST
"""Seconds after a write that failed for which a change of the endpoint's state alone is not worth another try."""


def poll_after(interval: timedelta, *, in_transition: bool, strict_in: float = 0.0) -> float:
    """Seconds to the next read of an account.

    `strict_in`: seconds to when all must be explained again; a fast look that came between does not put that off.
    """
    fast = min(interval, FAST_LOOK).total_seconds()
    return fast if in_transition else min(max(fast, strict_in), interval.total_seconds())


def trouble_after(interval: timedelta, failed: int) -> float:
    """Seconds to the next look at an account after so many in a row that failed, never more than at rest."""
    return min(interval.total_seconds(), TROUBLE_LOOK * 2.0 ** min(failed - 1, 30), TROUBLE_SLOWEST)


def stale_after(interval: timedelta, *, whole_took: float = 0.0) -> float:
    """Seconds without a successful read after which nothing shown is vouched for. `whole_took`: what all pages took."""
    usual = STALE_AFTER * interval.total_seconds()
    return max(usual, min(STALE_AFTER * whole_took, _VOUCHED_AT_MOST))


def whole_after(interval: timedelta, *, pages: int, moves: bool | None) -> float:
    """Seconds from one reading of all pages to the next, where the pages between could be believed.

    `moves`: whether a change of state moves the time by which pages are ordered. Where it does, every 40 poll
    intervals, and not more than a page every two seconds; every 20 while that is not known. Where it does not, only
    this shows what changes by itself: every 4 intervals, and not more than a page a second.
    """
    intervals, seconds = {True: (40, 2.0), None: (20, 2.0), False: (4, 1.0)}[moves]
    return max(intervals * interval.total_seconds(), pages * seconds)


def probe_after(silences: int) -> float | None:
    """Seconds to the next question to a health route that did not answer `silences` times, None where none is due."""
    if silences >= PROBES_AT_MOST:
        return None
    return min(PROBE_FIRST * 2.0 ** (silences - 1), PROBE_SLOWEST) if silences < PROBES else PROBE_STALLED


def retry_after(failure: Failure, repeats: int, *, jitter: float = 0.0) -> float:
    """Seconds to the next try after a failure that occurred `repeats` times before in a row.

    What passes by itself is retried from 1 s, doubling to a minute; what waits for a person from 30 s, doubling to ten
    minutes. A provider that names a time gets at least that. What costs only a look into the cluster is soon looked at.
    `jitter`: from 0 to 1, how much later than the least: many that failed together are not tried together again.
    """
    first, slowest = (_TERMINAL_FIRST, _SLOWEST) if failure.terminal else (_PASSING_FIRST, _PASSING_SLOWEST)
    if failure.local:
        first, slowest = _PASSING_FIRST, _LOCAL_SLOWEST
    backed_off = min(first * 2.0 ** min(repeats, 30), slowest) * (1.0 + _JITTER * jitter)
    return max(backed_off, failure.retry_after or 0.0)
