"""The vendor's own client, as it is published, and the operator: each sees, and lives with, what the other does.

The client has no setting for the address of the API: the constant that it reads at each call is assigned, and its
command line is run in this process for the same reason.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from huggingface_hub import HfApi, InferenceEndpoint, InferenceEndpointStatus, constants
from huggingface_hub.cli import hf
from huggingface_hub.errors import HfHubHTTPError
from tests.support.team import TOKEN, Team, ready, says, settled

ZERO = {"compute": {"scaling": {"minReplica": 0, "maxReplica": 2, "scaleToZeroTimeout": 15}}}
HARDWARE = {
    "repository": "acme/tiny",
    "framework": "pytorch",
    "accelerator": "cpu",
    "instance_size": "x1",
    "instance_type": "intel-spr",
    "vendor": "aws",
    "region": "us-east-1",
    "type": "private",
}
Cli = Callable[..., Any]


@pytest.fixture
def hub(team: Team, monkeypatch: pytest.MonkeyPatch) -> HfApi:
    """The client, with the team's token."""
    monkeypatch.setattr(constants, "INFERENCE_ENDPOINTS_ENDPOINT", f"{team.url}/v2")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return HfApi(endpoint=team.url)


@pytest.fixture
def cli(team: Team, hub: HfApi, capsys: pytest.CaptureFixture[str]) -> Cli:
    """`hf endpoints ...` in the team's namespace; returns what it prints as JSON."""

    def run(*args: str) -> Any:
        capsys.readouterr()
        arguments = ["endpoints", *args, f"--namespace={team.namespace}", "--format=json"]
        hf.app.main(args=arguments, prog_name="hf", standalone_mode=False)
        printed = capsys.readouterr().out
        return json.loads(printed) if printed.strip() else None

    return run


def get(hub: HfApi, team: Team, name: str) -> InferenceEndpoint:
    return hub.get_inference_endpoint(name, namespace=team.namespace)


def test_the_client_lists_and_reads_what_the_operator_made_as_the_resource_shows_it(team: Team, hub: HfApi) -> None:
    status = team.create("chat", huggingFace={**ZERO, "tags": ["a"], "model": {"task": "text-generation"}})["status"]

    (listed,) = hub.list_inference_endpoints(namespace=team.namespace)
    read = get(hub, team, "chat")

    assert listed.raw == read.raw
    assert (read.name, read.repository, read.task) == ("chat", "org/model", "text-generation")
    assert (read.status, read.url) == (status["state"], status["url"])
    assert read.raw["status"]["createdAt"] == status["createdAt"]
    assert read.raw["status"]["createdBy"] == status["createdBy"]
    assert read.raw["status"]["readyReplica"] == status["readyReplica"]
    assert read.raw["compute"]["scaling"] == {**ZERO["compute"]["scaling"], "measure": None}
    assert [tag for tag in read.raw["tags"] if not tag.startswith("iop1-")] == ["a"]
    assert read.wait(timeout=20, refresh_every=1).status == InferenceEndpointStatus.RUNNING


def test_the_operator_adopts_what_the_client_made_and_keeps_it_as_it_is(team: Team, hub: HfApi) -> None:
    made = hub.create_inference_endpoint("tiny", namespace=team.namespace, **HARDWARE)
    made.wait(timeout=20, refresh_every=1)
    team.apply(
        team.manifest(
            "tiny",
            adoptionPolicy="IfUnowned",
            huggingFace={
                "model": {"repository": "acme/tiny"},
                "compute": {"scaling": {"minReplica": 1, "maxReplica": 1}},
            },
        )
    )
    team.wait("tiny", ready, timeout=40)

    adopted = get(hub, team, "tiny")
    assert adopted.raw["status"]["createdAt"] == made.raw["status"]["createdAt"]
    assert [put.body.keys() for put in team.puts("tiny")] == [{"tags"}]


def test_an_update_by_the_client_of_what_is_declared_is_put_right(team: Team, hub: HfApi) -> None:
    team.create("chat", huggingFace=ZERO)

    updated = get(hub, team, "chat").update(max_replica=7)
    assert updated.raw["compute"]["scaling"]["maxReplica"] == 7
    team.until(lambda: team.remote("chat")["compute"]["scaling"]["maxReplica"] == 2, "it is as declared again")
    team.wait("chat", settled)


