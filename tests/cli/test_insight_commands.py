"""`metrics` and `replicas` against the simulated provider."""

import os
import pty
import re
import subprocess
import sys

from tests.cli.conftest import World


def test_replicas_are_a_table_with_stage_version_and_start(world: World) -> None:
    done = world.run("replicas", "sentiment")
    assert done.code == 0, done.err
    titles, row = done.lines
    assert re.split(r"  +", titles) == ["ID", "STAGE", "VERSION", "SERVES", "STARTED", "EXIT CODE"]
    cells = re.split(r"  +", row)
    assert cells[1] == "running"
    assert cells[3] == "live"
    assert cells[4].endswith("Z")
    assert cells[5] == "-"


def test_replicas_of_both_versions_and_their_exit_codes_are_in_json(world: World) -> None:
    world.sim.edit("acme", "sentiment-prod", {"state": "failed", "readyReplica": 0})
    (stopped,) = world.run("replicas", "sentiment", "-o", "json").json
    assert (stopped["stage"], stopped["exitCode"], stopped["live"]) == ("stopped", 1, False)
    assert stopped["stoppedAt"] is not None


def test_metrics_are_a_table_over_the_last_hour(world: World) -> None:
    done = world.run("metrics", "sentiment")
    assert done.code == 0, done.err
    rows = {tuple(cells[:2]): cells[2:] for cells in (re.split(r"  +", line) for line in done.lines[4:])}
    assert rows["METRIC", "OF"] == ["LATEST", "OVERALL", "HIGHEST"], "no curves where no person looks"
    assert rows["latency", "p95"] == ["0.12 s", "0.12 s", "0.12 s"]
    assert rows["requests", "2xx"] == ["2", "60", "2"]
    assert rows["pending requests", "pending"] == ["0", "0", "0"]
    assert rows["replicas", "running"][0] == "1"
    assert {name for name, _ in rows} >= {"CPU", "memory", "accelerator", "accelerator memory"}
    assert done.lines[1] == "Requests   60, 0.01667 per second"
    assert done.lines[2] == "Errors     0 %"


def test_metrics_in_json_have_window_rates_and_points(world: World) -> None:
    window = ("--since=2026-11-21T09:00:00Z", "--until=2026-11-21T11:00:00+01:00")
    document = world.run("metrics", "sentiment", *window, "-o", "json").json
    assert (document["start"], document["stop"]) == ("2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z")
    assert (document["requests"], document["errorRate"]) == (60.0, 0.0)
    (p50,) = [one for one in document["metrics"] if one["of"] == "p50"]
    assert (p50["metric"], p50["unit"], p50["overall"]) == ("latency", "s", 0.05)
    assert p50["points"][0] == {"time": "2026-11-21T09:00:00.000Z", "value": 0.05}
    assert len(p50["points"]) == 30


def test_metrics_of_one_replica_are_asked_of_the_provider(world: World) -> None:
    (known,) = world.run("metrics", "sentiment", "-o", "json").json["replicas"]
    document = world.run("metrics", "sentiment", f"--replica={known}", "-o", "json").json
    assert {one["of"] for one in document["metrics"] if one["metric"] == "cpu"} == {known}
    other = world.run("metrics", "sentiment", "--replica=none", "-o", "json").json
    assert not [one for one in other["metrics"] if one["metric"] == "cpu"]


def test_a_window_that_ends_before_it_begins_is_refused_here(world: World) -> None:
    done = world.run("metrics", "sentiment", "--since=1h", "--until=2h")
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: --since is not before --until. Give an earlier --since.\n"


def test_a_person_at_a_terminal_sees_curves(world: World) -> None:
    ours, theirs = pty.openpty()
    options = (f"--namespace={world.namespace}", f"--kubeconfig={world.cluster.kubeconfig}")
    command = [sys.executable, "-m", "inference_operator", "metrics", "sentiment", *options]
    with subprocess.Popen(command, stdout=theirs, env=os.environ | {"PYTHONUTF8": "1"}) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    assert process.returncode == 0
    lines = shown.decode().splitlines()
    assert lines[4].endswith("TREND")
    assert any(re.search(r"^CPU .* [▁▂▃▄▅▆▇█]{30}$", line) for line in lines)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # How Linux says that the other side is closed.
        return b""
