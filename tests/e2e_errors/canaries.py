"""Secret values that can be told from anything else, in every spelling and in pieces."""

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

_PIECE = 10
"""Characters: a piece of this length of a secret value is a leak too."""

TOKEN = 'hf_Canary/token+Zq7"W\\e0vXk9deadbeefdeadbeefdeadbeefPq3tail'
"""The account's; with what JSON, URLs and base64 write differently, and an inside that looks like an id."""
ROTATED = "hf_9otherCanaryJ4mWq8sLd2"
ENV = 'envcanary-Ys5&x=%20/"quoted"-é-Tb8wRn6c'
USERNAME = "robotcanary-Uv2k"
PASSWORD = "pwcanary:Hd7+/=Lf4zNm1sQx"
DOCKER = "dockercanary-0123456789abcdef01234567-Gk9pVb3"
AUTH = base64.b64encode(f"{USERNAME}:{DOCKER}".encode()).decode()
"""As a .dockerconfigjson holds it."""
ALL = (TOKEN, ROTATED, ENV, PASSWORD, DOCKER, AUTH)


def spellings(value: str) -> list[str]:
    """The ways in which a provider may echo a value."""
    encoded = value.encode()
    found = [
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        base64.b64encode(encoded).decode(),
        base64.b64encode(encoded).decode().rstrip("="),
        base64.urlsafe_b64encode(encoded).decode(),
        repr(value)[1:-1],
    ]
    return list(dict.fromkeys(found))


def leaks(text: str, values: Iterable[str] = ALL) -> list[str]:
    """Where in a text a value, or a piece of one, can be read: each with what stands around it."""
    return [_around(text, piece) for value in values for piece in _pieces(value) if piece in text]


def _pieces(value: str) -> list[str]:
    return list(
        dict.fromkeys(
            spelling[start : start + _PIECE]
            for spelling in spellings(value)
            for start in range(len(spelling) - _PIECE + 1)
        )
    )


def _around(text: str, piece: str) -> str:
    at = text.index(piece)
    return f"{piece!r} in ...{text[max(0, at - 120) : at + 60]!r}..."
