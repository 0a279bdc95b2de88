"""What is recorded is what the operator writes today, of every reason that it has."""

import pytest
from tests.gitops.recordings import FOLDER, lived, recorded
from tests.gitops.situation import SITUATIONS
from tests.support.source import reasons

_IN_THE_LEDGER_ALONE = {"CreateUnconfirmed"}
RECORDINGS = {one.name: one for one in recorded()}


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("name", SITUATIONS)
async def test_a_situation_ends_as_recorded(name: str) -> None:
    assert await lived(name) == RECORDINGS[name].object, "run: python -m tests.gitops.recordings"


def test_each_situation_has_its_recording_and_no_recording_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(SITUATIONS)


def test_every_reason_is_among_them() -> None:
    told = {one["reason"] for it in RECORDINGS.values() for one in it.object["status"]["conditions"]}
    assert told == reasons() - _IN_THE_LEDGER_ALONE | {"Ready"}
