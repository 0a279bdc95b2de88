"""Each state of an account with each state of an endpoint: docs/reference/account-states.md has the table.

Each cell of it is a test. The parts of the operator are real, the API server is in memory and the provider in process.
"""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.api.manifests import account, changed, cluster_account
from tests.runtime.kube_api import copied
from tests.runtime.world import ACCOUNT, NAMESPACE, OPERATOR_NAMESPACE, World

from inference_operator.api.names import CLUSTER_ACCOUNT_KIND
from inference_operator.kube import paths
from inference_operator.runtime.index import Key
from inference_operator.simulator import Fault

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "account-states.md"
_OF_THE_ACCOUNT = {"list", "providers", "providersOf", "quotas"}
"""Operations that are the account's own reads, whoever uses it."""

_ROUNDS = 6
"""How often account and endpoint are looked at, 20 s apart: longer than the three intervals after which it is stale."""

_SHARED = Key(CLUSTER_ACCOUNT_KIND, "", "shared")
_HF = paths.account(ACCOUNT.kind, NAMESPACE, ACCOUNT.name)
_TOKEN = "hf_test_token"


class Bench(World):
    """A world with a cluster account beside the namespace's own. `shared`: the endpoint uses the former."""

    def __init__(self, *, shared: bool) -> None:
        super().__init__(few_offers=True, pending_seconds=30, initializing_seconds=300, idle_minute_seconds=1e6)
        data = self.kube.objects[paths.secret(NAMESPACE, "hf")]["data"]
        self.kube.put(paths.secret(OPERATOR_NAMESPACE, "hf"), {"metadata": {"name": "hf"}, "data": data})
        self.kube.put(paths.namespace(NAMESPACE), {"metadata": {"name": NAMESPACE}})
        self.share_with(NAMESPACE)
        self._spec = {"accountRef": {"kind": _SHARED.kind, "name": _SHARED.name}} if shared else {}

    def declare(self, **spec: Any) -> Key:
        """Apply the endpoint."""
        return self.apply({"spec": {**self._spec, **spec}})

    def share_with(self, namespace: str) -> None:
        """Have the cluster account allow this namespace and no other."""
        manifest = cluster_account({"metadata": {"name": _SHARED.name}})
        path = paths.account(_SHARED.kind, None, _SHARED.name)
        self.kube.put(path, changed(manifest, {"spec": {"allowedNamespaces": {"names": [namespace]}}}))

    def watch(self) -> None:
        super().watch()
        self.accounts.changed(copied(self.kube.objects[paths.account(_SHARED.kind, None, _SHARED.name)]))

    def calls(self) -> list[str]:
        """The operations that were for an endpoint, each once, in their order."""
        made = [one.operation for one in self.huggingface.journal if one.operation not in _OF_THE_ACCOUNT]
        return list(dict.fromkeys(made))


# States of the account.


async def _ready(_: Bench) -> None:
    """Nothing is wrong."""


async def _without_secret(bench: Bench) -> None:
    bench.kube.vanish(paths.secret(NAMESPACE, "hf"))


async def _without_secret_and_memory(bench: Bench) -> None:
    bench.kube.vanish(paths.secret(NAMESPACE, "hf"))
    bench.restart()


async def _revoked(bench: Bench) -> None:
    bench.huggingface.tokens.revoke(_TOKEN)


def _answers(status: int, **headers: str) -> Callable[[Bench], Awaitable[None]]:
    async def ruin(bench: Bench) -> None:
        bench.huggingface.faults.add(Fault(status=status, headers=headers))

    return ruin


async def _being_deleted(bench: Bench) -> None:
    # Somebody else's finalizer holds it too: without, an account that nobody uses yet would be gone.
    metadata = bench.kube.objects[_HF]["metadata"]
    metadata["finalizers"] = [*metadata.get("finalizers", ()), "example.com/theirs"]
    bench.kube.remove(_HF)


async def _gone(bench: Bench) -> None:
    bench.kube.vanish(_HF)
    await bench.accounts.gone(ACCOUNT)


async def _gone_and_forgotten(bench: Bench) -> None:
    bench.restart()
    await _gone(bench)


async def _moved(bench: Bench) -> None:
    manifest = account({"metadata": {"name": ACCOUNT.name, "namespace": NAMESPACE}})
    bench.kube.put(_HF, changed(manifest, {"spec": {"huggingFace": {"namespace": "other-org"}}}))


