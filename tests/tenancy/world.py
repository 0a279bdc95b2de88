"""A cluster that two teams and a company share: what is whose, and whether it still is.

The tenant may edit endpoints and accounts in its own namespace. The victim has a namespace, an account and endpoints;
the company has a cluster account, and endpoints at the provider that no resource manages.
"""

import base64
import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from tests.api.manifests import changed, endpoint
from tests.support.cluster import Cluster, Kubectl
from tests.support.kube_api import KubeApi, Object
from tests.support.operator import OperatorProcess
from tests.support.team import WRITES, Team, condition, ready

from inference_operator.api import names
from inference_operator.simulator import Simulator

SYSTEM = "inference-operator-system"
COMPANY = "company"
"""The namespace at the provider that the cluster accounts lead to."""

TENANT_TOKEN = "hf_tenantTokenJ4mWq8sLd2"
VICTIM_TOKEN = "hf_victimTokenZq7W0vXk9Pq3"
COMPANY_TOKEN = "hf_companyTokenUv2kHd7Lf4z"
VICTIM_VALUE = "victimvalue-Ys5x20quoted-Tb8wRn6c"
"""What a Secret of the victim holds besides, and the victim's endpoint uses."""
THEIRS = {"victim": VICTIM_TOKEN, "company": COMPANY_TOKEN, "value": VICTIM_VALUE}

CLOSED, OPEN = "closed", "open"
"""Cluster accounts: the tenant may not use the one, and may use the other."""
ACCOUNT_NAMES = (CLOSED, OPEN, names.DEFAULT_ACCOUNT)

_GROUP = f"/apis/{names.API_VERSION}"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_RULES = [
    {"apiGroups": [names.GROUP], "resources": [names.ENDPOINT_PLURAL, names.ACCOUNT_PLURAL], "verbs": ["*"]},
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "create"]},
    {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["get", "list"]},
]
_STATUS_RULE = {"apiGroups": [names.GROUP], "resources": [f"{names.ENDPOINT_PLURAL}/status"], "verbs": ["patch"]}

AWAKE = {"compute": {"scaling": {"minReplica": 1}}}
"""Keeps an endpoint from going to sleep while the attacks last: nothing of the others may change meanwhile."""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Baseline:
    """How things were before an attack. `logged`: bytes that the log had."""

    remote: Mapping[str, Any]
    objects: Mapping[str, Any]
    logged: int


