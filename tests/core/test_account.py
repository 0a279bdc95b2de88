"""Accounts: which one a resource uses, whether it may, which policies hold, and what is said of the account."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from tests.api.schemas import committed
from tests.core.builders import PASSING, TERMINAL, remote_ref

from inference_operator.api.account import AccountDefaults, AccountStatus, ClusterInferenceAccountSpec
from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.status import EndpointStatus
from inference_operator.core.account import admits, candidates, policy
from inference_operator.core.account_refusals import not_ready
from inference_operator.core.account_status import Usage, status

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OWN, CLUSTER = "InferenceAccount", "ClusterInferenceAccount"
ADOPTION = ["Never", "IfUnowned", "Always"]
VALIDATOR = Draft4Validator(
    committed()["inference-operator.dev_inferenceaccounts.yaml"]["spec"]["versions"][0]["schema"]["openAPIV3Schema"][
        "properties"
    ]["status"],
    format_checker=Draft4Validator.FORMAT_CHECKER,
)


@pytest.mark.parametrize(
    ("spec", "bound", "expected"),
    [
        ({}, False, ((OWN, "default"), (CLUSTER, "default"))),
        ({"accountRef": {"name": "a"}}, False, ((OWN, "a"),)),
        ({"accountRef": {"name": "a", "kind": CLUSTER}}, False, ((CLUSTER, "a"),)),
        ({"accountRef": {"name": "a", "kind": CLUSTER}}, True, ((OWN, "hf"),)),
        ({}, True, ((OWN, "hf"),)),
    ],
)
def test_which_accounts_are_looked_for(spec, bound, expected):
    known = EndpointStatus.from_json({"remoteRef": remote_ref()} if bound else {})
    assert candidates(EndpointSpec.from_json(spec), known) == expected


class TestPolicy:
    def of(self, spec=None, defaults=None, cap=None):
        account = None if defaults is None else AccountDefaults.from_json(defaults)
        return policy(EndpointSpec.from_json(spec or {}), account, cap=cap)

    def test_absent_means_what_is_documented(self):
        built_in = self.of()
        assert (built_in.mode, built_in.adoption, built_in.deletion) == ("Manage", "Never", "Delete")
        assert built_in.deletion_protection is False
        assert built_in.deletion_timeout == timedelta(hours=24)

    DEFAULTS = {"mode": "Observe", "adoptionPolicy": "IfUnowned", "deletionPolicy": "Orphan"}
    SPEC = {"mode": "Manage", "adoptionPolicy": "Always", "deletionPolicy": "Pause"}

    def test_the_accounts_defaults_come_before_the_built_in_ones(self):
        found = self.of(defaults=self.DEFAULTS)
        assert (found.mode, found.adoption, found.deletion) == ("Observe", "IfUnowned", "Orphan")

    def test_the_object_comes_first(self):
        found = self.of(self.SPEC, self.DEFAULTS)
        assert (found.mode, found.adoption, found.deletion) == ("Manage", "Always", "Pause")

    def test_protection_and_timeout_are_the_objects(self):
        found = self.of({"deletionProtection": True, "deletionTimeout": "90s"})
        assert found.deletion_protection is True
        assert found.deletion_timeout == timedelta(seconds=90)

    @pytest.mark.parametrize("asked", ADOPTION)
    @pytest.mark.parametrize("cap", ADOPTION)
    @pytest.mark.parametrize("by", ["object", "account"])
    def test_a_cap_bounds_adoption_whoever_asks(self, asked, cap, by):
        asking = {"adoptionPolicy": asked}
        found = self.of(asking, cap=cap) if by == "object" else self.of(defaults=asking, cap=cap)
        assert ADOPTION.index(found.adoption) == min(ADOPTION.index(asked), ADOPTION.index(cap))


class TestAdmission:
    LABELS = {"team": "a", "env": "prod"}

    def admits(self, allowed, namespace="team-a", labels=LABELS):
        block = {"huggingFace": {"namespace": "acme", "tokenSecretRef": {"name": "s", "key": "k"}}}
        spec = block if allowed is None else {**block, "allowedNamespaces": allowed}
        return admits(ClusterInferenceAccountSpec.from_json(spec), namespace, labels)

    @pytest.mark.parametrize(
        ("allowed", "expected"),
        [
            (None, False),
            ({"names": ["team-a"]}, True),
            ({"names": ["team-b"]}, False),
            ({"selector": {}}, True),
            ({"selector": {"matchLabels": {"team": "a"}}}, True),
            ({"selector": {"matchLabels": {"team": "a", "env": "test"}}}, False),
            ({"selector": {"matchLabels": {"absent": "x"}}}, False),
            ({"names": ["team-b"], "selector": {"matchLabels": {"team": "a"}}}, True),
            ({"names": ["team-a"], "selector": {"matchLabels": {"team": "b"}}}, True),
        ],
    )
    def test_by_name_or_by_label(self, allowed, expected):
        assert self.admits(allowed) is expected

    @pytest.mark.parametrize(
        ("operator", "key", "values", "expected"),
        [
            ("In", "team", ["a", "b"], True),
            ("In", "team", ["b"], False),
            ("In", "absent", ["a"], False),
            ("NotIn", "team", ["b"], True),
            ("NotIn", "team", ["a"], False),
            ("NotIn", "absent", ["a"], True),
            ("Exists", "team", None, True),
            ("Exists", "absent", None, False),
            ("DoesNotExist", "team", None, False),
            ("DoesNotExist", "absent", None, True),
        ],
    )
    def test_by_expression(self, operator, key, values, expected):
        one = {"key": key, "operator": operator} | ({"values": values} if values else {})
        assert self.admits({"selector": {"matchExpressions": [one]}}) is expected

    def test_every_expression_must_hold(self):
        both = [{"key": "team", "operator": "Exists"}, {"key": "env", "operator": "DoesNotExist"}]
        assert self.admits({"selector": {"matchExpressions": both}}) is False


class TestStatus:
    def of(self, before=None, *, failure=None, states=(), bound=0, unmanaged=0, now=NOW):
        known = AccountStatus.from_json(before or {})
        usage = Usage(states=tuple(states), bound=bound, unmanaged=unmanaged)
        return status(known, failure, generation=2, usage=usage, now=now)

    def test_endpoints_are_counted_by_state(self):
        found = self.of(states=["running", "paused", "running"], bound=2, unmanaged=4)
        assert found["endpoints"] == {"total": 3, "bound": 2, "byState": {"paused": 1, "running": 2}}
        assert found["unmanaged"] == 4
        assert found["observedGeneration"] == 2

    def test_what_was_counted_stands_while_it_is_not_known(self):
        counted = self.of(states=["running"], bound=1, unmanaged=4)
        unknown = status(AccountStatus.from_json(counted), TERMINAL, generation=2, usage=None, now=NOW)
        assert (unknown["endpoints"], unknown["unmanaged"]) == (counted["endpoints"], 4)

    def test_a_failure_is_the_reason_that_it_is_not_ready_and_stalls_it_where_a_person_is_needed(self):
        def said(failure):
            return [(one["type"], one["status"], one["reason"]) for one in self.of(failure=failure)["conditions"]]

        assert said(TERMINAL) == [("Ready", "False", TERMINAL.reason), ("Stalled", "True", TERMINAL.reason)]
        assert said(PASSING) == [("Ready", "False", PASSING.reason)]
        assert said(None) == [("Ready", "True", "Ready")]

    def test_the_time_of_a_condition_moves_with_its_status_alone(self):
        later = NOW + timedelta(minutes=1)
        first = self.of(failure=TERMINAL)
        second = self.of(first, failure=PASSING, now=later)
        third = self.of(second, now=later)
        times = [one["conditions"][0]["lastTransitionTime"] for one in (first, second, third)]
        assert times == ["2026-11-21T09:00:00Z", "2026-11-21T09:00:00Z", "2026-11-21T09:01:00Z"]

    @given(
        st.sampled_from([None, TERMINAL, PASSING]),
        st.lists(st.sampled_from(["running", "paused", "unknown"]), max_size=5),
        st.integers(0, 50),
    )
    def test_it_is_what_the_schema_admits_and_composing_again_changes_nothing(self, failure, states, unmanaged):
        found = self.of(failure=failure, states=states, unmanaged=unmanaged)
        VALIDATOR.validate(found)
        again = self.of(found, failure=failure, states=states, unmanaged=unmanaged, now=NOW + timedelta(1))
        assert again == found


@pytest.mark.parametrize("failure", [TERMINAL, PASSING])
def test_an_endpoint_is_told_what_is_wrong_with_its_account(failure):
    told = not_ready(failure, "hf")
    assert told.reason == "AccountNotReady"
    assert failure.reason in told.message
    assert failure.message in told.message
    assert told.terminal is failure.terminal
