"""What the pages say is so: links lead somewhere, manifests are accepted, what is generated is current."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.pages import PAGES, ROOT, Block, anchors, blocks, links
from tests.support.cluster import Kubectl
from tests.support.source import reasons
from tools.api_reference import PAGE, page
from tools.demo_image import IMAGE

MANIFESTS = [block for one in PAGES for block in blocks(one, "yaml")]


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


@pytest.mark.parametrize("source", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_the_repository_that_a_page_names_is_there(source: Path) -> None:
    named = re.findall(r"`((?:tests|deploy|docs|tools|benchmarks|charts)/[\w./-]+\w)`", source.read_text())
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_every_manifest_in_the_pages_is_accepted_by_the_api_server(
    installed: Any, kubectl: Kubectl, namespace: str
) -> None:
    for block in MANIFESTS:
        if not block.excused:
            done = kubectl.apply(block.text, "--dry-run=server", f"--namespace={namespace}", check=False)
            assert done.returncode == 0, f"{block}: {done.stderr}"


def test_only_parts_of_other_projects_manifests_are_excused() -> None:
    excused = [yaml.safe_load(block.text) for block in MANIFESTS if block.excused]
    assert [one for one in excused if "apiVersion" in one] == []


def test_the_readme_shows_the_sample_as_it_is() -> None:
    shown: Block = next(blocks(ROOT / "README.md", "yaml"))
    assert yaml.safe_load(shown.text) == yaml.safe_load((ROOT / "deploy/samples/endpoint.yaml").read_text())


def test_the_api_reference_is_that_of_the_models() -> None:
    assert PAGE.read_text() == page(), "run: python -m tools.api_reference"


def test_every_reason_is_explained_and_none_is_made_up() -> None:
    concepts = (ROOT / "docs/concepts.md").read_text()
    table = concepts.split("| reason | what it means |")[1]
    explained = {word for row in table.splitlines() if row.startswith("| `") for word in _words(row.split("|")[1])}
    given = reasons()
    assert {"Running", "Paused", "QuotaExceeded"} <= given, "the reasons are no longer found in the code"
    assert explained == given | {"Ready"}


def test_every_reason_has_an_entry_that_says_what_to_do() -> None:
    page = (ROOT / "docs/how-to/troubleshooting.md").read_text()
    entries = re.findall(r"^### `(\w+)`\n\n(.+)", page, flags=re.MULTILINE)
    assert sorted(reason for reason, _ in entries) == sorted(reasons() | {"Ready"})


def test_the_picture_shows_the_whole_demo() -> None:
    text = re.sub(r"<[^>]+>", "", IMAGE.read_text()).replace("&#160;", " ")
    for word in ("Kubernetes", "pending", "initializing", "running", "edit", "pause", "resume", "wake", "delete"):
        assert word in text
    assert "http" not in re.sub(r"<!--.*?-->", "", IMAGE.read_text().split("<defs>")[0].partition("<style>")[2])


def _words(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)
