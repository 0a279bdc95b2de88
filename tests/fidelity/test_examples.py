"""Every example body of the vendor's contract is made by a manifest: what a person can ask of the API, Git can."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.contract.contract import EXAMPLES
from tests.e2e.conftest import NewTeam
from tests.support.team import Object, Team, settled

MANIFESTS = Path(__file__).parent / "manifests"
CREATES = sorted(path.stem for path in EXAMPLES.glob("create-*.json"))
UPDATES = sorted(path.stem for path in EXAMPLES.glob("update-*.json"))

pytestmark = pytest.mark.xdist_group("fidelity")


def body_of(name: str) -> Object:
    document: Object = json.loads((EXAMPLES / f"{name}.json").read_text())
    return document


def documents(name: str) -> list[Object]:
    return list(yaml.safe_load_all((MANIFESTS / f"{name}.yaml").read_text()))


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


def comparable(body: Object, *, creation: bool) -> Object:
    """A body without nulls, our marker, and what is never sent; tags are a set."""
    found: Object = without_nulls(body)
    found.get("compute", {}).pop("id", None)
    if not creation:
        found.pop("provider", None)
    tags = sorted(tag for tag in found.pop("tags", []) if not tag.startswith("iop1-"))
    return found | ({"tags": tags} if tags else {})


@pytest.fixture(scope="module")
def made(new_team: NewTeam) -> Iterator[Team]:
    """A team that applied every manifest: first as it was, then as it is to be."""
    with new_team() as team:
        team.secret("hub", token="not-a-real-token", next="not-a-real-token-2")
        team.secret("fraud", password="not-a-real-secret")
        team.secret("registry", username="puller", password="not-a-real-password")
        all_ = [documents(name) for name in (*CREATES, *UPDATES)]
        for versions in all_:
            team.kubectl_apply(versions[0], "--server-side")
        names = [versions[0]["metadata"]["name"] for versions in all_]
        team.wait_all(names, settled)
        for versions in all_:
            for later in versions[1:]:
                team.kubectl_apply(later, "--server-side")
        team.wait_all(names, settled)
        team.await_polls(1)
        yield team


@pytest.mark.parametrize("name", CREATES)
def test_the_post_of_a_manifest_is_the_example(made: Team, name: str) -> None:
    (manifest,) = documents(name)
    (post,) = made.posts(manifest["metadata"]["name"])

    assert comparable(post.body, creation=True) == comparable(body_of(name), creation=True)
    assert len(made.writes(manifest["metadata"]["name"])) == 1


@pytest.mark.parametrize("name", UPDATES)
def test_the_put_of_a_changed_manifest_is_the_example(made: Team, name: str) -> None:
    _, after = documents(name)
    (put,) = made.puts(after["metadata"]["name"])

    assert comparable(put.body, creation=False) == comparable(body_of(name), creation=False)


def test_every_example_has_a_manifest() -> None:
    assert {path.stem for path in MANIFESTS.glob("*.yaml")} == {path.stem for path in EXAMPLES.glob("*.json")}
