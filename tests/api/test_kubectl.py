"""What people see through kubectl: the manual, the table, the selectors, the scale subresource."""

import json
import time

import pytest

from tests.api.api_server import ApiServer
from tests.api.manifests import changed, endpoint, hugging_face, scaling
from tests.api.test_binding import REMOTE_REF
from tests.support.cluster import Kubectl

STATUS = {
    "state": "running",
    "url": "https://x.endpoints.huggingface.cloud",
    "ready": "1/1",
    "readyReplica": 1,
    "targetReplica": 1,
    "hardware": "cpu intel-spr x1",
    "account": "InferenceAccount/hf",
    "replicas": 1,
    "selector": "inference-operator.dev/endpoint=none",
    "remoteRef": REMOTE_REF | {"name": "sentiment-prod"},
    "effective": {
        "task": "text-classification",
        "location": "aws/us-east-1",
        "engine": "huggingface",
        "access": "private",
    },
    "cost": {"currency": "USD", "hourlyNow": "0.033", "hourlyMin": "0", "hourlyMax": "0.066"},
}


def _explained(kubectl: Kubectl, field: str) -> str:
    # The API server publishes a new CRD's documents some time after the CRD is established.
    deadline = time.monotonic() + 30
    while True:
        done = kubectl.run("explain", f"ie.{field}", check=False)
        if done.returncode == 0 or time.monotonic() > deadline:
            return " ".join(done.stdout.split())
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("spec.huggingFace.compute.scaling.scaleToZeroTimeout", "Unit: minutes."),
        ("spec.huggingFace.model.image.vLLM.port", "API 2.0.0, model.image.vLLM.port."),
        ("spec.replicas", "needs scaleToZeroTimeout"),
    ],
)
def test_explain_is_the_manual(installed: object, kubectl: Kubectl, field: str, text: str) -> None:
    assert text in _explained(kubectl, field)


@pytest.fixture
def stored(api: ApiServer) -> ApiServer:
    """A running endpoint, and another that is public and has no status."""
    task = {"model": {"task": "text-classification"}}
    first = endpoint(changed({"spec": {"replicas": 1}}, hugging_face(**task)))
    second = endpoint(changed({"metadata": {"name": "second"}}, hugging_face(type="public")))
    for manifest in (first, second):
        assert api.create(manifest, dry_run=False).status_code == 201
    response = api.patch(first, {"status": STATUS}, dry_run=False, subresource="status")
    assert response.status_code == 200, response.text
    return api


def test_get_shows_state_url_hardware_and_more_when_wide(stored: ApiServer, kubectl: Kubectl, namespace: str) -> None:
    head, row = kubectl.run("get", "ie", "sentiment", f"--namespace={namespace}").stdout.splitlines()
    assert head.split() == ["NAME", "STATE", "READY", "URL", "HARDWARE", "AGE"]
    for shown in ("running", "1/1", STATUS["url"], "cpu intel-spr x1"):
        assert shown in row
    head, row = kubectl.run("get", "ie", "sentiment", f"--namespace={namespace}", "--output=wide").stdout.splitlines()
    for title in ("TASK", "VENDOR/REGION", "ENGINE", "ACCESS", "ACCOUNT", "REMOTE NAME", "COST"):
        assert title in head
    for shown in ("text-classification", "aws/us-east-1", "InferenceAccount/hf", "sentiment-prod", "0.033"):
        assert shown in row


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("status.state=running", ["sentiment"]),
        ("spec.huggingFace.type=public", ["second"]),
        ("spec.huggingFace.model.task=text-classification", ["sentiment"]),
    ],
)
def test_field_selectors_choose_by_state_type_and_task(
    stored: ApiServer, kubectl: Kubectl, namespace: str, selector: str, names: list[str]
) -> None:
    done = kubectl.run("get", "ie", f"--namespace={namespace}", f"--field-selector={selector}", "--output=json")
    assert [item["metadata"]["name"] for item in json.loads(done.stdout)["items"]] == names


def test_scale_sets_replicas_and_obeys_the_power_rules(stored: ApiServer, kubectl: Kubectl, namespace: str) -> None:
    scale = ("scale", "ie", "sentiment", f"--namespace={namespace}")
    kubectl.run(*scale, "--replicas=2")
    assert kubectl.get("ie", "sentiment", namespace)["spec"]["replicas"] == 2
    refused = kubectl.run(*scale, "--replicas=0", check=False)
    assert "scaleToZeroTimeout" in refused.stderr
    assert stored.patch(endpoint(), scaling(scaleToZeroTimeout=15), dry_run=False).status_code == 200
    kubectl.run(*scale, "--replicas=0")
