"""Whether secret values changed since they were last sent, told without keeping them.

The fingerprint is an HMAC, so that a reader of the status can't guess a value by hashing candidates. It names its
key: under another key nothing can be said, and then nothing is sent again.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

_KEY_ID_LENGTH = 8


def fingerprint(values: Mapping[str, Any], key: bytes) -> str | None:
    """The fingerprint of the values (pointer -> value), None where there are none."""
    if not values:
        return None
    text = json.dumps(values, sort_keys=True, separators=(",", ":")).encode()
    return f"{_key_id(key)}-{hmac.new(key, text, hashlib.sha256).hexdigest()}"


def changed(recorded: str | None, current: str | None) -> bool:
    """Whether the values differ from those last sent. False where the key in between was lost."""
    if recorded is None or current is None:
        return recorded is None and current is not None
    return recorded != current and recorded.split("-")[0] == current.split("-")[0]


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"key id" + key).hexdigest()[:_KEY_ID_LENGTH]