async def _not_allowed(bench: Bench) -> None:
    bench.share_with("team-b")


NOT_ALLOWED = "not allowed here"
ACCOUNT_STATES = {
    "ready": _ready,
    "Secret missing": _without_secret,
    "Secret missing, operator restarted": _without_secret_and_memory,
    "token refused (401)": _revoked,
    "without the right (403)": _answers(403),
    "rate limited (429)": _answers(429, **{"Retry-After": "30"}),
    "provider unavailable (500)": _answers(500),
    "being deleted": _being_deleted,
    "gone": _gone,
    "gone, operator restarted": _gone_and_forgotten,
    "leads elsewhere": _moved,
    NOT_ALLOWED: _not_allowed,
}


# States of the endpoint: what is before the account is in its state, and what is done then.


async def _none(_: Bench) -> None:
    """There is nothing yet."""


async def _starting(bench: Bench) -> None:
    key = bench.declare()
    await bench.tick()
    await bench.look(key)
    assert bench.ready(key) == ("False", "Provisioning")


async def _running(bench: Bench) -> None:
    await bench.settle(bench.declare(), seconds=60)


async def _paused(bench: Bench) -> None:
    await bench.settle(bench.declare(state="paused"), seconds=60)


async def _observed(bench: Bench) -> None:
    await bench.make_by_hand("sentiment")
    await bench.settle(bench.declare(mode="Observe"), seconds=60)


async def _is_applied(bench: Bench) -> None:
    bench.declare()


async def _is_left_alone(_: Bench) -> None:
    """Nothing is done."""


async def _is_edited(bench: Bench) -> None:
    bench.patch(_key(), {"spec": {"huggingFace": {"compute": {"scaling": {"maxReplica": 3}}}}})


async def _is_resumed(bench: Bench) -> None:
    bench.patch(_key(), {"spec": {"state": "running"}})


async def _is_deleted(bench: Bench) -> None:
    bench.delete(_key())


ENDPOINT_STATES = {
    "new": (_none, _is_applied),
    "starting": (_starting, _is_left_alone),
    "running": (_running, _is_left_alone),
    "edited": (_running, _is_edited),
    "resumed": (_paused, _is_resumed),
    "deleted": (_running, _is_deleted),
    "observed": (_observed, _is_left_alone),
}


def _key() -> Key:
    return Key("InferenceEndpoint", NAMESPACE, "sentiment")


async def seen(account_state: str, endpoint_state: str) -> str:
    """What comes of it, as a cell of the table."""
    bench = Bench(shared=account_state == NOT_ALLOWED)
    before, then = ENDPOINT_STATES[endpoint_state]
    await before(bench)
    await ACCOUNT_STATES[account_state](bench)
    await then(bench)
    bench.forget_requests()
    await bench.settle(_key(), rounds=_ROUNDS)
    calls = ", ".join(bench.calls()) or "no call"
    if bench.object(_key()) is None:
        return f"gone; {calls}"
    status, reason = bench.ready(_key())
    return f"`{reason}` {status}; {calls}"


def _table() -> dict[tuple[str, str], str]:
    """The cells of the page, by state of the account and of the endpoint."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    columns, rows = lines[0], lines[1:]
    return {(row[0], column): cell for row in rows for column, cell in zip(columns[1:], row[1:], strict=True)}


def test_the_table_has_every_state_of_both() -> None:
    assert _table().keys() == {(one, other) for one in ACCOUNT_STATES for other in ENDPOINT_STATES}


@pytest.mark.parametrize("endpoint_state", ENDPOINT_STATES)
@pytest.mark.parametrize("account_state", ACCOUNT_STATES)
async def test_it_comes_to_what_the_table_says(account_state: str, endpoint_state: str) -> None:
    assert await seen(account_state, endpoint_state) == _table()[account_state, endpoint_state]


def test_what_the_page_says_in_general_is_so_in_each_cell() -> None:
    cells = _table()
    writes = re.compile(r"create|update|pause|resume|delete|scaleToZero")
    unusable = ACCOUNT_STATES.keys() - {"ready", "being deleted", "leads elsewhere"}
    changed_something = [one for one, cell in cells.items() if one[0] in unusable and writes.search(cell)]
    assert {state for _, state in changed_something} == {"deleted"}
