"""Who may resume, pause and scale to zero, from which state: simulator and operator agree.

See docs/reference/hugging-face-api.md, "Lifecycle".
"""

import httpx
import pytest
from tests.simulator.bodies import endpoint
from tests.support.team import Team, ready, says, settled

from inference_operator.simulator import Clock, HuggingFace, create_app
from inference_operator.simulator.huggingface.api import STATES

ALREADY = (400, "Endpoint is already running")
STARTS = (200, "pending")
RESUME = {
    "pending": ALREADY,
    "initializing": ALREADY,
    "updating": ALREADY,
    "running": ALREADY,
    "paused": STARTS,
    "scaledToZero": STARTS,
    "failed": STARTS,
    "updateFailed": (200, "updating"),
}
"""What a resume answers: the status, and the error or the state that follows."""
FAILURES = {"failed": "acme/fails-to-start", "configuration error": "acme/bad-config"}
BAD = {"model": {"repository": "acme/bad-config"}}
GOOD = {"model": {"repository": "acme/model"}}
ZERO = {"compute": {"scaling": {"minReplica": 0, "maxReplica": 2, "scaleToZeroTimeout": 15}}}


class Vendor:
    """The simulated vendor in process, with one endpoint."""

    def __init__(self, state: str = "running", **changes: object) -> None:
        self.huggingface = HuggingFace(clock=Clock.frozen())
        self.huggingface.control.create("acme", endpoint("e", **changes), "u")
        self.huggingface.clock.advance(1)
        self.huggingface.edit("acme", "e", {"state": state})

    async def ask(self, action: str, method: str = "POST", body: object = None) -> tuple[int, str]:
        transport = httpx.ASGITransport(app=create_app(self.huggingface))
        headers = {"Authorization": "Bearer hf_test"}
        async with httpx.AsyncClient(transport=transport, base_url="http://simulator", headers=headers) as http:
            answer = await http.request(method, f"/v2/endpoint/acme/e{action}", json=body)
        document = answer.json()
        return answer.status_code, document["status"]["state"] if answer.is_success else document["error"]


@pytest.mark.parametrize("state", STATES)
async def test_the_simulator_resumes_what_is_stopped_and_refuses_what_runs(state):
    assert await Vendor(state).ask("/resume") == RESUME[state]


@pytest.mark.parametrize("state", STATES)
async def test_the_simulator_pauses_from_every_state(state):
    assert await Vendor(state).ask("/pause") == (200, "paused")


@pytest.mark.parametrize("state", STATES)
async def test_the_simulator_scales_to_zero_only_with_a_timeout(state):
    assert await Vendor(state).ask("/scale-to-zero") == (200, "scaledToZero")
    stays = Vendor(state, compute__scaling={"minReplica": 1, "maxReplica": 1})
    assert await stays.ask("/scale-to-zero") == (400, "workload cannot be scaled to zero")


async def test_the_simulator_resumes_no_configuration_error_and_an_update_repairs_it():
    vendor = Vendor("running", model__repository=FAILURES["configuration error"])
    vendor.huggingface.control.pause("acme", "e", "u")
    await vendor.ask("/resume")
    vendor.huggingface.clock.advance(1)
    status, error = await vendor.ask("/resume")
    assert (status, error.endswith("update the endpoint instead")) == (400, True)

    assert await vendor.ask("", "PUT", GOOD) == STARTS
    vendor.huggingface.clock.advance(1)
    assert await vendor.ask("", "GET") == (200, "running")


async def test_the_simulator_checks_the_quota_again_at_a_resume():
    vendor = Vendor("paused")
    vendor.huggingface.knobs.default_quota = 0
    status, error = await vendor.ask("/resume")
    assert (status, "quota" in error.lower()) == (409, True)


@pytest.mark.parametrize("repository", FAILURES.values(), ids=FAILURES)
def test_a_failed_endpoint_is_repaired_by_an_edit_and_never_deleted(team: Team, repository: str) -> None:
    team.apply(team.manifest("chat", state="running", huggingFace={"model": {"repository": repository}}))
    team.wait("chat", says("Ready", "False", "ProvisioningFailed"))
    created = team.remote("chat")["status"]["createdAt"]

    team.edit("chat", **GOOD)
    team.wait("chat", ready, timeout=30)

    assert team.remote("chat")["status"]["createdAt"] == created
    assert len(team.posts("chat")) == 1
    assert not team.requests("delete")


def test_a_failed_update_is_repaired_by_an_edit_while_the_old_version_serves(team: Team) -> None:
    team.create("chat", state="running", huggingFace=GOOD)
    team.edit("chat", **BAD)
    broken = team.wait("chat", says("Ready", "False", "UpdateFailed"))
    assert says("Available")(broken)

    team.edit("chat", **GOOD)
    team.wait("chat", ready, timeout=30)
    assert not team.requests("delete")


def test_the_operator_resumes_nothing_that_runs_or_fails(team: Team) -> None:
    team.create("chat", state="running", huggingFace=GOOD)
    team.apply(team.manifest("broken", state="running", huggingFace=BAD))
    team.wait("broken", says("Ready", "False", "ProvisioningFailed"))
    team.await_polls(1)

    assert team.actions() == []


def test_the_operator_resumes_from_pause_and_from_zero(team: Team) -> None:
    team.create("chat", state="paused", huggingFace=ZERO)
    assert team.actions("chat") == ["pause"]

    team.patch("chat", {"spec": {"state": "running"}})
    team.wait("chat", says("Ready", "True", "Running"))
    team.patch("chat", {"spec": {"state": "scaledToZero"}})
    team.wait("chat", says("Ready", "True", "ScaledToZero"))
    team.patch("chat", {"spec": {"state": "running"}})
    team.wait("chat", says("Ready", "True", "Running"))

    assert team.actions("chat") == ["pause", "resume", "scaleToZero", "resume"]


def test_a_resume_beyond_the_quota_is_said_and_done_once_there_is_some(team: Team) -> None:
    team.create("chat", state="paused")
    team.sim.knobs.default_quota = 0

    team.patch("chat", {"spec": {"state": "running"}})
    refused = team.wait("chat", says("Stalled", "True", "QuotaExceeded"))
    assert not says("Ready")(refused)

    team.sim.knobs.default_quota = None
    team.patch("chat", {"metadata": {"annotations": {"inference-operator.dev/reconcile-requested-at": "now-please"}}})
    team.wait("chat", says("Ready", "True", "Running"))
    assert team.remote("chat")["status"]["state"] == "running"


def test_an_older_word_for_authenticated_is_sent_as_the_vendors_and_is_no_drift(team: Team) -> None:
    team.create("chat", huggingFace={"type": "protected"})

    assert [post.body["type"] for post in team.posts("chat")] == ["authenticated"]
    team.await_polls(1)
    team.wait("chat", settled)
    assert team.puts("chat") == []
    assert team.get("chat")["spec"]["huggingFace"]["type"] == "protected"