@dataclass
class World:
    """`admin` sees everything; `tenant` has the tenant's rights, `forger` those and endpoints' status besides."""

    admin: KubeApi
    victim: Team
    tenant: Team
    forger: Team
    simulator: Simulator
    operator: OperatorProcess
    kubectl: Kubectl
    neighbours: list[str] = field(default_factory=list)
    standing: Baseline | None = None
    passing: set[str] = field(default_factory=set)
    """Endpoints of the company that are there for one attack."""

    def fresh(self, stem: str = "attack") -> str:
        """A name that no other attack has."""
        return f"{stem}-{next(_numbers)}"

    def account(self, name: str, **block: Any) -> None:
        """An account of the tenant; `block` is merged over one that works, with the tenant's own token."""
        self.tenant.account(name, huggingFace={"tokenSecretRef": {"name": "own", "key": "token"}, **block})

    def account_condition(self, name: str) -> Object:
        """Ready of an account of the tenant, once there is one."""
        found: list[Object] = []

        def look() -> bool:
            obj = self.admin.get(f"{self.tenant.path('account')}/{name}")
            found[:] = [one for one in [condition(obj or {}, "Ready")] if one is not None]
            return bool(found)

        self.tenant.until(look, f"account {name} says something")
        return found[0]

    def in_company(self, name: str, **changes: Any) -> Object:
        """Make an endpoint of the company at the provider, by other means than the operator."""
        body = {"name": name, **endpoint({"spec": {"huggingFace": AWAKE}})["spec"]["huggingFace"]}
        body["model"] = {**body["model"], "framework": "pytorch", "image": {"huggingface": {}}}
        httpx.post(
            f"{self.simulator.url}/v2/endpoint/{COMPANY}",
            json=changed(body, changes),
            headers={"Authorization": f"Bearer {COMPANY_TOKEN}"},
        ).raise_for_status()
        self.victim.until(lambda: self.company()[name]["status"]["state"] == "running", f"{name} runs")
        return self.company()[name]

    def company(self) -> dict[str, Object]:
        """The company's endpoints at the provider."""
        return self.simulator.huggingface.endpoints(COMPANY)

    def foreign_writes(self) -> list[str]:
        """What was sent to change something that is not the tenant's."""
        return [
            f"{request.method} {request.path} {json.dumps(request.body)[:300]}"
            for request in self.simulator.huggingface.journal
            if request.operation in WRITES and request.namespace not in (self.tenant.namespace, *self.neighbours)
        ]

    def polls(self) -> list[float]:
        """When the company's endpoints were read, since the journal began."""
        journal = self.simulator.huggingface.journal
        return [one.time for one in journal if one.operation == "list" and one.namespace == COMPANY]

    def baseline(self) -> Baseline:
        """How things are before an attack; the journal begins anew.

        As long as all attacks are repelled, that is how they were before the first one.
        """
        self.simulator.huggingface.bench.journal.clear()
        known = self.standing or Baseline(self._remote(), self._objects(), 0)
        self.standing = None
        return replace(known, logged=self.operator.log_path.stat().st_size)

    def assert_nothing_sent(self, before: Baseline) -> None:
        """Nothing of the others was touched at the provider, and no token of theirs went astray."""
        assert self.foreign_writes() == []
        assert _changed(before.remote, self._remote()) == {}
        strayed = [
            f"{request.user}: {request.method} {request.path}"
            for request in self.simulator.huggingface.journal
            if request.namespace not in self._lawful(request.user)
        ]
        assert strayed == []

    def assert_nothing_told(self, before: Baseline) -> None:
        """No secret of the others is to be read, and the operator did not stumble."""
        logged = self._logged_since(before)
        assert "Traceback" not in logged, logged
        readable = {"log": logged, "metrics": self.operator.metrics(), "tenant": self.seen_by_tenant()}
        leaks = [(where, whose) for where, text in readable.items() for whose, one in THEIRS.items() if one in text]
        assert leaks == []

    def _logged_since(self, before: Baseline) -> str:
        # The whole of it grows with every attack, and need not be read for each.
        with self.operator.log_path.open("rb") as log:
            log.seek(before.logged)
            return log.read().decode()

    def assert_unharmed(self, before: Baseline) -> None:
        """What the others have in the cluster is as it was.

        A binding that was forged counts among the users of the account that it names, until the next beat without it.
        """
        self.victim.until(
            lambda: _changed(before.objects, self._objects()) == {},
            lambda: f"unharmed: {_changed(before.objects, self._objects())}",
        )

    def seen_by_tenant(self) -> str:
        """Everything that the tenant can read of what the operator writes."""
        kinds = ("endpoint", "account", "event", "configmap")
        return json.dumps([self.admin.items(self.tenant.path(kind)) for kind in kinds])

    def leave(self) -> bool:
        """Delete what the tenant made, and say whether there was anything; then what was there for the attack."""
        kept = {path: self._of_the_tenant(path) for path in map(self.tenant.path, ("endpoint", "account", "configmap"))}
        for path, found in kept.items():
            for name in found:
                self.admin.delete(f"{path}/{name}")
        self.tenant.until(lambda: not self.tenant.endpoints(), "the tenant's endpoints are gone")
        # Not before: whoever may use the account may make one of a name that is free, and would.
        for name in self.passing & self.company().keys():
            self.simulator.huggingface.control.delete(COMPANY, name)
        self.passing.clear()
        return any(kept.values())

    def _of_the_tenant(self, path: str) -> list[str]:
        found = [one["metadata"]["name"] for one in self.admin.items(path)]
        return [name for name in found if name != "kube-root-ca.crt"]

    def _lawful(self, user: str | None) -> tuple[str | None, ...]:
        """The namespaces at the provider that each token is for. None: the public catalogue."""
        if user == "neighbour":
            return tuple(self.neighbours)
        own = {"victim": self.victim.namespace, "company": COMPANY, "tenant": self.tenant.namespace}
        return (own.get(user or ""), None)

    def _remote(self) -> dict[str, Any]:
        company = {name: one for name, one in self.company().items() if name not in self.passing}
        return {self.victim.namespace: self.simulator.huggingface.endpoints(self.victim.namespace), COMPANY: company}

    def _objects(self) -> dict[str, Any]:
        """What the others have in the cluster: one write by anybody would show.

        But when things were so: a machine under load has the operator say for a moment that it can't vouch for them.
        """
        victim = [self.victim.path(kind) for kind in ("endpoint", "account", "configmap", "secret")]
        system = [f"/api/v1/namespaces/{place}/{kind}" for place in (SYSTEM, "kube-system") for kind in _KINDS]
        contents = {
            f"{path}/{one['metadata']['name']}": _timeless(one)
            for path in (*victim, *system)
            for one in self.admin.items(path)
        }
        return contents | self._cluster_accounts()

    def _cluster_accounts(self) -> dict[str, Any]:
        """Their status counts who uses them, which is news and no harm."""
        found = self.admin.items(f"{_GROUP}/{names.CLUSTER_ACCOUNT_PLURAL}")
        return {
            one["metadata"]["name"]: (one["spec"], one["metadata"].get("finalizers"), one["metadata"]["generation"])
            for one in found
        }


