"""The tests can fail: with an operator that never does anything, a test of each promise does.

`noop/sitecustomize.py` on PYTHONPATH replaces the reconciler in every operator process that the tests start, the
demo's included; the tests themselves run as they are. One that needs no reconciler shows that the harness still works.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

_SECONDS = 1200

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("noop-reconciler"), pytest.mark.timeout(_SECONDS + 60)]

ROOT = Path(__file__).parents[2]
NOOP = Path(__file__).parent / "noop"

PROMISES: Mapping[str, tuple[str, str]] = {
    "the demo runs": (
        "demo/test_once.py",
        "test_once_tells_the_whole_life_of_an_endpoint_in_plain_lines_and_leaves_nothing_behind",
    ),
    "every sample ends running": (
        "e2e/test_samples.py",
        "test_a_sample_ends_running_and_ready_with_one_post[endpoint]",
    ),
    "a remote change is on the resource within a poll": (
        "e2e/test_observing.py",
        "test_timer_writes_state_url_and_replicas",
    ),
    "a changed field is one PUT": (
        "e2e/test_mutable_fields.py",
        "test_a_changed_field_reaches_the_provider_by_one_put_of_what_changed",
    ),
    "an immutable field is refused": (
        "e2e/test_immutable_fields.py",
        "test_an_edit_of_what_is_fixed_is_refused_at_kubectl_apply",
    ),
    "states by patch": (
        "e2e/test_power.py",
        "test_each_change_of_state_is_one_action_and_none_is_repeated_at_rest",
    ),
    "kubectl scale": (
        "e2e/test_power.py",
        "test_kubectl_scale_sets_the_replicas_and_zero_scales_to_zero",
    ),
    "kubectl wait": (
        "e2e/test_power.py",
        "test_kubectl_wait_for_ready_works_from_creation",
    ),
    "kubectl delete": (
        "e2e/test_deletion.py",
        "test_kubectl_delete_removes_the_remote_endpoint_and_the_object",
    ),
    "a refused manifest, corrected, works": (
        "e2e_errors/test_refused_manifests.py",
        "test_a_refused_manifest_that_is_corrected_ends_running[replicas]",
    ),
    "a failed create is said and heals": (
        "e2e_errors/test_create_failures.py",
        "test_the_failure_is_said_on_the_resource[400]",
    ),
    "a failed update is said and heals": (
        "e2e_errors/test_update_failures.py",
        "test_the_failure_is_said_on_the_resource[400]",
    ),
    "managedFields": (
        "e2e/test_gitops.py",
        "test_after_any_history_the_operator_owns_status_and_its_finalizer_and_git_sees_no_difference",
    ),
    "a restart over 50 settled resources": (
        "e2e/test_at_rest.py",
        "test_an_operator_restarted_over_50_settled_resources_writes_nothing",
    ),
    "45 endpoints": (
        "e2e/test_paging.py",
        "test_an_account_with_45_endpoints_loses_none_to_paging",
    ),
    "the canary": (
        "e2e_errors/test_canary.py",
        "test_the_secrets_did_arrive_at_the_provider",
    ),
}
"""What is promised: a file under tests/, and a test in it."""

CONTROL = ("e2e_errors/test_account_choice.py", "test_an_account_is_tried_before_anyone_uses_it")
"""Needs an operator that observes accounts, and no reconciler."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What became of each chosen test, over its parameters: passed, failed, or error where its fixture failed."""
    report = tmp_path_factory.mktemp("noop") / "report.xml"
    options = ("-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup", f"--junitxml={report}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *map(_node, [*PROMISES.values(), CONTROL])],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(NOOP)},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout[-2000:] + done.stderr[-2000:]
    found: dict[str, set[str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        result = {"failure": "failed", "error": "error", "skipped": "skipped"}
        outcome = next((result[child.tag] for child in case if child.tag in result), "passed")
        found.setdefault(f"{case.attrib['classname']}.{_function(case.attrib['name'])}", set()).add(outcome)
    return found


def test_what_needs_no_reconciler_passes(outcomes: Mapping[str, set[str]]) -> None:
    assert outcomes[_key(CONTROL)] == {"passed"}


@pytest.mark.parametrize("promise", PROMISES)
def test_a_test_of_the_promise_fails(outcomes: Mapping[str, set[str]], promise: str) -> None:
    assert outcomes[_key(PROMISES[promise])] & {"failed", "error"}


def _node(promise: tuple[str, str]) -> str:
    return f"tests/{'::'.join(promise)}"


def _key(promise: tuple[str, str]) -> str:
    file, test = promise
    return f"tests.{file.removesuffix('.py').replace('/', '.')}.{_function(test)}"


def _function(test: str) -> str:
    return test.partition("[")[0]
