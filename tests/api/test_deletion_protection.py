"""deploy/policies on the real API server: neither what is protected nor its namespace is deleted; nothing is lost."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from inference_operator.localcluster import LocalCluster
from tests.api.manifests import endpoint
from tests.support.cluster import Cluster, Kubectl

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "deploy" / "policies"
_IN_FORCE_WITHIN = 60.0
"""Seconds: about one, but up to 30 where the CRDs come after the policies: so long the API server remembers kinds."""
_OFF = '{"spec":{"deletionProtection":false}}'
_KINDS = ("InferenceEndpoint", "Secret", "Namespace")


class Room:
    """A namespace with a Secret and endpoints in it."""

    def __init__(self, kubectl: Kubectl, namespace: str) -> None:
        self._kubectl, self.namespace = kubectl, namespace
        kubectl.run("create", "secret", "generic", "hf", "--from-literal=token=value", f"--namespace={namespace}")

    def put(self, name: str, *, protected: bool | None) -> None:
        """Apply an endpoint."""
        spec = {} if protected is None else {"deletionProtection": protected}
        manifest = endpoint({"metadata": {"name": name, "namespace": self.namespace}, "spec": spec})
        self._kubectl.apply(manifest)

    def delete(self, *what: str) -> tuple[bool, str]:
        """Whether a delete went through, and what was said."""
        done = self._kubectl.run("delete", *what, "--wait=false", f"--namespace={self.namespace}", check=False)
        return done.returncode == 0, done.stderr

    def delete_namespace(self, *, dry_run: bool = False) -> tuple[bool, str]:
        """Whether the namespace could be deleted, and what was said."""
        how = "--dry-run=server" if dry_run else "--wait=false"
        done = self._kubectl.run("delete", "namespace", self.namespace, how, check=False)
        return done.returncode == 0, done.stderr

    def until_refused(self, name: str) -> None:
        """Return once the policies know of a protected endpoint."""
        _until(lambda: not self.delete("ie", name, "--dry-run=server")[0])
        _until(lambda: not self.delete_namespace(dry_run=True)[0])

    def held(self) -> dict[str, Any]:
        """What lives in the namespace: by kind, the names of what is not being deleted."""
        found = self._kubectl.run("get", "ie,secret,ns", "--output=json", f"--namespace={self.namespace}")
        items = [one for one in json.loads(found.stdout)["items"] if "deletionTimestamp" not in one["metadata"]]
        names = {kind: [one["metadata"]["name"] for one in items if one["kind"] == kind] for kind in _KINDS}
        return {**names, "Namespace": self.namespace in names["Namespace"]}

    def unprotect(self) -> None:
        """Switch every protection off."""
        for name in self.held()["InferenceEndpoint"]:
            self._kubectl.run("patch", "ie", name, "--type=merge", f"--patch={_OFF}", f"--namespace={self.namespace}")


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _IN_FORCE_WITHIN
    while not holds():
        assert time.monotonic() < deadline, "the policies are not in force"
        time.sleep(0.1)


@pytest.fixture
def room(installed: Cluster, kubectl: Kubectl, namespace: str) -> Iterator[Room]:
    """A room; afterwards nothing in it is protected, so that it can be cleared away."""
    room = Room(kubectl, namespace)
    yield room
    if room.held()["InferenceEndpoint"]:
        room.unprotect()
        _until(lambda: room.delete_namespace(dry_run=True)[0])


def test_a_protected_endpoint_is_not_deleted_until_protection_is_off(room: Room) -> None:
    room.put("sentiment", protected=True)
    room.until_refused("sentiment")
    for what in (("ie", "sentiment"), ("ie", "--all")):
        deleted, said = room.delete(*what)
        assert not deleted
        assert "spec.deletionProtection is true. To delete it, set spec.deletionProtection to false first" in said
        assert f"kubectl patch ie sentiment -n {room.namespace}" in said
    assert room.held()["InferenceEndpoint"] == ["sentiment"]
    room.unprotect()
    assert room.delete("ie", "sentiment")[0]
    assert room.held()["InferenceEndpoint"] == []


def test_the_command_of_the_message_switches_it_off(room: Room, kubectl: Kubectl) -> None:
    room.put("sentiment", protected=True)
    room.until_refused("sentiment")
    for said in (room.delete("ie", "sentiment")[1], room.delete_namespace()[1]):
        command = said[said.index("kubectl patch") :].split()[1:]
        assert command[-1].strip("'") == _OFF
        kubectl.run(*(word.strip("'") for word in command), "--dry-run=server")


@pytest.mark.parametrize("protected", [None, False])
def test_one_that_is_not_protected_is_deleted(room: Room, protected: bool | None) -> None:
    room.put("guarded", protected=True)
    room.put("open", protected=protected)
    room.until_refused("guarded")
    assert room.delete("ie", "open")[0]
    assert room.held()["InferenceEndpoint"] == ["guarded"]


def test_a_namespace_that_holds_a_protected_one_is_refused_up_front_and_loses_nothing(room: Room) -> None:
    room.put("open", protected=None)
    room.put("guarded", protected=True)
    room.until_refused("guarded")
    before = room.held()
    deleted, said = room.delete_namespace()
    assert not deleted
    assert "it holds InferenceEndpoint guarded, whose spec.deletionProtection is true" in said
    assert room.held() == before
    assert before == {"InferenceEndpoint": ["guarded", "open"], "Secret": ["hf"], "Namespace": True}


def test_only_the_endpoints_of_the_namespace_itself_count(room: Room, kubectl: Kubectl) -> None:
    room.put("guarded", protected=True)
    room.until_refused("guarded")
    for other, has_endpoint in ((f"{room.namespace}-open", True), (f"{room.namespace}-empty", False)):
        kubectl.run("create", "namespace", other)
        neighbour = Room(kubectl, other)
        if has_endpoint:
            neighbour.put("guarded", protected=False)
        assert neighbour.delete_namespace() == (True, "")


def test_with_protection_off_the_namespace_is_deleted(room: Room) -> None:
    room.put("guarded", protected=True)
    room.until_refused("guarded")
    room.unprotect()
    _until(lambda: room.delete_namespace(dry_run=True)[0])
    assert room.delete_namespace()[0]
    assert room.held()["Namespace"] is False


@pytest.mark.proof
def test_policies_may_come_before_the_crds_and_stay_after_them() -> None:
    crds = f"--filename={ROOT / 'crds'}"
    with LocalCluster.start() as cluster:
        kubectl = Kubectl(cluster.kubeconfig)
        kubectl.run("apply", f"--filename={POLICIES}")
        for name in ("early", "room", "late"):
            kubectl.run("create", "namespace", name)
        kubectl.run("delete", "namespace", "early")
        kubectl.install(ROOT / "crds")
        room = Room(kubectl, "room")
        room.put("guarded", protected=True)
        room.until_refused("guarded")
        assert room.delete_namespace()[0] is False
        kubectl.run("delete", crds)
        _until(lambda: room.delete_namespace(dry_run=True)[0])
        kubectl.run("delete", "namespace", "late")


def test_each_policy_is_bound_and_says_why_it_fails_as_it_does() -> None:
    fail = {}
    for path in sorted(POLICIES.glob("*.yaml")):
        policy, binding = yaml.safe_load_all(path.read_text())
        assert (policy["kind"], binding["kind"]) == ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
        assert binding["spec"]["policyName"] == policy["metadata"]["name"]
        fail[path.stem] = policy["spec"]["failurePolicy"]
    assert fail == {"endpoint-deletion": "Fail", "namespace-deletion": "Ignore"}
