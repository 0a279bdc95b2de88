"""Values of Secrets on their way: a changed one is sent once, with the next change of the spec; nothing else is sent.

That a change is sent within 5 minutes by itself is shown in tests/runtime/test_secret_values.py, in the operator's own
time; here a restart, which forgets what was read, stands for the time that passes.
"""

import base64
import json
from typing import Any

import pytest
from tests.support.kube_api import Object
from tests.support.operator import OperatorProcess
from tests.support.team import Team, ready, settled

from inference_operator.kube.secrets import FINGERPRINT_SECRET

FROM_HUB = {"secrets": {"HUB": {"secretKeyRef": {"name": "hub", "key": "token"}}}}
CUSTOM = {"url": "registry.example.com/scorer:1", "port": 9000}
PULLED = {"image": {"custom": {**CUSTOM, "credentialsSecretRef": {"name": "registry"}}}}
OWN_SECRET = f"/api/v1/namespaces/inference-operator-system/secrets/{FINGERPRINT_SECRET}"


def _login(kind: str, password: str) -> dict[str, str]:
    login = {"username": "robot", "password": password}
    if kind == "basic-auth":
        return login
    auth = {"auth": base64.b64encode(f"robot:{password}".encode()).decode()}
    return {".dockerconfigjson": json.dumps({"auths": {"registry.example.com": auth}})}


def _bodies(team: Team, name: str = "sentiment") -> list[Any]:
    return [put.body for put in team.puts(name)]


def _metadata(obj: Object) -> Any:
    return {part: value for part, value in obj["metadata"].items() if part != "managedFields"}


def _restarted(team: Team, operator: OperatorProcess) -> None:
    """Every resource is looked at, with its Secrets read anew."""
    operator.restart()
    team.await_polls(3)


def test_a_changed_value_goes_with_the_next_change_of_the_spec_and_once(team: Team, operator: OperatorProcess) -> None:
    team.secret("hub", token="hub-value-one")
    team.create("sentiment", huggingFace={"model": FROM_HUB})
    # What was read for the create serves for 5 s after an edit: whoever edits both changes the Secret first.
    team.await_polls(6)
    team.secret("hub", token="hub-value-two")
    team.edit("sentiment", model={"env": {"A": "1"}})
    team.until(lambda: team.puts("sentiment"), "an update")
    team.wait("sentiment", ready)

    assert _bodies(team) == [{"model": {"env": {"A": "1"}, "secrets": {"HUB": "hub-value-two"}}}]
    assert team.remote("sentiment")["model"]["secrets"] == {"HUB": "hub-value-two"}
    _restarted(team, operator)
    assert len(team.puts("sentiment")) == 1


@pytest.mark.parametrize("kind", ["basic-auth", "dockerconfigjson"])
def test_a_changed_registry_login_is_sent_with_its_image_and_once(
    team: Team, operator: OperatorProcess, kind: str
) -> None:
    team.secret("registry", **_login(kind, "password-one"))
    team.create("sentiment", huggingFace={"model": PULLED})
    team.secret("registry", **_login(kind, "password-two"))
    _restarted(team, operator)
    team.wait("sentiment", ready)

    credentials = {"username": "robot", "password": "password-two"}
    assert _bodies(team) == [{"model": {"image": {"custom": {**CUSTOM, "credentials": credentials}}}}]
    _restarted(team, operator)
    assert len(team.puts("sentiment")) == 1


def test_labels_and_annotations_of_a_secret_change_nothing(team: Team, operator: OperatorProcess) -> None:
    team.secret("hub", token="hub-value-one")
    before = team.create("sentiment", huggingFace={"model": FROM_HUB})
    change = {"metadata": {"labels": {"owner": "somebody"}, "annotations": {"rotated": "never"}}}
    team.api.patch(f"/api/v1/namespaces/{team.namespace}/secrets/hub", change)
    team.forget_requests()
    _restarted(team, operator)

    assert team.writes() == []
    assert _metadata(team.get("sentiment")) == _metadata(before)


def test_a_lost_fingerprint_key_sends_nothing_and_the_next_change_is_seen(
    team: Team, operator: OperatorProcess
) -> None:
    team.secret("hub", token="hub-value-one")
    first = team.create("sentiment", huggingFace={"model": FROM_HUB})["status"]["secretsFingerprint"]
    team.api.delete(OWN_SECRET)
    team.forget_requests()
    _restarted(team, operator)
    assert team.writes() == []
    team.until(lambda: team.get("sentiment")["status"]["secretsFingerprint"] != first, "a fingerprint under a new key")
    assert team.api.get(OWN_SECRET) is not None

    team.secret("hub", token="hub-value-two")
    _restarted(team, operator)
    team.until(lambda: team.puts("sentiment"), "an update")
    assert _bodies(team) == [{"model": {"secrets": {"HUB": "hub-value-two"}}}]


@pytest.mark.parametrize("redaction", ["null", "mask"])
def test_what_the_provider_blacks_out_is_never_sent_back(team: Team, redaction: Any) -> None:
    team.sim.knobs.secrets_redaction = redaction
    team.secret("hub", token="hub-value-one")
    team.secret("registry", **_login("basic-auth", "password-one"))
    team.create("sentiment", huggingFace={"model": {**FROM_HUB, **PULLED}})
    edits: list[dict[str, Any]] = [
        {"model": {"env": {"A": "1"}}},
        {"model": {"image": {"custom": {"port": 9001}}}},
        {"tags": ["a"]},
    ]
    for number, edit in enumerate(edits, 1):
        team.edit("sentiment", **edit)
        team.wait("sentiment", settled)
        team.until(lambda number=number: len(team.puts("sentiment")) == number, "one update for each edit")
    team.await_polls(3)

    assert len(team.puts("sentiment")) == len(edits)
    assert not [body for body in _bodies(team) if "***" in json.dumps(body) or "null" in json.dumps(body)]
    held = team.remote("sentiment")["model"]
    assert held["secrets"] == {"HUB": "hub-value-one"}
    assert held["image"]["custom"]["credentials"] == {"username": "robot", "password": "password-one"}


def test_a_secret_is_read_once_for_many_that_name_it(team: Team, operator: OperatorProcess) -> None:
    team.secret("hub", token="hub-value-one")
    names = [f"e-{number}" for number in range(20)]
    operator.stop()
    team.apply(*(team.manifest(name, huggingFace={"model": FROM_HUB}) for name in names))
    operator.start()
    team.wait_all(names, ready)
    counted = 'rest_client_requests_total{code="200",method="GET",resource="secrets"}'
    (reads,) = [float(line.split()[-1]) for line in operator.metrics().splitlines() if line.startswith(counted)]
    # The account's token is read at each poll, one of which may be under way; the operator's own key once; and this
    # Secret once for all, or twice where the twenty take longer than it may be old.
    assert reads <= len(team.requests("list")) + 5
