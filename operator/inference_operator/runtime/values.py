"""The secret values that one resource refers to, read by name from its own namespace."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any

from inference_operator.core import redact
from inference_operator.core.desired import SecretUse
from inference_operator.core.failures import Failure
from inference_operator.kube.secrets import SecretReader

_DOCKER_CONFIG = ".dockerconfigjson"


class Unresolved(Exception):  # noqa: N818 - carries a Failure, which is what it is about
    """A value is not to be had. `failure` says which and what to do."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


async def resolve(
    reader: SecretReader, namespace: str, uses: Iterable[SecretUse], *, max_age: float | None = None
) -> dict[str, Any]:
    """Pointer -> value for every use. Raises Unresolved. Each value is known to the redaction from here on.

    `max_age`: seconds that a Secret's content may be old, None for the reader's own limit.
    """
    values: dict[str, Any] = {}
    for use in uses:
        data = await reader.read(namespace, use.secret, max_age=max_age)
        if data is None:
            raise Unresolved(_missing(use))
        try:
            values[use.pointer] = (
                _login(use, data, namespace) if use.key is None else _text(use, data, use.key, namespace)
            )
        except Unresolved:
            reader.forget(namespace, use.secret)
            raise
    return values


def _text(use: SecretUse, data: Mapping[str, bytes], key: str, namespace: str) -> str:
    if key not in data:
        raise Unresolved(_no_key(use, key))
    try:
        value = data[key].decode()
    except UnicodeDecodeError:
        raise Unresolved(_unusable(use, f"its key {key!r} is not text")) from None
    redact.register(value, namespace=namespace)
    return value


def _login(use: SecretUse, data: Mapping[str, bytes], namespace: str) -> dict[str, str]:
    if _DOCKER_CONFIG in data:
        return _docker_login(use, data[_DOCKER_CONFIG], namespace)
    return {part: _text(use, data, part, namespace) for part in ("username", "password")}


def _docker_login(use: SecretUse, config: bytes, namespace: str) -> dict[str, str]:
    try:
        entries = list(json.loads(config)["auths"].values())
        entry = entries[0]
        if "auth" in entry:
            redact.register(entry["auth"], namespace=namespace)
            username, password = base64.b64decode(entry["auth"], validate=True).decode().split(":", 1)
        else:
            username, password = entry["username"], entry["password"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, binascii.Error):
        raise Unresolved(_unusable(use, "its .dockerconfigjson can't be read")) from None
    if len(entries) != 1:
        raise Unresolved(_unusable(use, "its .dockerconfigjson names more than one registry"))
    redact.register(password, namespace=namespace)
    return {"username": username, "password": password}


def _missing(use: SecretUse) -> Failure:
    return Failure(
        "SecretNotFound",
        f"Secret {use.secret!r}, which {use.pointer} refers to, does not exist in this namespace. Create it.",
        terminal=False,
        local=True,
    )


def _no_key(use: SecretUse, key: str) -> Failure:
    problem = f"Secret {use.secret!r} has no key {key!r}, which {use.pointer} refers to."
    return Failure("SecretNotFound", f"{problem} Add the key, or correct the reference.", terminal=False, local=True)


def _unusable(use: SecretUse, why: str) -> Failure:
    return Failure(
        "SecretInvalid",
        f"Secret {use.secret!r}, which {use.pointer} refers to, can't be used: {why}.",
        terminal=True,
        local=True,
    )