def test_an_update_by_the_client_of_what_is_not_declared_stays(team: Team, hub: HfApi) -> None:
    team.create("chat", huggingFace=ZERO)

    get(hub, team, "chat").update(task="summarization", secrets={"A": "not-a-real-secret"})
    team.await_polls(1)
    team.wait("chat", settled)

    assert team.remote("chat")["model"]["task"] == "summarization"
    assert team.remote("chat")["model"]["secrets"] == {"A": "not-a-real-secret"}


def test_a_pause_by_the_client_is_undone_where_running_is_declared(team: Team, hub: HfApi) -> None:
    team.create("chat", state="running")

    assert get(hub, team, "chat").pause().status == InferenceEndpointStatus.PAUSED
    # The journal has the client's pause, then the operator's answer to it.
    team.until(lambda: team.actions("chat") == ["pause", "resume"], "the operator resumes it")
    team.wait("chat", ready)


def test_a_pause_and_a_resume_by_the_client_are_shown_where_no_state_is_declared(team: Team, hub: HfApi) -> None:
    team.create("chat")

    endpoint = get(hub, team, "chat").pause()
    team.wait("chat", says("Ready", "True", "Paused"))
    assert endpoint.resume().wait(timeout=20, refresh_every=1).status == InferenceEndpointStatus.RUNNING
    team.wait("chat", says("Ready", "True", "Running"))
    assert team.actions("chat") == ["pause", "resume"], "nobody fought"


def test_resuming_a_running_endpoint_is_the_clients_choice_of_an_error(team: Team, hub: HfApi) -> None:
    team.create("chat")
    endpoint = get(hub, team, "chat")

    assert endpoint.resume(running_ok=True).status == InferenceEndpointStatus.RUNNING
    with pytest.raises(HfHubHTTPError, match="already running"):
        endpoint.resume(running_ok=False)


def test_what_the_client_scaled_to_zero_is_ready_at_rest(team: Team, hub: HfApi) -> None:
    team.create("chat", state="running", huggingFace=ZERO)

    assert get(hub, team, "chat").scale_to_zero().status == InferenceEndpointStatus.SCALED_TO_ZERO
    team.wait("chat", says("Ready", "True", "ScaledToZero"))
    team.await_polls(1)
    assert team.actions("chat") == ["scaleToZero"]


def test_what_the_client_deleted_is_made_again_and_what_the_operator_deleted_is_gone(team: Team, hub: HfApi) -> None:
    team.create("chat")

    get(hub, team, "chat").delete()
    team.until(lambda: len(team.posts("chat")) == 2, "it is made again")
    team.wait("chat", ready)
    team.delete("chat")
    team.wait_gone("chat")
    with pytest.raises(HfHubHTTPError) as gone:
        get(hub, team, "chat")
    assert gone.value.response.status_code == 404


def test_the_whole_life_by_the_clients_command_line(team: Team, cli: Cli) -> None:
    hardware = ["--vendor=aws", "--region=us-east-1", "--accelerator=cpu", "--instance-type=intel-spr"]
    cli("deploy", "tiny", "--repo=acme/tiny", "--framework=pytorch", "--instance-size=x1", *hardware)
    cli("update", "tiny", "--min-replica=0", "--max-replica=3", "--scale-to-zero-timeout=30")
    assert team.remote("tiny")["compute"]["scaling"]["maxReplica"] == 3
    team.until(lambda: team.remote("tiny")["status"]["state"] == "running", "it runs")
    for command, state in (("resume", "running"), ("scale-to-zero", "scaledToZero"), ("pause", "paused")):
        cli(command, "tiny")
        assert cli("describe", "tiny")["status"]["state"] == state
    cli("delete", "tiny", "--yes")
    assert "tiny" not in team.remotes()


def test_the_clients_command_line_shows_what_the_operator_made(team: Team, cli: Cli) -> None:
    url = team.create("chat", huggingFace=ZERO)["status"]["url"]

    described = cli("describe", "chat")
    assert (described["name"], described["status"]["url"]) == ("chat", url)
    assert [row["name"] for row in cli("list")] == ["chat"]
