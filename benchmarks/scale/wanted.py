"""The one endpoint that all contenders make a thousand times, in the vendor's words and in those of its client.

Imports nothing: the contenders' processes hold no more than their work needs.
"""

from typing import Any

TOKEN = "hf_benchmark0123456789"
REPLICAS = 2
"""maxReplica at creation; edits count up from here."""
DRIFTED = 99
"""maxReplica after somebody else's change."""


def body(max_replica: int = REPLICAS) -> dict[str, Any]:
    """The vendor's document, without the name."""
    return {
        "type": "private",
        "provider": {"vendor": "aws", "region": "us-east-1"},
        "compute": {
            "accelerator": "cpu",
            "instanceType": "intel-spr",
            "instanceSize": "x1",
            "scaling": {"minReplica": 1, "maxReplica": max_replica},
        },
        "model": {"repository": "org/model", "framework": "pytorch", "image": {"huggingface": {}}},
    }


def hub_arguments() -> dict[str, Any]:
    """The same as arguments of `HfApi.create_inference_endpoint`."""
    return {
        "repository": "org/model",
        "framework": "pytorch",
        "accelerator": "cpu",
        "instance_size": "x1",
        "instance_type": "intel-spr",
        "vendor": "aws",
        "region": "us-east-1",
        "type": "private",
        "min_replica": 1,
        "max_replica": REPLICAS,
    }
