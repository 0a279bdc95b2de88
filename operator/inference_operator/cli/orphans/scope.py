"""Which accounts a command about orphans looks at; apart from what does so, so that commands start quickly."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """`namespace`: InferenceAccounts of this one and cluster accounts, None for all; `account`: (kind, name) alone.

    `admitted`: an address that the caller admits. `cluster_id`: as the operator's `--cluster-id`.
    """

    namespace: str | None
    account: tuple[str, str] | None
    admitted: str | None
    cluster_id: str | None
