"""Markers of others, as another cluster, another resource or a dead predecessor would have put them on."""

from uuid import uuid4

from tests.support.team import Team

from inference_operator.core.ownership import Claim


def elsewhere() -> str:
    """The marker of a resource of another cluster."""
    return str(Claim.of(cluster_id="elsewhere", namespace="theirs", name="theirs", uid=str(uuid4())))


def here(team: Team, name: str, *, namespace: str | None = None) -> str:
    """The marker of a resource of this cluster, of a UID that no object has."""
    system = team.api.get("/api/v1/namespaces/kube-system")
    assert system is not None
    uid = system["metadata"]["uid"]
    return str(Claim.of(cluster_id=uid, namespace=namespace or team.namespace, name=name, uid=str(uuid4())))


def own(team: Team, name: str) -> str:
    """The marker of a resource that exists."""
    system = team.api.get("/api/v1/namespaces/kube-system")
    assert system is not None
    uid = team.get(name)["metadata"]["uid"]
    return str(Claim.of(cluster_id=system["metadata"]["uid"], namespace=team.namespace, name=name, uid=uid))
