"""For each alert the series that make it fire, and what it then says."""

from dataclasses import dataclass, field
from typing import Any

TARGET = 'namespace="s", job="op", instance="a"'
_OF_TARGET = {"namespace": "s", "job": "op", "instance": "a"}
_OF_JOB = {"namespace": "s", "job": "op"}
BUILD = {f'inference_operator_build_info{{{TARGET}, version="1"}}': "1x120"}
"""What tells the operator from other controllers."""


@dataclass(frozen=True)
class Case:
    """One alert. `series`: name -> values, a minute apart. `at`: the minute at which it fires; at `not_at` not yet."""

    alert: str
    series: dict[str, str]
    at: int
    labels: dict[str, str]
    summary: str
    not_at: int = 0
    others: dict[str, str] = field(default_factory=lambda: dict(BUILD))

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """The series, as promtool takes them."""
        return [{"series": name, "values": values} for name, values in (self.others | self.series).items()]


def _condition(kind: str, status: str, reason: str) -> str:
    said = f'type="{kind}", status="{status}", reason="{reason}"'
    return f"inference_operator_endpoint_condition{{{TARGET}, {said}}}"


def _api(code: str) -> str:
    return f'rest_client_requests_total{{{TARGET}, method="GET", resource="secrets", code="{code}"}}'


def _provider(code: str) -> str:
    of = f'provider="huggingFace", operation="get", code="{code}"'
    return f"inference_operator_remote_requests_total{{{TARGET}, {of}}}"


_ACCOUNT = 'provider="huggingFace", account="InferenceAccount t/hf"'
_SEEN_NOW_AND_THEN = " ".join(["1 stale _x4"] * 5)
"""A process that ends soon after it was scraped, and is down while it is backed off from."""
_QUEUE = {**_OF_TARGET, "name": "inferenceendpoint"}

CASES = (
    Case("InferenceOperatorDown", {}, 6, {}, "No operator is scraped.", not_at=4, others={}),
    Case(
        "InferenceOperatorNoLeader",
        {
            f'leader_election_master_status{{{TARGET}, name="inference-operator"}}': "0x60",
            'leader_election_master_status{namespace="s", job="another", instance="b", name="x"}': "1x60",
        },
        3,
        _OF_JOB,
        "Operators run, and none of them leads.",
        not_at=1,
    ),
    Case(
        "InferenceOperatorRestarts",
        {f"process_start_time_seconds{{{TARGET}}}": "0x9 100x9 200x9 300x9 400x9"},
        45,
        _OF_TARGET,
        "The operator a was restarted 4 times within an hour.",
        not_at=35,
    ),
    Case(
        "InferenceOperatorRestarts",
        {
            f"process_start_time_seconds{{{TARGET}}}": " ".join(f"{began} stale _x4" for began in range(0, 500, 100)),
        },
        28,
        _OF_TARGET,
        "The operator a was restarted 4 times within an hour.",
        not_at=20,
        others={f'inference_operator_build_info{{{TARGET}, version="1"}}': _SEEN_NOW_AND_THEN},
    ),
    Case(
        "InferenceOperatorWorkStuck",
        {f'workqueue_longest_running_processor_seconds{{{TARGET}, name="inferenceendpoint"}}': "660+60x30"},
        6,
        _QUEUE,
        "One endpoint has been worked on for 17m 0s.",
        not_at=4,
    ),
    Case(
        "InferenceOperatorQueueBacklog",
        {f'workqueue_depth{{{TARGET}, name="inferenceendpoint"}}': "0x10 150x30"},
        30,
        _QUEUE,
        "150 endpoints wait to be looked at.",
        not_at=20,
    ),
    Case(
        "InferenceOperatorAPIServerErrors",
        {_api("200"): "0+60x60", _api("503"): "0+15x60", _api("<error>"): "0+25x60"},
        15,
        _OF_JOB,
        "40% of the requests to the API server fail.",
        not_at=9,
    ),
    Case(
        "InferenceOperatorProviderErrors",
        {_provider("200"): "0+60x60", _provider("429"): "0+15x60", _provider("<error>"): "0+25x60"},
        20,
        {**_OF_JOB, "provider": "huggingFace"},
        "40% of the requests to huggingFace fail.",
        not_at=14,
    ),
    Case(
        "InferenceOperatorAccountNotReady",
        {
            f'inference_operator_account_ready{{{TARGET}, {_ACCOUNT}, reason="ProviderUnavailable"}}': "0x7 stale",
            f'inference_operator_account_ready{{{TARGET}, {_ACCOUNT}, reason="CredentialsInvalid"}}': "_x7 0x60",
        },
        16,
        {**_OF_JOB, "provider": "huggingFace", "account": "InferenceAccount t/hf"},
        "The account InferenceAccount t/hf can not be used.",
        not_at=14,
    ),
    Case(
        "InferenceOperatorObservationStale",
        {_condition("Ready", "Unknown", "ObservationStale"): "3x60"},
        6,
        _OF_JOB,
        "Nobody knows how 3 endpoints stand.",
        not_at=4,
    ),
    Case(
        "InferenceOperatorEndpointsStalled",
        {_condition("Stalled", "True", "QuotaExceeded"): "2x60"},
        16,
        {**_OF_JOB, "reason": "QuotaExceeded"},
        "2 endpoints wait for a person: QuotaExceeded.",
        not_at=14,
    ),
    Case(
        "InferenceOperatorDriftContested",
        {_condition("Drifted", "True", "DriftContested"): "1x60"},
        6,
        _OF_JOB,
        "Somebody keeps changing 1 endpoints back.",
        not_at=4,
    ),
    Case(
        "InferenceOperatorOrphans",
        {f"inference_operator_orphans{{{TARGET}}}": "2x60"},
        11,
        _OF_JOB,
        "2 remote endpoints belong to no resource any more.",
        not_at=9,
    ),
)

_STANDBY = TARGET.replace('"a"', '"b"')
HEALTHY = {
    **BUILD,
    f'inference_operator_build_info{{{_STANDBY}, version="1"}}': "1x120",
    f'leader_election_master_status{{{TARGET}, name="inference-operator"}}': "1x120",
    f'leader_election_master_status{{{_STANDBY}, name="inference-operator"}}': "0x120",
    f"process_start_time_seconds{{{TARGET}}}": "100x120",
    f'workqueue_longest_running_processor_seconds{{{TARGET}, name="inferenceendpoint"}}': "3x120",
    f'workqueue_depth{{{TARGET}, name="inferenceendpoint"}}': "20x120",
    _api("200"): "0+60x120",
    _api("404"): "0+20x120",
    _provider("200"): "0+60x120",
    _provider("503"): "0+2x120",
    f'inference_operator_account_ready{{{TARGET}, provider="huggingFace", account="a", reason="Ready"}}': "1x120",
    _condition("Ready", "True", "Running"): "9x120",
    _condition("Drifted", "True", "AdoptedAsItWas"): "1x120",
    f"inference_operator_orphans{{{TARGET}}}": "0x120",
    # Other controllers, whose trouble is not the operator's.
    'leader_election_master_status{namespace="s", job="another", instance="c", name="x"}': "0x120",
    'workqueue_depth{namespace="s", job="another", instance="c", name="inferenceendpoint"}': "900x120",
    'rest_client_requests_total{namespace="s", job="another", instance="c", code="500"}': "0+60x120",
}
"""A leader, a standby and another controller: no alert fires."""
