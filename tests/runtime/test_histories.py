"""Invariants I1, I2 and I3 over random histories: edits, hands at the console, faults around the commit, restarts.

The parts are the real ones, the API server and the vendor are simulated, and time passes only when a rule says so.
"""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.api.manifests import hugging_face, model, scaling
from tests.runtime.world import ORGANIZATION, World

from inference_operator.simulator import Fault

NAMES = ("one", "two")
FOREIGN = "theirs"
EDITS = st.one_of(
    st.integers(1, 4).map(lambda most: scaling(maxReplica=most)),
    st.sampled_from(["public", "private"]).map(lambda kind: hugging_face(type=kind)),
    st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(["1", "2"]), max_size=2).map(
        lambda env: model(env=env)
    ),
    st.sampled_from(["main", "v2"]).map(lambda revision: model(revision=revision)),
    st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True).map(lambda tags: hugging_face(tags=tags)),
    st.sampled_from(["running", "paused", "scaledToZero"]).map(lambda state: {"spec": {"state": state}}),
)
OPERATIONS = st.sampled_from(["create", "update", "delete", "pause", "resume", "get", "list", "*"])
FAULTS = st.builds(
    Fault,
    operation=OPERATIONS,
    action=st.sampled_from(["drop", "error", "drop"]),
    when=st.sampled_from(["before", "after"]),
    status=st.sampled_from([400, 401, 403, 409, 422, 429, 500, 503]),
    skip=st.integers(0, 2),
    times=st.integers(1, 3),
)


