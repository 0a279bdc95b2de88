"""Which incarnation is on record: where ids tell endpoints apart, a list that lags behind replaces none."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.core.builders import CREATED, observation, remote_ref, snapshot

from inference_operator.core import record
from inference_operator.core.moments import stamp

INTENT = {"type": "create", "nonce": "n", "startedAt": CREATED}


@pytest.mark.parametrize(
    ("known", "pending", "verified", "shown", "on_record"),
    [
        pytest.param("7", None, False, "6", "7", id="another-id-in-a-list-may-be-the-one-before"),
        pytest.param("7", None, True, "8", "8", id="another-id-that-was-read-is-another-incarnation"),
        pytest.param(None, INTENT, False, "6", None, id="what-a-list-shows-amid-a-create-may-be-the-one-before"),
        pytest.param(None, INTENT, True, "7", "7", id="what-was-read-amid-a-create-is-what-it-made"),
        pytest.param(None, None, False, "7", "7", id="the-first-that-is-shown-where-none-is-known"),
        pytest.param("7", None, False, "7", "7", id="the-same-again"),
    ],
)
def test_the_id_on_record(
    known: str | None, pending: dict[str, str] | None, verified: bool, shown: str, on_record: str | None
) -> None:
    status = {"remoteRef": remote_ref(**({"id": known} if known else {}))}
    looked = snapshot(status=status | ({"pendingOperation": pending} if pending else {}), verified=verified)
    kept = record.seen(looked, observation(id=shown))

    assert kept.remote_ref is not None
    assert kept.remote_ref.id == on_record
    assert (kept.pending_operation is None) == (on_record == shown or pending is None)


def test_the_time_to_wait_for_another_claim_counts_from_the_answer_and_not_from_when_the_look_began() -> None:
    adopting = {"type": "adopt", "nonce": "n", "startedAt": CREATED}
    claiming = snapshot(status={"remoteRef": remote_ref(), "pendingOperation": adopting})
    answered = claiming.now + timedelta(seconds=40)

    pending = record.sent(claiming, {}, at=answered).pending_operation

    assert pending is not None
    assert (pending.type, pending.nonce, pending.started_at) == ("adopt", "n", stamp(answered))


def test_what_is_seen_after_the_answer_does_not_count_from_before_it() -> None:
    adopting = {"type": "adopt", "nonce": "n", "startedAt": CREATED}
    bound = {key: value for key, value in remote_ref().items() if key != "createdAt"}
    claiming = snapshot(status={"remoteRef": bound, "pendingOperation": adopting}, verified=True)
    answered = claiming.now + timedelta(seconds=40)
    sent = replace(claiming, subject=replace(claiming.subject, status=record.sent(claiming, {}, at=answered)))

    pending = record.seen(sent, observation(created_at=CREATED)).pending_operation

    assert pending is not None
    assert pending.started_at == stamp(answered)