_KINDS = ("configmaps", "secrets")
# The quota in use is read every ten minutes, and by an operator that starts: then it may be news.
_TIMES = ("resourceVersion", "managedFields", "lastTransitionTime", "quota")


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if key not in _TIMES}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    keys = before.keys() | now.keys()
    return {key: (before.get(key), now.get(key)) for key in keys if before.get(key) != now.get(key)}


def build(
    *, admin: KubeApi, cluster: Cluster, kubectl: Kubectl, simulator: Simulator, operator: OperatorProcess
) -> World:
    """Make it all, and return once the victim's endpoints are ready."""
    tokens = simulator.huggingface.tokens
    tokens.accept_any = False
    victim = Team(api=admin, kubectl=kubectl, simulator=simulator, log=operator.tail)
    tenant = _tenant(admin, cluster, simulator, operator)
    forger = _person(admin, cluster, tenant, "forger", [*_RULES, _STATUS_RULE])
    tokens.add(VICTIM_TOKEN, user="victim", namespaces=[victim.namespace])
    tokens.add(COMPANY_TOKEN, user="company", namespaces=[COMPANY])
    tokens.add(TENANT_TOKEN, user="tenant", namespaces=[tenant.namespace])
    world = World(admin, victim, tenant, forger, simulator, operator, kubectl)
    _furnish_victim(world)
    _furnish_company(world)
    victim.wait("sentiment", ready)
    victim.until(lambda: _is_counted(world), "the accounts count their endpoints")
    return world


def _is_counted(world: World) -> bool:
    """Whether the accounts have said who uses them: from then on they have nothing to say."""
    paths = (world.victim.path("account") + "/victim-hf", f"{_GROUP}/{names.CLUSTER_ACCOUNT_PLURAL}/{OPEN}")
    statuses = [(world.admin.get(path) or {}).get("status") or {} for path in paths]
    return [(one.get("endpoints") or {}).get("byState") for one in statuses] == [{"running": 1}] * len(paths)


def _furnish_victim(world: World) -> None:
    victim = world.victim
    world.admin.create("/api/v1/namespaces", {"metadata": {"name": victim.namespace}})
    secret(world.admin, victim.namespace, "victim-hf", token=VICTIM_TOKEN)
    secret(world.admin, victim.namespace, "hub", token=VICTIM_VALUE)
    victim.account("victim-hf", huggingFace={"tokenSecretRef": {"name": "victim-hf", "key": "token"}})
    model = {"secrets": {"HUB": {"secretKeyRef": {"name": "hub", "key": "token"}}}, "revision": "main"}
    connection = {"configMapName": "sentiment"}
    victim.apply(
        victim.manifest(
            "sentiment",
            accountRef={"name": "victim-hf"},
            writeConnectionTo=connection,
            huggingFace={**AWAKE, "model": model},
        )
    )


