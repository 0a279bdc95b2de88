"""How a log is read in pieces and followed: pages, cursors, pauses, and plain text without any of these."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.api.manifests import endpoint
from tests.providers.remote import connect_in_process

from inference_operator.cli.moment import moment
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.insight import LogLine, LogQuery, Window
from inference_operator.providers.http import Answer
from inference_operator.providers.huggingface import logs
from inference_operator.providers.huggingface.client import HuggingFaceConnection
from inference_operator.simulator import HuggingFace

ALL = LogQuery()
TEXTS = ["Preparing container", "Downloading org/model", "No quantization configured", "Application startup complete."]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_LOOK_AGAIN", 0.0)


@pytest.fixture
async def connection() -> AsyncIterator[HuggingFaceConnection]:
    """With one endpoint that runs."""
    simulated = HuggingFace()
    connected = connect_in_process(simulated)
    block = endpoint()["spec"]["huggingFace"]
    block["model"] |= {"framework": "pytorch", "image": {"huggingface": {}}}
    block["compute"]["scaling"]["minReplica"] = 1
    await connected.create("n", block, claim="iop1-x")
    simulated.edit("acme", "n", {"state": "running"})
    connected.simulated = simulated
    yield connected
    await connected.aclose()


class Scripted:
    """An HTTP client whose answers are written down; the last one is given for ever."""

    def __init__(self, *answers: Answer | ProviderError) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, str]] = []

    async def read(self, operation: Operation, path: str, *, params: dict[str, str]) -> Answer:
        self.asked.append({"path": path, **params})
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, ProviderError):
            raise found
        return found


def page(*lines: tuple[str, str], link: str = "") -> Answer:
    body = [{"timestamp": at, "line": text, "stream": "stdout", "replica_id": "r"} for at, text in lines]
    return Answer(200, {"link": link} if link else {}, body, "")


def plain(*lines: str) -> Answer:
    return Answer(200, {}, None, "".join(f"{line}\n" for line in lines))


NO_SEARCH = ProviderError(ErrorKind.UNAVAILABLE, Operation.LOGS, "HTTP 501", status=501)


async def read(http: Any, query: LogQuery, count: int = 99, told: list[str] | None = None) -> list[str]:
    """The text of the first `count` lines."""
    notice = [].append if told is None else told.append
    lines: list[LogLine] = []
    source = logs.read_log(http, searchable="/v3", plain="/v2", query=query, notice=notice)
    async for line in source:
        lines.append(line)
        if len(lines) == count:
            break
    await source.aclose()
    return [line.text for line in lines]


async def test_all_pages_are_read_in_the_order_of_time(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_PAGE", 1)
    found = [line async for line in connection.logs("n", ALL, notice=print)]
    assert [line.text for line in found] == TEXTS
    assert connection.simulated.calls["logsV3"] == len(TEXTS)


@pytest.mark.parametrize("tail", [0, 1, 2, 3, 4, 9])
async def test_the_tail_is_collected_backwards(connection: Any, monkeypatch: pytest.MonkeyPatch, tail: int) -> None:
    monkeypatch.setattr(logs, "_LARGEST_PAGE", 2)
    found = [line.text async for line in connection.logs("n", LogQuery(tail=tail), notice=print)]
    assert found == TEXTS[max(len(TEXTS) - tail, 0) :]


async def test_the_other_reads_of_an_endpoint(connection: Any) -> None:
    window = Window(moment("1h"), moment("0s"))
    assert (await connection.metrics("n", window)).replicas == tuple(one.id for one in await connection.replicas("n"))
    assert (await connection.open_metrics("n")).endswith("# EOF\n")


async def test_what_got_no_answer_is_unavailable_for_a_post_that_only_reads(connection: Any) -> None:
    class Dropped:
        async def write(self, operation: Operation, *_: Any) -> Answer:
            raise ProviderError(ErrorKind.AMBIGUOUS, operation, "dropped")

    connection._insight._http = Dropped()
    with pytest.raises(ProviderError) as raised:
        await connection.metrics("n", Window(moment("1h"), moment("0s")))
    assert raised.value.kind is ErrorKind.UNAVAILABLE


async def test_following_goes_on_behind_the_cursor() -> None:
    http = Scripted(
        page(("t1", "a"), link='</l?after=c1>; rel="next"'),
        page(("t2", "b"), link='</l/sse?after=c2>; rel="next_sse"'),
        page(),
        page(("t3", "c"), link='</l/sse?after=c3>; rel="next_sse"'),
    )
    assert await read(http, LogQuery(follow=True, level="info"), 3) == ["a", "b", "c"]
    assert [one.get("after") for one in http.asked] == [None, "c1", "c2", "c2"]
    assert {one["level"] for one in http.asked} == {"info"}


async def test_without_cursors_following_goes_on_at_the_last_moment_without_repeating_it() -> None:
    first, second = ("t1", "a"), ("t2", "b")
    http = Scripted(page(first, second), page(second, ("t2", "b2")), page(second, ("t2", "b2"), ("t3", "c")))
    assert await read(http, LogQuery(follow=True), 4) == ["a", "b", "b2", "c"]
    assert [one.get("since") for one in http.asked] == [None, "t2", "t2"]


async def test_following_starts_where_nothing_was_logged_yet() -> None:
    http = Scripted(page(), page(), page(("t1", "a")))
    assert await read(http, LogQuery(follow=True, tail=0), 1) == ["a"]


async def test_a_cursor_that_does_not_move_ends_the_log() -> None:
    http = Scripted(page(("t1", "a"), link='</l?after=c>; rel="next"'))
    assert await read(http, ALL) == ["a", "a"]


async def test_following_waits_out_an_outage_and_says_so_once() -> None:
    outage = ProviderError(ErrorKind.UNAVAILABLE, Operation.LOGS, "HTTP 503", status=503)
    told: list[str] = []
    http = Scripted(page(("t1", "a")), outage, outage, page(("t2", "b")))
    assert await read(http, LogQuery(follow=True), 2, told) == ["a", "b"]
    assert told == ["The log pauses: HTTP 503. Asking again."]


async def test_following_ends_where_the_endpoint_is_gone() -> None:
    http = Scripted(page(("t1", "a")), Answer(404, {}, {"error": "endpoint not found"}, ""))
    with pytest.raises(ProviderError, match="endpoint not found"):
        await read(http, LogQuery(follow=True))


async def test_plain_text_is_followed_by_what_is_new_in_it() -> None:
    told: list[str] = []
    http = Scripted(NO_SEARCH, plain("a", "b"), plain("a", "b"), plain("b", "c", "hit"), plain("hit", "hit 2"))
    assert await read(http, LogQuery(follow=True, search="HIT", replica="r"), 2, told) == ["hit", "hit 2"]
    assert len(told) == 1
    assert {one.get("replica") for one in http.asked} == {"r"}
    assert [one["path"] for one in http.asked[:2]] == ["/v3", "/v2"]


@pytest.mark.parametrize(
    ("before", "now", "fresh"),
    [
        ("", "ab", "ab"),
        ("ab", "ab", ""),
        ("ab", "abc", "c"),
        ("aba", "abaa", "a"),
        ("abc", "cd", "d"),
        ("abc", "xyz", "xyz"),
        ("abc", "", ""),
    ],
)
def test_the_new_lines_of_a_text_are_those_behind_what_is_known(before: str, now: str, fresh: str) -> None:
    assert logs.news([*before], [*now]) == [*fresh]
