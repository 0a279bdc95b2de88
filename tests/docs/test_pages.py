"""What the pages say is so: links lead somewhere, manifests are accepted, what is generated is current."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.pages import PAGES, ROOT, Block, anchors, blocks, links
from tests.support.cluster import Kubectl
from tools.api_reference import PAGE, page
from tools.demo_image import IMAGE

PACKAGE = ROOT / "operator" / "inference_operator"
MANIFESTS = [block for one in PAGES for block in blocks(one, "yaml")]
_NAMING_A_REASON = {"Failure", "_Text", "_Shown", "Verdict", "_in_progress", "_failed", "_refusal"}
_NAMING_ONE_FIRST = {"said_of_drift", "_as_adopted"}
"""Functions that return a reason and its message."""
_NO_REASON = {"Ready", "Available", "Synced", "Reconciling", "Stalled", "Drifted", "IneffectiveFields"} | {
    "True",
    "False",
    "Unknown",
}


def test_the_pages_are_found_with_their_manifests() -> None:
    assert {"README.md", "concepts.md", "api.md", "gitops.md"} <= {one.name for one in PAGES}
    assert len(MANIFESTS) >= 9


@pytest.mark.parametrize("source", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(source: Path) -> None:
    for target in links(source):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        aimed = (source.parent / file).resolve() if file else source
        assert aimed.exists(), f"{target} does not exist"
        assert ROOT in (aimed, *aimed.parents), f"{target} leads out of the repository"
        assert not anchor or anchor in anchors(aimed), f"{target}: no such heading"


def test_every_manifest_in_the_pages_is_accepted_by_the_api_server(
    installed: Any, kubectl: Kubectl, namespace: str
) -> None:
    for block in MANIFESTS:
        if not block.excused:
            done = kubectl.apply(block.text, "--dry-run=server", f"--namespace={namespace}", check=False)
            assert done.returncode == 0, f"{block}: {done.stderr}"


def test_only_manifests_of_other_projects_are_excused() -> None:
    excused = [yaml.safe_load(block.text)["apiVersion"] for block in MANIFESTS if block.excused]
    assert all(version.split("/")[0].endswith("fluxcd.io") for version in excused)


def test_the_readme_shows_the_sample_as_it_is() -> None:
    shown: Block = next(blocks(ROOT / "README.md", "yaml"))
    assert yaml.safe_load(shown.text) == yaml.safe_load((ROOT / "deploy/samples/endpoint.yaml").read_text())


def test_the_api_reference_is_that_of_the_models() -> None:
    assert PAGE.read_text() == page(), "run: python -m tools.api_reference"


def test_every_reason_is_explained_and_none_is_made_up() -> None:
    concepts = (ROOT / "docs/concepts.md").read_text()
    table = concepts.split("| reason | what it means |")[1]
    explained = {word for row in table.splitlines() if row.startswith("| `") for word in _words(row.split("|")[1])}
    given = _reasons_in_the_code()
    assert {"Running", "Paused", "QuotaExceeded"} <= given, "the reasons are no longer found in the code"
    assert explained == given | {"Ready"}


def test_every_reason_that_needs_a_person_has_its_remedy() -> None:
    page = (ROOT / "docs/how-to/troubleshooting.md").read_text()
    remedied = {word for row in page.splitlines() if row.startswith("| `") for word in _words(row.split("|")[1])}
    fine = {"Running", "ScaledToZero", "Paused", "Provisioning", "Updating", "Deleting", "StateUnknown", "Connecting"}
    fine |= {"Serving", "NotServing", "AsDeclared", "Claiming", "InUse"}
    assert remedied == _reasons_in_the_code() - fine


def test_the_picture_shows_the_whole_demo() -> None:
    text = re.sub(r"<[^>]+>", "", IMAGE.read_text()).replace("&#160;", " ")
    for word in ("Kubernetes", "pending", "initializing", "running", "edit", "pause", "resume", "wake", "delete"):
        assert word in text
    assert "http" not in re.sub(r"<!--.*?-->", "", IMAGE.read_text().split("<defs>")[0].partition("<style>")[2])


def _words(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def _reasons_in_the_code() -> set[str]:
    files = [path for part in ("core", "runtime") for path in (PACKAGE / part).rglob("*.py")]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text()))]
    constants = {
        node.targets[0].id: node.value.value
        for node in nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _NAMING_A_REASON]
    given = [argument for call in calls for argument in [*call.args, *(keyword.value for keyword in call.keywords)]]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name in _NAMING_ONE_FIRST]
    returned = [
        node.elts[0] for one in functions for node in ast.walk(one) if isinstance(node, ast.Tuple) and node.elts
    ]
    texts = {_text(node, constants) for one in [*given, *returned] for node in ast.walk(one)}
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Za-z]+", text)} - _NO_REASON


def _text(node: ast.AST, constants: dict[str, Any]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return str(constants.get(getattr(node, "attr", getattr(node, "id", "")), ""))
