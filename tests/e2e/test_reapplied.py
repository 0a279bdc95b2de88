"""A manifest that a GitOps tool applies again and again, through a whole life: no conflict, no difference, no write."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import pytest
from tests.api.manifests import changed
from tests.support.cluster import Cluster
from tests.support.kube_api import KubeApi, Object
from tests.support.team import Team, ready, says, settled

from inference_operator.api.names import FIELD_MANAGER, RECONCILE_REQUESTED_AT

ARGO_CD, FLUX = "argocd-controller", "kustomize-controller"
ACTION = {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}}
_PAUSE = 0.2
_ENOUGH = 8


class Tool:
    """Applies what is in Git every moment, in a thread. `troubles`: refusals, and what came out differently."""

    def __init__(self, team: Team, cluster: Cluster, manager: str, manifest: Object, *, force: bool = False) -> None:
        self.applied = 0
        self.troubles: list[str] = []
        self._api = KubeApi(cluster.kubeconfig)
        self._path = f"{team.path()}/{manifest['metadata']['name']}"
        self._manager, self._force = manager, force
        self._in_git: Object | None = manifest
        self._lock, self._over = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._api.close()

    def commit(self, manifest: Object) -> Object:
        """Another version of the manifest is in Git."""
        with self._lock:
            self._in_git = manifest
        return manifest

    def prune(self) -> None:
        """The manifest is in Git no more."""
        with self._lock:
            self._in_git = None
            self._api.delete(self._path)

    def _run(self) -> None:
        while not self._over.wait(_PAUSE):
            with self._lock:
                if self._in_git is not None:
                    self._apply(self._in_git)

    def _apply(self, wanted: Object) -> None:
        try:
            found = self._api.apply(self._path, wanted, manager=self._manager, force=self._force)
        except AssertionError as refused:
            self.troubles.append(str(refused))
        else:
            self.applied += 1
            if any(found["spec"].get(key) != value for key, value in wanted["spec"].items()):
                self.troubles.append(f"{found['spec']} instead of {wanted['spec']}")


@contextmanager
def nothing_moves(team: Team, tool: Tool, name: str) -> Iterator[Object]:
    """At rest, one apply after another leaves the very version that there was."""
    team.await_polls()
    before, applied = team.get(name), tool.applied
    yield before
    team.until(lambda: tool.applied >= applied + _ENOUGH, "it is applied again and again")
    assert team.get(name) == before


@pytest.mark.parametrize("manager", [ARGO_CD, FLUX])
def test_from_create_to_delete_there_is_no_conflict_no_difference_and_no_write_at_rest(
    team: Team, installed: Cluster, manager: str
) -> None:
    git = team.manifest("chat", state="running", writeConnectionTo={"configMapName": "chat"})
    git["metadata"]["labels"] = {"app": "chat"}
    with Tool(team, installed, manager, git) as tool:
        team.until(lambda: team.find("chat"), "it is applied")
        team.wait("chat", ready)
        with nothing_moves(team, tool, "chat") as running:
            assert running["spec"] == git["spec"]
            assert {one["manager"] for one in running["metadata"]["managedFields"]} == {manager, FIELD_MANAGER}

        git = tool.commit(changed(git, {"spec": {"huggingFace": {"model": {"env": {"A": "1"}}}}}))
        team.until(lambda: team.remote("chat")["model"].get("env") == {"A": "1"}, "the edit arrives")
        team.wait("chat", ready)
        for state, reason in (("paused", "Paused"), ("running", "Running")):
            git = tool.commit(changed(git, {"spec": {"state": state}}))
            team.wait("chat", lambda obj, wanted=state: obj["spec"]["state"] == wanted)
            team.wait("chat", says("Ready", "True", reason))
            with nothing_moves(team, tool, "chat"):
                pass

        tool.prune()
        team.wait_gone("chat")
    assert tool.troubles == []
    assert team.remotes() == {}
    assert [one.operation for one in team.writes()] == ["create", "update", "pause", "resume", "delete"]


def test_what_is_deleted_by_hand_and_still_in_git_is_made_anew(team: Team, installed: Cluster) -> None:
    with Tool(team, installed, FLUX, team.manifest("chat")) as tool:
        team.until(lambda: team.find("chat"), "it is applied")
        first = team.wait("chat", ready)
        team.delete("chat")

        def is_another() -> bool:
            found = team.find("chat")
            return found is not None and found["metadata"]["uid"] != first["metadata"]["uid"]

        team.until(is_another, "another object of the name")
        team.wait("chat", ready)
        tool.prune()
        team.wait_gone("chat")
    assert tool.troubles == []
    assert [one.operation for one in team.writes()] == ["create", "delete", "create", "delete"]


def test_an_action_lasts_where_git_leaves_the_field_out_and_is_undone_where_git_declares_it(
    team: Team, installed: Cluster
) -> None:
    git = team.manifest("chat")
    with Tool(team, installed, ARGO_CD, git, force=True) as tool:
        team.until(lambda: team.find("chat"), "it is applied")
        team.wait("chat", ready)
        team.patch("chat", ACTION)
        team.wait("chat", lambda obj: obj["status"].get("lastHandledReconcileAt") == "now")
        team.patch("chat", {"spec": {"state": "paused"}})
        team.wait("chat", says("Ready", "True", "Paused"))
        with nothing_moves(team, tool, "chat") as left:
            assert left["spec"]["state"] == "paused"
            assert left["metadata"]["annotations"] == ACTION["metadata"]["annotations"]

        tool.commit(changed(git, {"spec": {"state": "running"}}))
        team.wait("chat", says("Ready", "True", "Running"))
        team.wait("chat", settled)
        tool.prune()
        team.wait_gone("chat")
    assert tool.troubles == []
    assert team.actions() == ["pause", "resume"]