def _furnish_company(world: World) -> None:
    secret(world.admin, SYSTEM, "company-hf", token=COMPANY_TOKEN)
    spaces = {CLOSED: [world.victim.namespace], OPEN: [world.victim.namespace, world.tenant.namespace]}
    for name in ACCOUNT_NAMES:
        cluster_account(world, name, spaces.get(name, [world.victim.namespace]))
    world.in_company("production")
    manifest = world.victim.manifest(
        "scorer",
        accountRef={"name": OPEN, "kind": names.CLUSTER_ACCOUNT_KIND},
        huggingFace={**AWAKE, "model": {"env": {"PLAN": "plain-and-private"}}},
    )
    world.victim.apply(manifest)
    world.victim.wait("scorer", ready)


def cluster_account(world: World, name: str, allowed: Iterable[str]) -> None:
    """A cluster account that lets tenants adopt nothing, and whose defaults say otherwise."""
    world.admin.apply(
        f"{_GROUP}/{names.CLUSTER_ACCOUNT_PLURAL}/{name}",
        {
            "apiVersion": names.API_VERSION,
            "kind": names.CLUSTER_ACCOUNT_KIND,
            "metadata": {"name": name},
            "spec": {
                "huggingFace": {
                    "namespace": COMPANY,
                    "baseURL": world.simulator.url,
                    "tokenSecretRef": {"name": "company-hf", "key": "token"},
                },
                "pollInterval": "1s",
                "maxRequestsPerSecond": 1000,
                "defaults": {"adoptionPolicy": "Always"},
                "allowedNamespaces": {"names": list(allowed), "selector": {"matchLabels": {"inference": "allowed"}}},
            },
        },
    )


def _tenant(admin: KubeApi, cluster: Cluster, simulator: Simulator, operator: OperatorProcess) -> Team:
    place = Team(api=admin, kubectl=Kubectl(cluster.kubeconfig), simulator=simulator, log=operator.tail)
    admin.create("/api/v1/namespaces", {"metadata": {"name": place.namespace}})
    tenant = _person(admin, cluster, place, "tenant", _RULES)
    secret(tenant.api, tenant.namespace, "own", token=TENANT_TOKEN)
    return tenant


def _person(admin: KubeApi, cluster: Cluster, place: Team, name: str, rules: list[Object]) -> Team:
    """Somebody with these rights in a namespace, as a ServiceAccount."""
    space = place.namespace
    admin.create(f"/api/v1/namespaces/{space}/serviceaccounts", {"metadata": {"name": name}})
    admin.create(f"{_RBAC}/namespaces/{space}/roles", {"metadata": {"name": name}, "rules": rules})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    subjects = [{"kind": "ServiceAccount", "name": name, "namespace": space}]
    admin.create(
        f"{_RBAC}/namespaces/{space}/rolebindings",
        {"metadata": {"name": name}, "roleRef": role, "subjects": subjects},
    )
    config = cluster.service_account_kubeconfig(space, name)
    person = Team(api=KubeApi(config), kubectl=Kubectl(config), simulator=_Simulated(place), log=place._log)
    person.namespace = space
    return person


class _Simulated:
    def __init__(self, place: Team) -> None:
        self.huggingface, self.url = place.sim, place.url


def secret(api: KubeApi, namespace: str, name: str, **values: str) -> None:
    """Make a Secret."""
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    api.create(f"/api/v1/namespaces/{namespace}/secrets", {"metadata": {"name": name}, "data": data})


def refusal(attempt: Callable[[], Any]) -> str:
    """What the API server says to something that it refuses; a test fails where it does not."""
    try:
        attempt()
    except AssertionError as error:
        return str(error)
    raise AssertionError("the API server let it pass")
