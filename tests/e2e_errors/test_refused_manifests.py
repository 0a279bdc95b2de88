"""A manifest that is refused at apply and then corrected as the message says: it must end as any other does."""

from typing import Any

import pytest
from tests.support.team import Team, ready


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ({"compute": {"scaling": {"minReplica": 3}}}, {"compute": {"scaling": {"minReplica": 1}}}, "maxReplica"),
        ({"type": "secret"}, {"type": "private"}, "type"),
        ({"tags": ["iop1-mine"]}, {"tags": ["mine"]}, "iop1-"),
        ({"name": "Not_A_Name"}, {"name": "a-name"}, "name"),
        ({"modell": {}}, {}, 'unknown field "spec.huggingFace.modell"'),
    ],
    ids=["replicas", "type", "tags", "name", "unknown-field"],
)
def test_a_refused_manifest_that_is_corrected_ends_running(
    team: Team, wrong: dict[str, Any], right: dict[str, Any], message: str
) -> None:
    refused = team.kubectl_apply(team.manifest("sentiment", huggingFace=wrong), check=False)
    assert refused.returncode != 0
    assert message in refused.stderr
    assert team.find("sentiment") is None

    team.kubectl_apply(team.manifest("sentiment", huggingFace=right))
    assert team.wait("sentiment", ready)["status"]["state"] == "running"
    assert len(team.posts()) == 1
