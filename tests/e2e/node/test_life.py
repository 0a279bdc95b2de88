"""The life of an installation on a cluster with a node, in order: each test goes on where the one before it ended."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.helm import CHART, NAMESPACE, ROOT
from tests.e2e.node.release import DEPLOYMENT, Releases

pytestmark = pytest.mark.timeout(2400)

RELEASES = FIRST, SECOND = "inference-operator", "another"
TEAM = "team-a"


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart at a lower version, whose CRDs say something in other words."""
    folder = tmp_path_factory.mktemp("previous") / "inference-operator"
    shutil.copytree(CHART, folder)
    chart = yaml.safe_load((folder / "Chart.yaml").read_text())
    (folder / "Chart.yaml").write_text(yaml.safe_dump(chart | {"version": "0.0.1"}))
    for path in (folder / "files" / "crds").glob("*.yaml"):
        path.write_text(path.read_text().replace("description: ", "description: Formerly, ", 1))
    return folder


def test_the_chart_installs_and_two_pods_run_under_pod_security_restricted(releases: Releases, previous: Path) -> None:
    releases.install(FIRST, previous)
    pods = releases.pods()
    assert len(pods) == 2
    for pod in pods:
        assert pod["status"]["phase"] == "Running"
        (container,) = pod["spec"]["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert pod["status"]["containerStatuses"][0]["restartCount"] == 0
    releases.until(releases.leader, "one of them leads")
    write = ("python", "-c", "import os; print(os.getuid()); open('/opt/x', 'w')")
    done = releases.kubectl.run("exec", DEPLOYMENT, f"--namespace={NAMESPACE}", "--", *write, check=False)
    assert done.stdout.split() == ["65532"]
    assert "Read-only file system" in done.stderr


def test_the_default_account_of_the_values_is_ready(releases: Releases) -> None:
    releases.kubectl.wait("cia", "default", "condition=Ready", seconds=120)
    left = releases.kubectl.run(
        "get", "clusterrole,job,serviceaccount", f"--namespace={NAMESPACE}", "-o", "name"
    ).stdout
    assert "inference-operator-account" not in left, "what applied it is gone again"


def test_helm_test_is_satisfied(releases: Releases) -> None:
    assert "Phase:          Succeeded" in releases.test(FIRST)


def test_the_sample_becomes_ready_and_so_does_an_endpoint_on_the_default_account(releases: Releases) -> None:
    samples = ROOT / "deploy" / "samples"
    account: dict[str, Any] = yaml.safe_load((samples / "account.yaml").read_text())
    account["spec"]["huggingFace"]["baseURL"] = releases.simulator.url
    endpoint: dict[str, Any] = yaml.safe_load((samples / "endpoint.yaml").read_text())
    other = json.loads(json.dumps(endpoint))
    other["metadata"]["name"] = "on-the-default"
    del other["spec"]["accountRef"]
    releases.kubectl.apply([account, endpoint, other], f"--namespace={TEAM}")
    for name in ("sentiment", "on-the-default"):
        releases.kubectl.wait("ie", name, "condition=Ready", TEAM, seconds=120)
    assert releases.kubectl.get("ie", "sentiment", TEAM)["status"]["state"] == "running"
    assert sorted(releases.writes()) == ["POST /v2/endpoint/my-org"] * 2


def test_an_upgrade_replaces_pods_and_crds_and_writes_nothing_at_the_provider(releases: Releases) -> None:
    before = {pod["metadata"]["name"] for pod in releases.pods()}
    assert "Formerly" in _crd_words(releases)
    releases.forget()
    releases.upgrade(FIRST, podAnnotations={"example.com/rollout": "2"})
    assert "Formerly" not in _crd_words(releases)
    assert before.isdisjoint(pod["metadata"]["name"] for pod in releases.pods())
    releases.until(lambda: releases.leader() not in {"", *before}, "a new pod leads")
    _let_it_look(releases)
    assert releases.writes() == []
    releases.kubectl.wait("ie", "sentiment", "condition=Ready", TEAM)


def test_a_leader_that_is_killed_is_followed_by_another(releases: Releases) -> None:
    leader = releases.leader()
    assert leader
    releases.forget()
    releases.kubectl.run("delete", "pod", leader, f"--namespace={NAMESPACE}", "--grace-period=0", "--force")
    # The standby, or the pod that takes the place of the killed one, should that ask first.
    releases.until(lambda: releases.leader() not in ("", leader), "another leads")
    _scale(releases, 2)
    releases.until(lambda: releases.writes() == ["PUT /v2/endpoint/my-org/sentiment"], "an edit is sent, once")
    releases.rolled_out()


def test_uninstalling_is_refused_while_endpoints_are_left(releases: Releases) -> None:
    refused = releases.uninstall(FIRST, check=False)
    assert refused.returncode != 0
    said = releases.kubectl.run("logs", "job/inference-operator-uninstall", f"--namespace={NAMESPACE}").stdout
    assert f"{TEAM}/on-the-default, {TEAM}/sentiment" in said
    assert "uninstall.force=true" in said
    assert len(releases.pods()) == 2
    # The remedy, as it is told.
    (rollback,) = (line.split() for line in said.splitlines() if line.startswith("  helm rollback"))
    releases.helm.run(*rollback[1:])
    releases.test(FIRST)


def test_with_force_it_is_uninstalled_and_nothing_is_deleted(releases: Releases) -> None:
    releases.upgrade(FIRST, uninstall={"force": True}, podAnnotations={"example.com/rollout": "2"})
    _let_it_look(releases)
    releases.forget()
    releases.uninstall(FIRST)
    releases.until(lambda: not releases.pods(), "the pods are gone")
    assert releases.writes() == []
    assert len(releases.simulator.huggingface.endpoints("my-org")) == 2
    assert "sentiment" in releases.kubectl.run("get", "ie", "-o", "name", f"--namespace={TEAM}").stdout


def test_another_release_takes_up_the_same_endpoints(releases: Releases) -> None:
    releases.forget()
    releases.install(SECOND)
    releases.until(releases.leader, "one of its pods leads")
    _let_it_look(releases)
    assert releases.writes() == []
    _scale(releases, 3)
    releases.until(lambda: releases.writes() == ["PUT /v2/endpoint/my-org/sentiment"], "an edit is sent, once")
    releases.kubectl.wait("ie", "sentiment", "condition=Ready", TEAM, seconds=120)
    releases.test(SECOND)


def test_once_the_endpoints_are_deleted_it_is_uninstalled_and_the_crds_stay(releases: Releases) -> None:
    releases.kubectl.run("delete", "ie", "--all", f"--namespace={TEAM}", "--timeout=120s", timeout=150)
    assert releases.simulator.huggingface.endpoints("my-org") == {}
    releases.uninstall(SECOND)
    releases.until(lambda: not releases.pods(), "the pods are gone")
    assert "inferenceendpoints.inference-operator.dev" in releases.kubectl.run("get", "crd", "-o", "name").stdout


def _crd_words(releases: Releases) -> str:
    crd = releases.kubectl.get("crd", "inferenceendpoints.inference-operator.dev")
    return json.dumps(crd["spec"]["versions"])


def _scale(releases: Releases, most: int) -> None:
    block = {"compute": {"scaling": {"maxReplica": most}}}
    patch = json.dumps({"spec": {"huggingFace": block}})
    releases.kubectl.run("patch", "ie", "sentiment", f"--namespace={TEAM}", "--type=merge", f"--patch={patch}")


def _let_it_look(releases: Releases) -> None:
    """Let whoever leads read the provider a few times: it has looked at every endpoint by then."""
    seen = releases.reads()
    releases.until(lambda: releases.reads() >= seen + 4, "the provider is read")
