"""Who is calling: bearer tokens with their user, namespaces, scope and plan."""

import threading
from dataclasses import dataclass
from typing import Literal

Scope = Literal["read", "write"]

DEFAULT_USER = "operator"
"""The user behind a token that nobody registered."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a token stands for. `namespaces` None means all."""

    user: str = DEFAULT_USER
    namespaces: frozenset[str] | None = None
    scope: Scope = "write"
    pro: bool = True

    def may_enter(self, namespace: str) -> bool:
        """Say whether the token belongs to `namespace`."""
        return self.namespaces is None or namespace in self.namespaces


def bearer(authorization: str | None) -> str | None:
    """Return the token of an `Authorization: Bearer ...` header."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


class Tokens:
    """The valid tokens. While `accept_any` is on, every token with `prefix` that was not revoked is valid too."""

    def __init__(self, prefix: str = "hf_") -> None:
        self.accept_any = True
        self._prefix = prefix
        self._known: dict[str, Caller] = {}
        self._revoked: set[str] = set()
        self._lock = threading.Lock()

    def add(
        self,
        token: str,
        *,
        user: str = DEFAULT_USER,
        namespaces: list[str] | None = None,
        scope: Scope = "write",
        pro: bool = True,
    ) -> None:
        """Register a token, bound to `namespaces` (None: all)."""
        bound = None if namespaces is None else frozenset(namespaces)
        with self._lock:
            self._known[token] = Caller(user=user, namespaces=bound, scope=scope, pro=pro)
            self._revoked.discard(token)

    def revoke(self, token: str) -> None:
        """Make a token invalid from now on, known or not."""
        with self._lock:
            self._known.pop(token, None)
            self._revoked.add(token)

    def find(self, token: str | None) -> Caller | None:
        """Return who the token stands for, or None when it is not valid."""
        with self._lock:
            if token is None or token in self._revoked:
                return None
            anyone = Caller() if self.accept_any and token.startswith(self._prefix) else None
            return self._known.get(token, anyone)

    def clear(self) -> None:
        """Forget all tokens and revocations, and accept any with the prefix again."""
        with self._lock:
            self._known.clear()
            self._revoked.clear()
            self.accept_any = True
