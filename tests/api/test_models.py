"""Stored JSON and the models are the same thing, by the API's names."""

from datetime import timedelta

import pytest

from inference_operator.api.account import AccountStatus, ClusterInferenceAccountSpec
from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.registry import registered
from inference_operator.api.scalars import format_duration, parse_duration
from inference_operator.api.status import EndpointStatus
from inference_operator.providers.huggingface.account import HuggingFaceAccount
from inference_operator.providers.huggingface.spec_images import IMAGE_KEYS, ModelImage
from tests.api.corpus import CASES
from tests.api.manifests import cluster_account
from tests.api.test_kubectl import STATUS


def test_every_accepted_manifest_parses_and_is_written_as_it_was() -> None:
    for case in CASES:
        if case.accepted["kind"] != "InferenceEndpoint":
            continue
        spec = EndpointSpec.from_json(case.accepted["spec"])
        model = next(one.endpoint for one in registered() if one.key == spec.provider_key)
        assert model.model_validate(spec.block).to_json() == spec.block, case.id


def test_accounts_parse() -> None:
    manifest = cluster_account({"spec": {"pollInterval": "1m30s", "allowedNamespaces": {"names": ["a"]}}})
    spec = ClusterInferenceAccountSpec.from_json(manifest["spec"])
    assert spec.poll_interval == timedelta(seconds=90)
    assert HuggingFaceAccount.from_json(spec.block).token_secret_ref.key == "token"


def test_a_status_is_written_as_it_was_read_without_nulls() -> None:
    status = STATUS | {
        "appliedPower": {"state": "running"},
        "pendingOperation": {"type": "create", "nonce": "n", "startedAt": "2026-01-01T00:00:00Z"},
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "Running",
                "message": "It serves.",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
                "observedGeneration": 1,
            }
        ],
    }
    assert EndpointStatus.from_json(status).to_json() == status
    assert AccountStatus().to_json() == {}


def test_a_message_longer_than_its_bound_is_cut_not_refused() -> None:
    status = EndpointStatus(message="x" * 10_000, last_log_lines=["y" * 10_000])
    assert status.message == "x" * 4096
    assert status.last_log_lines == ["y" * 1024]


def test_the_image_keys_are_the_models() -> None:
    aliases = [field.alias for field in ModelImage.model_fields.values()]
    assert tuple(aliases) == IMAGE_KEYS
    assert len(IMAGE_KEYS) == 12


@pytest.mark.parametrize(
    ("text", "seconds"), [("15s", 15), ("1h30m", 5400), ("500ms", 0.5), ("1.5h", 5400), ("24h", 86400)]
)
def test_durations_are_read_and_written(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["15", "1d", "", "-1s", "s"])
def test_what_is_no_duration_raises(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)
