"""The log: its keys, and the change log."""

import json
from typing import Final

from inference_operator.core.changes import CHANGES, WHY

_HEAD = """# Logs

<!-- Generated from tools/reference/logs.py and core/changes.py by `python -m tools.reference`. -->

`inference-operator run` writes one line for each happening to stderr: JSON with `--log-format json`, else text for
people. Lines of kopf and other libraries have the same shape and the same first keys. `event` is a fixed sentence,
and what varies is under the keys below, which keep their meaning. Secret values are masked as `***` wherever they
would stand.

A healthy operator at rest writes nothing.
"""

KEYS: Final = {
    "ts": "When, RFC 3339 in UTC.",
    "level": "debug, info, warning, error or critical.",
    "event": "What happened.",
    "logger": "The module that says so, or `inference_operator.changes` for the change log.",
    "kind": "Kind of the resource.",
    "namespace": "Namespace of the resource.",
    "name": "Name of the resource.",
    "key": "Kind, namespace and name of the resource in work.",
    "keys": "The same of several.",
    "generation": "The resource's metadata.generation that was acted on.",
    "account": "Kind, namespace and name of the account.",
    "provider": "Key of the provider block, such as huggingFace.",
    "remote": "Name of the endpoint at the provider.",
    "change": "What was written to the provider: see below.",
    "outcome": "done; refused by the provider; or unconfirmed, where the answer was lost.",
    "fields": "JSON pointers of the fields that were sent, in the provider block; never their values.",
    "why": "In the change log why: see below. Elsewhere what led to it.",
    "code": "HTTP status of a refusal.",
    "reason": "The reason of a failure, as in a condition.",
    "retry_in": "Seconds to the next look.",
    "error": "An error in words.",
    "exception": "A traceback.",
    "stack": "Where in the code it was said, if asked for.",
    "remedy": "What to do about it.",
    "identity": "This process, as in the Lease.",
    "holder": "Who holds the Lease.",
    "trace_id": "With traces: the trace of this look, 32 hexadecimal digits.",
    "span_id": "With traces: the span of this look, 16 hexadecimal digits.",
}
"""The keys of the operator's own lines."""

EXAMPLE: Final = {
    "ts": "2026-11-21T09:27:14.503271Z",
    "level": "info",
    "event": "remote change",
    "logger": "inference_operator.changes",
    "change": "update",
    "outcome": "done",
    "fields": ["/compute/scaling/maxReplica"],
    "why": "declared",
    "kind": "InferenceEndpoint",
    "namespace": "team-a",
    "name": "sentiment",
    "generation": 2,
    "account": "InferenceAccount team-a/hf",
    "provider": "huggingFace",
    "remote": "sentiment-prod",
}
"""A line of the change log."""

_CHANGE_LOG = f"""
## Change log

Each write to a provider is one line at level info, whose event is `remote change` and whose logger is
`inference_operator.changes`. At rest there is none.

```json
{json.dumps(EXAMPLE)}
```
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            _HEAD + "\n" + _table("key", "meaning", KEYS),
            _CHANGE_LOG,
            _table("change", "what was done", CHANGES),
            _table("why", "because", WHY),
        ]
    )


def _table(first: str, second: str, rows: dict[str, str]) -> str:
    lines = [f"| `{name}` | {text[0].upper()}{text[1:].removesuffix('.')}. |" for name, text in rows.items()]
    return "\n".join([f"| {first} | {second} |", "|---|---|", *lines]) + "\n"
