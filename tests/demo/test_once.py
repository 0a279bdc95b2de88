"""`inference-operator demo --once`: what it says from the first line to the last."""

import re

from tests.demo.running import Demo

NARRATION = (
    r"✓ Kubernetes +kube-apiserver and etcd on https://127\.0\.0\.1:\d+, without Docker",
    r"✓ API +InferenceEndpoint, InferenceAccount, ClusterInferenceAccount",
    r"✓ Rights +deploy/rbac",
    r"✓ Provider +a simulated Hugging Face on http://127\.0\.0\.1:\d+",
    r"✓ Operator +`inference-operator run`, process \d+",
    r"✓ Account +InferenceAccount/hf is Ready",
    r"✓ Endpoint +kubectl apply -f deploy/samples/endpoint\.yaml",
    r"  • pending ",
    r"  • initializing ",
    r"  • running ",
    r"\$ kubectl get ie",
    r"NAME +STATE +READY +URL +HARDWARE +AGE",
    r"sentiment +running +1/1 +http://\S+ +cpu intel-spr x1",
    r"\$ curl .*hf_demo",
    r'\[\{"label":"POSITIVE"',
)
CHECKS = (
    r"✓ create +exactly one POST",
    r'✓ edit +exactly one PUT, with only what changed: .*"maxReplica": 2.*"tags": \["demo"\]',
    r"✓ pause +spec\.state: paused is exactly one pause call",
    r"✓ resume +spec\.state: running is exactly one resume call",
    r"✓ scaleToZero +spec\.state: scaledToZero is exactly one scaleToZero call",
    r"✓ wake +a request woke it",
    r"✓ delete +exactly one DELETE",
    r"All of it was as it should be",
)


def test_once_tells_the_whole_life_of_an_endpoint_in_plain_lines_and_leaves_nothing_behind(demo: type[Demo]) -> None:
    shown = demo("--once")
    assert shown.end() == 0, shown.text
    said = iter(shown.lines)
    for pattern in (*NARRATION, *CHECKS):
        assert any(re.match(pattern, line) for line in said), (
            f"{pattern!r} is not said, or not in this order:\n{shown.text}"
        )
    assert "\x1b" not in shown.text
    assert shown.left_behind() == []
