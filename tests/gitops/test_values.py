"""The Application and the HelmRelease that are shipped are for the chart as it is."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator
from tests.api.manifests import changed
from tests.runtime.kube_api import Object

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "inference-operator"


def _shipped(path: str, kind: str) -> Object:
    found = yaml.safe_load_all((ROOT / "deploy" / path).read_text())
    return next(one["spec"] for one in found if one["kind"] == kind)


SOURCE = _shipped("argocd/application-operator.yaml", "Application")["source"]
HELM_RELEASE = _shipped("flux/operator.yaml", "HelmRelease")


@pytest.mark.parametrize("values", [SOURCE["helm"]["valuesObject"], HELM_RELEASE["values"]], ids=["argocd", "flux"])
def test_the_values_are_the_charts(values: Object) -> None:
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = Draft7Validator(json.loads((CHART / "values.schema.json").read_text()))
    assert [error.message for error in schema.iter_errors(changed(defaults, values))] == []
    assert not schema.is_valid(changed(defaults, {"huggingFace": {"organisation": "my-org"}}))


def test_the_version_is_the_charts() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    wanted = _shipped("flux/operator.yaml", "OCIRepository")["ref"]["semver"]
    assert SOURCE["targetRevision"] == chart["version"]
    assert chart["version"].startswith(wanted.removesuffix("x"))
    assert SOURCE["chart"] == chart["name"]
