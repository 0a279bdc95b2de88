"""A provider's credentials for a person: the account's Secret, else the environment. They are shown nowhere."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from inference_operator.cli.sentences import CommandError
from inference_operator.core import redact
from inference_operator.kube.errors import Forbidden
from inference_operator.kube.secrets import SecretReader
from inference_operator.kube.session import Session
from inference_operator.providers.base import SecretKey


@dataclass(frozen=True, slots=True)
class Source:
    """The Secrets of an account, and the namespace that they are in."""

    namespace: str
    keys: tuple[SecretKey, ...]


async def credentials(session: Session, source: Source | str, variables: Mapping[str, str]) -> dict[str, str]:
    """The values by `SecretKey.field`. Raises CommandError, which names both ways, where there are none.

    `source`: the Secrets, or the reason why they can't be asked for. `variables`: field -> environment variable.
    """
    values = source if isinstance(source, str) else await _from_secrets(session, source)
    if isinstance(values, str):
        values = _from_environment(values, variables)
    for value in values.values():
        redact.register(value)
    return values


async def _from_secrets(session: Session, source: Source) -> dict[str, str] | str:
    reader, values = SecretReader(session), dict[str, str]()
    for wanted in source.keys:
        named = f"Secret {source.namespace}/{wanted.secret}"
        try:
            data = await reader.read(source.namespace, wanted.secret)
        except Forbidden:
            return f"You may not read {named}"
        if data is None:
            return f"{named} does not exist"
        value = _usable(data.get(wanted.key, b"").decode(errors="replace"))
        if value is None:
            return f"{named} has no usable value under the key {wanted.key!r}"
        values[wanted.field] = value
    return values


def _from_environment(problem: str, variables: Mapping[str, str]) -> dict[str, str]:
    values = {field: _usable(os.environ.get(name, "")) for field, name in variables.items()}
    known = {field: value for field, value in values.items() if value is not None}
    if not known or len(known) < len(values):
        raise CommandError(
            f"There is no token to ask the provider with. {problem}: get that right, "
            f"or set {' and '.join(variables.values())} to a token of your own."
        )
    return known


def _usable(value: str) -> str | None:
    """The value as a header can carry it."""
    stripped = value.strip()
    return stripped if stripped and stripped.isascii() and stripped.isprintable() else None
