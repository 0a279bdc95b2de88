"""Histories that hypothesis makes up, one rule after another: people, console, faults, kills and time, interleaved.

The parts are the real ones, the API server and the vendor are simulated, and time passes only when a rule says so. Each
history ends with the faults, and three passes later all is as declared (I3).
"""

import asyncio

from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.api.manifests import hugging_face, model, scaling
from tests.runtime.histories import THEIRS, Step, Tale
from tests.runtime.kill_points import Mishap
from tests.runtime.scenarios import SECRET, policy, power

from inference_operator.simulator import Fault

NAMES = st.sampled_from(["one", "two"])
COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}
"""Settings of every run."""

EDITS = st.one_of(
    st.integers(1, 4).map(lambda most: scaling(maxReplica=most)),
    st.sampled_from(["public", "private"]).map(lambda kind: hugging_face(type=kind)),
    st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(["1", "2"]), max_size=2).map(
        lambda env: model(env=env)
    ),
    st.sampled_from(["main", "v2"]).map(lambda revision: model(revision=revision)),
    st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True).map(lambda tags: hugging_face(tags=tags)),
    st.sampled_from(["running", "paused", "scaledToZero"]).map(power),
    st.just(SECRET),
)
POLICIES = st.fixed_dictionaries(
    {
        "adoptionPolicy": st.sampled_from(["Never", "Never", "IfUnowned", "Always"]),
        "deletionPolicy": st.sampled_from(["Delete", "Delete", "Orphan", "Pause", "ScaleToZero"]),
    }
).map(lambda chosen: policy(**chosen))
OPERATIONS = st.sampled_from(["create", "update", "delete", "pause", "resume", "get", "list", "*"])
REFUSALS = st.builds(
    Fault,
    operation=OPERATIONS,
    status=st.sampled_from([400, 401, 403, 409, 422, 429, 500, 503]),
    skip=st.integers(0, 2),
    times=st.integers(1, 3),
)
LOSSES = st.builds(
    Fault,
    operation=OPERATIONS,
    action=st.sampled_from(["drop", "error"]),
    when=st.sampled_from(["before", "after"]),
    status=st.sampled_from([500, 503]),
    skip=st.integers(0, 2),
    times=st.integers(1, 3),
)
"""No answer, or one that says nothing of whether it was done. A refusal (4xx) that was done all the same is none."""

KINDS = st.sampled_from(["kill before", "kill after", "lose the answer", "refuse"])


class Convergence(RuleBasedStateMachine):
    """Two resources, one endpoint of somebody else, and all that befalls them."""

    steps = 0
    """How many there were so far, in all histories."""

    @initialize(
        lag=st.sampled_from([0.0, 30.0, 300.0]),
        linger=st.sampled_from([0.0, 5.0]),
        page=st.sampled_from([1, 100]),
        settled=st.sampled_from([True, True, False]),
    )
    def begin(self, lag, linger, page, settled):
        self.start({"list_lag": lag, "delete_linger": linger, "max_limit": page}, settled=settled)

    def start(self, knobs, *, settled):
        """The provider's ways; and whether both resources exist and are at rest already."""
        self.runner = asyncio.Runner()
        self.tale = self.runner.run(Tale.begin(knobs))
        if settled:
            self.tell("apply", "one", {})
            self.tell("apply", "two", {})
            self.tell("work", 3, 20.0)

    def teardown(self):
        if not hasattr(self, "runner"):
            return
        try:
            self.runner.run(self.tale.laws.converge())
        finally:
            self.runner.close()

    def tell(self, name, *arguments):
        self.runner.run(self.tale.tell([Step(name, arguments)]))

    # A person at the cluster.

    @rule(name=NAMES, change=EDITS)
    def edit(self, name, change):
        self.tell("apply", name, change)

    @rule(name=NAMES, policies=POLICIES)
    def choose_policies(self, name, policies):
        self.tell("apply", name, policies)

    @rule(name=NAMES)
    def delete(self, name):
        self.tell("delete", name)

    @rule(value=st.sampled_from(["value-1", "value-2"]))
    def rotate_the_secret(self, value):
        self.tell("rotate", value)

    @rule(name=NAMES)
    def rebuild_the_cluster(self, name):
        self.tell("rebuild", name)

    # A person at the console.

    @rule(name=NAMES, most=st.integers(1, 4))
    def edit_by_hand(self, name, most):
        self.tell("edit_by_hand", name, {"compute": {"scaling": {"maxReplica": most}}})

    @rule(name=NAMES)
    def take_the_marker_off(self, name):
        self.tell("take_the_marker_off", name)

    @rule(name=NAMES)
    def remove_by_hand(self, name):
        self.tell("remove_by_hand", name)

    @rule(name=NAMES)
    def make_by_hand(self, name):
        self.tell("make_by_hand", name)

    @rule(name=NAMES)
    def replace_by_hand(self, name):
        self.tell("replace_by_hand", name)

    @rule()
    def remove_theirs(self):
        self.tell("remove_by_hand", THEIRS)

    # The world.

    @rule(fault=st.one_of(REFUSALS, LOSSES))
    def break_something(self, fault):
        self.tale.world.huggingface.faults.add(fault.model_copy())

    @rule(after=st.integers(1, 12), kind=KINDS)
    def let_a_request_go_wrong(self, after, kind):
        border = self.tale.world.border
        crossing = len(border.crossings) + after
        border.mishaps[crossing] = Mishap(crossing, kind)

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 40.0, 700.0]))
    def let_time_pass(self, seconds):
        self.tell("wait", seconds)

    # The operator.

    @rule()
    def read_the_account(self):
        self.tell("read")

    @rule(name=NAMES)
    def look(self, name):
        self.tell("look", name)

    @rule(name=NAMES)
    def look_blindly(self, name):
        self.tell("look_blindly", name)

    @rule(seconds=st.sampled_from([1.0, 20.0]))
    def beat(self, seconds):
        self.tell("work", 1, seconds)

    @rule()
    def restart(self):
        self.tell("restart")

    @invariant()
    def the_laws_hold(self):
        if hasattr(self, "tale"):
            type(self).steps += 1
            self.tale.laws.hold()


class ConvergenceAtAStrangeProvider(Convergence):
    """The same, where little is as it is expected of the provider."""

    @initialize(
        knobs=st.fixed_dictionaries(
            {
                "list_lag": st.sampled_from([0.0, 60.0]),
                "name_free_delay": st.sampled_from([0.0, 120.0]),
                "tags_order": st.sampled_from(["sorted", "reversed"]),
                "tags_lowercase": st.booleans(),
                "tags_drop": st.sampled_from([None, "^b$"]),
                "tags_put": st.sampled_from(["keep", "rollout"]),
                "paused_put": st.sampled_from(["keep", "resume"]),
                "paused_target": st.sampled_from(["keep", "zero"]),
                "state_change_moves_updated_at": st.booleans(),
                "url_while_pending": st.sampled_from(["keep", "omit"]),
                "updating_seconds": st.sampled_from([0.5, 60.0]),
            }
        ),
        settled=st.booleans(),
    )
    def begin(self, knobs, settled):
        self.start(knobs, settled=settled)