class Histories(RuleBasedStateMachine):
    """What may happen to two resources and one endpoint of somebody else."""

    @initialize(
        lag=st.sampled_from([0.0, 30.0]),
        linger=st.sampled_from([0.0, 5.0]),
        settled=st.sampled_from([True, True, False]),
    )
    def begin(self, lag, linger, settled):
        self.runner = asyncio.Runner()
        self.world = World(list_lag=lag, delete_linger=linger)
        self.keys = {}
        self.made_by_hand = set()
        self.runner.run(self.world.make_by_hand(FOREIGN))
        self.keep_in_mind(FOREIGN)
        if settled:
            self.keys = {name: self.world.apply(name=name) for name in NAMES}
            self.runner.run(self.world.settle(*self.keys.values()))

    def teardown(self):
        if hasattr(self, "runner"):
            try:
                self.converge()
            finally:
                self.runner.close()

    def keep_in_mind(self, name):
        """An endpoint that is not ours, as it stands."""
        document = self.world.remote(name)
        self.made_by_hand.add((name, document["status"]["createdAt"], document["version"]))

    # A person at the cluster.

    @rule(name=st.sampled_from(NAMES), change=EDITS)
    def apply(self, name, change):
        key = self.keys.get(name)
        if key is None or self.world.object(key) is None:
            self.keys[name] = self.world.apply(change, name=name)
        elif "deletionTimestamp" not in self.world.object(key)["metadata"]:
            self.world.patch(key, change)

    @precondition(lambda self: self.keys)
    @rule(name=st.sampled_from(NAMES))
    def delete(self, name):
        key = self.keys.get(name)
        if key is not None and self.world.object(key) is not None:
            self.world.delete(key)

    # A person at the console.

    @rule(name=st.sampled_from(NAMES), most=st.integers(1, 4))
    def edit_by_hand(self, name, most):
        if self.world.remote(name) is not None and not self.is_by_hand(name):
            change = {"compute": {"scaling": {"maxReplica": most}}}
            # A marker that is taken off before we ever saw its endpoint leaves nothing that tells whose it is.
            self.world.huggingface.edit(ORGANIZATION, name, change | ({"tags": []} if self.is_known(name) else {}))

    def is_known(self, name):
        """Whether the incarnation at the provider is on record."""
        key, document = self.keys.get(name), self.world.remote(name)
        if key is None or self.world.object(key) is None:
            return False
        return self.world.status(key).get("remoteRef", {}).get("createdAt") == document["status"]["createdAt"]

    @rule(name=st.sampled_from(NAMES), again=st.booleans())
    def remove_by_hand(self, name, again):
        if self.world.remote(name) is None or self.is_by_hand(name):
            return
        self.world.remove_by_hand(name)
        if again:
            self.world.huggingface.faults.clear()
            self.runner.run(self.world.make_by_hand(name))
            self.keep_in_mind(name)

    @rule(name=st.sampled_from(NAMES))
    def make_by_hand(self, name):
        if self.world.remote(name) is None:
            self.world.huggingface.faults.clear()
            self.runner.run(self.world.make_by_hand(name))
            self.keep_in_mind(name)

    def is_by_hand(self, name):
        document = self.world.remote(name)
        return document is not None and any(
            (name, document["status"]["createdAt"]) == one[:2] for one in self.made_by_hand
        )

    # The world.

    @rule(fault=FAULTS)
    def break_something(self, fault):
        self.world.huggingface.faults.add(fault)

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 40.0, 700.0]))
    def let_time_pass(self, seconds):
        self.world.clock.advance(seconds)

    # The operator.

    @rule()
    def read_the_account(self):
        self.runner.run(self.world.tick())

    @precondition(lambda self: self.keys)
    @rule(name=st.sampled_from(NAMES))
    def look(self, name):
        if name in self.keys:
            self.runner.run(self.world.look(self.keys[name]))

    @rule()
    def beat(self):
        self.runner.run(self.world.settle(*self.keys.values(), rounds=1))

    @rule()
    def restart(self):
        self.world.restart()

    # What always holds.

    @invariant()
    def one_remote_endpoint_for_each_resource(self):
        """I1: no second name, and no second claim on one."""
        if not hasattr(self, "world"):
            return
        remote = self.world.huggingface.endpoints(ORGANIZATION)
        assert set(remote) <= {*NAMES, FOREIGN}
        for name in NAMES:
            claims = [tag for tag in (remote.get(name) or {"tags": []})["tags"] if tag.startswith("iop1-")]
            assert len(claims) <= 1

    @invariant()
    def what_is_not_ours_is_untouched(self):
        """I2, by version: any PUT would move it."""
        if not hasattr(self, "world"):
            return
        for name, created_at, version in self.made_by_hand:
            document = self.world.remote(name)
            assert document is not None, "it was deleted"
            assert (document["status"]["createdAt"], document["version"]) == (created_at, version)

    def converge(self):
        """I3: once the faults stop, every resource comes to what its spec says, or says for good why not."""
        self.world.huggingface.faults.clear()
        self.runner.run(self.world.settle(*self.keys.values(), rounds=10, seconds=700))
        before = {name: self.world.remote(name) for name in NAMES}
        self.world.forget_requests()
        self.runner.run(self.world.settle(*self.keys.values(), rounds=3, seconds=100))
        assert self.world.requests() == [], "at rest nothing is written"
        assert self.world.endpoint_writes() == []
        for name, key in self.keys.items():
            self.converged(name, key, before[name])
        self.what_is_not_ours_is_untouched()

    def converged(self, name, key, remote):
        obj = self.world.object(key)
        if obj is None:
            assert remote is None or self.is_by_hand(name), "the object is gone and its endpoint is not"
            return
        assert "deletionTimestamp" not in obj["metadata"], "I7"
        if self.is_by_hand(name):
            assert self.world.ready(key) == ("False", "AlreadyExists")
            return
        spec, status = obj["spec"], obj["status"]
        wanted = {"paused": {"Paused"}, "scaledToZero": {"ScaledToZero", "Running"}}
        ready, reason = self.world.ready(key)
        assert (ready, reason in wanted.get(spec.get("state"), {"Running", "ScaledToZero", "Paused"})) == ("True", True)
        assert self.world.condition(key, "Synced")["status"] == "True"
        assert "pendingOperation" not in status
        block = spec["huggingFace"]
        assert remote["compute"]["scaling"]["maxReplica"] == block["compute"]["scaling"]["maxReplica"]
        assert remote["type"] == block["type"]
        if "env" in block["model"]:
            assert remote["model"]["env"] == block["model"]["env"]


# What is found is not made smaller in the sample: that takes minutes. The full count does.
COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck)}
TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=12, stateful_step_count=20, phases=(Phase.explicit, Phase.reuse, Phase.generate), **COMMON
)


@pytest.mark.proof
@pytest.mark.timeout(1200)
class TestHistoriesAtFullCount(Histories.TestCase):
    settings = settings(max_examples=150, stateful_step_count=40, **COMMON)
