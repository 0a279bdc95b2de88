"""`inference-operator logs` against the simulated provider."""

import json
import signal
from typing import Any

import pytest
from tests.cli.conftest import TOKEN, World


def texts(lines: list[str]) -> list[str]:
    return [line.split(" ", 3)[3] for line in lines]


STARTED = [
    "Preparing container",
    "Downloading org/model",
    "No quantization configured",
    "Application startup complete.",
]


def test_a_line_has_time_replica_level_and_text(world: World) -> None:
    done = world.run("logs", "sentiment")
    assert done.code == 0, done.err
    assert texts(done.lines) == STARTED
    time, replica, level, _ = done.lines[2].split(" ", 3)
    assert (time[-1], level) == ("Z", "warning")
    assert [replica] == [one["id"] for one in world.run("replicas", "sentiment", "--output=json").json]


def test_json_is_an_object_a_line(world: World) -> None:
    entries = [json.loads(line) for line in world.run("logs", "sentiment", "-o", "json").lines]
    assert [entry["line"] for entry in entries] == STARTED
    assert entries[0].keys() == {"timestamp", "line", "replica", "level", "stream"}


def test_the_provider_filters(world: World) -> None:
    assert texts(world.run("logs", "sentiment", "--level=warning").lines) == [STARTED[2]]
    assert texts(world.run("logs", "sentiment", "--search=DOWNLOADING").lines) == [STARTED[1]]
    assert world.run("logs", "sentiment", "--replica=other").lines == []
    assert texts(world.run("logs", "sentiment", "--tail=2").lines) == STARTED[2:]
    assert world.run("logs", "sentiment", "--tail=0").lines == []
    assert world.run("logs", "sentiment", "--until=1h").lines == []
    assert texts(world.run("logs", "sentiment", "--since=1h30m").lines) == STARTED
    moment = world.run("logs", "sentiment").lines[2].split(" ")[0]
    assert texts(world.run("logs", "sentiment", f"--since={moment[:23]}Z").lines) == STARTED[2:]


def test_without_log_search_the_plain_log_is_searched_here_and_said_so_once(world: World) -> None:
    world.sim.knobs.log_search = False
    done = world.run("logs", "sentiment", "--search=DOWNLOADING")
    assert (done.code, done.lines) == (0, ["- - - Downloading org/model"])
    assert done.err.count("no log search") == 1
    assert world.run("logs", "sentiment", "--tail=2").lines == [f"- - - {text}" for text in STARTED[2:]]


def test_without_log_search_nothing_is_shown_as_chosen_that_was_not(world: World) -> None:
    world.sim.knobs.log_search = False
    done = world.run("logs", "sentiment", "--since=2h", "--until=1h", "--level=error")
    assert (done.code, done.out) == (1, "")
    assert "lines can't be chosen by since, until, level. Leave that option out.\n" in done.err


def test_control_characters_and_tokens_do_not_reach_the_terminal(world: World, monkeypatch: Any) -> None:
    text = f"\x1b]0;owned\x07 \x9b31m \u202egnp {TOKEN} \t|"
    monkeypatch.setattr("inference_operator.simulator.huggingface.logs._STARTING", ((0.001, "info", text),))
    done = world.run("logs", "sentiment", "--tail=2")
    assert r"\x1b]0;owned\x07 \x9b31m \u202egnp ***" in done.lines[0]
    assert all(character.isprintable() or character == "\n" for character in done.out)


def test_follow_shows_what_comes_and_ends_with_ctrl_c_and_0(world: World) -> None:
    with world.start("logs", "sentiment", "--follow") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert texts([process.stdout.readline().rstrip() for _ in STARTED]) == STARTED
        world.sim.edit("acme", "sentiment-prod", {"state": "failed"})
        following = texts([process.stdout.readline().rstrip() for _ in range(3)])
        assert following == STARTED[:3], "the lines of the new life"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--since=noon"],
        ["--since=2026-11-21T09:00:00"],
        ["--since=999999999w"],
        ["--tail=-1"],
        ["--follow", "--until=1h"],
        ["--output=yaml"],
    ],
)
def test_options_that_mean_nothing_are_misuse(world: World, arguments: list[str]) -> None:
    assert world.run("logs", "sentiment", *arguments).code == 2
