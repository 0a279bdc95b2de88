"""The committed CRDs are what the models render, bounded and described throughout."""

from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from inference_operator.api.crds import render, to_yaml
from inference_operator.api.registry import registered
from inference_operator.cli.crds import crds
from tests.api.schemas import CRDS, all_nodes, committed


def test_the_committed_crds_are_what_the_models_render() -> None:
    rendered = {name: to_yaml(crd) for name, crd in render(registered()).items()}
    assert {path.name: path.read_text() for path in CRDS.glob("*.yaml")} == rendered, "run `make crds`"


def test_no_field_has_a_default_but_the_status_that_nobody_wrote_yet() -> None:
    roots = [crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] for crd in render(registered()).values()]
    assert [root["properties"]["status"].pop("default") for root in roots] == [{"observedGeneration": -1}] * len(roots)
    assert [path for path, node in all_nodes() if "default" in node and not path.endswith("status")] == []


def test_every_string_list_and_map_is_bounded() -> None:
    bounds = {"string": "maxLength", "array": "maxItems"}
    unbounded = [
        path
        for path, node in all_nodes()
        if (bounds.get(node["type"], "type") not in node and "enum" not in node)
        or ("additionalProperties" in node and "maxProperties" not in node)
    ]
    assert unbounded == []


def test_every_field_is_described_with_its_source_and_numbers_with_their_unit() -> None:
    fields = [(path, node) for path, node in all_nodes() if path[-1] not in "]}"]
    assert [path for path, node in fields if len(node.get("description", "")) < 10] == []
    declared = [
        (path, node["description"])
        for path, node in fields
        if ".spec" in path and "Refused:" not in node["description"]
    ]
    assert [path for path, text in declared if "Source:" not in text and not path.endswith(".spec")] == []
    numbers = [(p, n) for p, n in fields if n["type"] in ("integer", "number") and "Refused:" not in n["description"]]
    assert [path for path, node in numbers if "Unit:" not in node["description"]] == []


def test_every_rule_says_what_to_do() -> None:
    rules = [rule for _, node in all_nodes() for rule in node.get("x-kubernetes-validations", ())]
    assert len(rules) > 50
    assert [rule for rule in rules if len(rule["message"]) < 30] == []


def test_lists_and_maps_that_are_sent_whole_are_atomic() -> None:
    block = "InferenceEndpoint.spec.huggingFace"
    nodes = dict(all_nodes())
    for field in ("model.image", "model.env", "model.secrets", "compute.scaling.measure"):
        assert nodes[f"{block}.{field}"]["x-kubernetes-map-type"] == "atomic"
    for field in ("model.args", "model.command", "tags"):
        assert nodes[f"{block}.{field}"]["x-kubernetes-list-type"] == "atomic"


def test_the_command_writes_the_files_and_prints_them_otherwise(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(crds)
    assert CliRunner().invoke(app, ["--output", str(tmp_path / "crds")]).exit_code == 0
    written = {path.name: yaml.safe_load(path.read_text()) for path in (tmp_path / "crds").iterdir()}
    assert written == committed()
    printed = CliRunner().invoke(app, []).stdout
    assert list(yaml.safe_load_all(printed)) == list(render(registered()).values())


@pytest.mark.parametrize("kind", ["inferenceaccounts", "clusterinferenceaccounts", "inferenceendpoints"])
def test_every_kind_is_in_the_category_and_has_a_status(kind: str) -> None:
    crd = committed()[f"inference-operator.dev_{kind}.yaml"]["spec"]
    assert crd["names"]["categories"] == ["inference"]
    assert "status" in crd["versions"][0]["subresources"]
