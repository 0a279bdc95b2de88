"""What each set of values makes of the chart, compared with what it made before.

A change that is wanted: `UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/chart/test_snapshots.py`, and read the difference.
"""

import os

import pytest
from tests.chart.conftest import Render
from tests.chart.helm import CHART, Helm, is_hook
from tests.chart.sets import SETS
from tests.chart.snapshot import FOLDER, difference, full


def test_there_are_enough_sets_and_no_snapshot_without_one() -> None:
    assert len(SETS) >= 40
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_a_set_renders_as_its_snapshot(name: str, render: Render) -> None:
    base = render("default")
    text = full(base) if name == "default" else difference(render(name), base)
    path = FOLDER / f"{name}.yaml"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text)
    assert text == path.read_text(), (
        "if this is wanted: UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/chart/test_snapshots.py"
    )


def test_helm_finds_nothing_to_complain_about(helm: Helm) -> None:
    said = helm.run("lint", "--strict", str(CHART)).stdout
    assert "0 chart(s) failed" in said
    assert "[WARNING]" not in said


def test_a_sets_objects_are_of_its_namespace_or_of_the_cluster(render: Render) -> None:
    of_the_cluster = {"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"}
    of_the_cluster |= {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
    for obj in render("monitoring"):
        assert ("namespace" in obj["metadata"]) is (obj["kind"] not in of_the_cluster), obj["kind"]


def test_names_do_not_follow_the_releases(helm: Helm, render: Render) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in render("default")]
    assert [(one["kind"], one["metadata"]["name"]) for one in helm.template({}, release="another")] == names


def test_what_outlives_a_release_is_kept_and_nothing_else(render: Render) -> None:
    def kept(name: str) -> set[str]:
        annotated = [one for one in render(name) if "helm.sh/resource-policy" in one["metadata"].get("annotations", {})]
        return {one["kind"] for one in annotated if not is_hook(one)}

    assert kept("default") == kept("namespaced") == {"CustomResourceDefinition"}
    assert kept("namespaced-forced") == {"CustomResourceDefinition", "RoleBinding"}
