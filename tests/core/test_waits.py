"""What answers ask for is read in each spelling, and none of them puts anything off for ever."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.waits import LONGEST, wait_of

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"retry-after": "30"}, 30.0),
        (503, {"retry-after": "7"}, 7.0),
        (429, {"retry-after": "0"}, 0.0),
        (200, {"retry-after": "30"}, None),
        (429, {"retry-after": "-1"}, None),
        (429, {"retry-after": "9" * 30}, LONGEST),
        (429, {"retry-after": "²"}, None),
        (429, {"retry-after": "Sat, 21 Nov 2026 09:10:00 GMT"}, 600.0),
        (503, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        (429, {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}, LONGEST),
        (429, {"retry-after": "Sat, 21 Nov 2026 09:10:00 -0000"}, None),
        (429, {"retry-after": "soon", "ratelimit": '"api";r=0;t=55'}, 55.0),
        (429, {"retry-after": "7", "ratelimit": '"api";r=0;t=55'}, 7.0),
        (200, {"ratelimit": '"api";r=0;t=55'}, 55.0),
        (200, {"ratelimit": '"api";r=12;t=55'}, None),
        (200, {"ratelimit": "limit=100, remaining=0, reset=20"}, 20.0),
        (200, {"ratelimit-remaining": "0", "ratelimit-reset": "9"}, 9.0),
        (200, {"ratelimit-remaining": "3", "ratelimit-reset": "9"}, None),
        (200, {"ratelimit-remaining": "0"}, None),
        (200, {"ratelimit": "garbage;=;;r=;t=x"}, None),
        (429, {}, None),
    ],
)
def test_the_wait_that_an_answer_asks_for(status: int, headers: dict[str, str], wait: float | None) -> None:
    assert wait_of(status, headers, now=NOW) == wait


@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "ratelimit", "ratelimit-remaining", "ratelimit-reset"]),
        st.text(max_size=30) | st.sampled_from(["inf", "1e400", "nan", "9" * 400, "Mon, 01 Jan 2024 00:00:00 +9999"]),
    )
)
def test_no_header_breaks_anything(headers: dict[str, str]) -> None:
    wait = wait_of(429, headers, now=NOW)
    assert wait is None or 0 <= wait <= LONGEST
