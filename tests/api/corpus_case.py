"""One entry of the corpus."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """`refused` and `accepted` differ in one thing; the message holds `says`: the field and what to do."""

    id: str
    refused: dict[str, Any]
    accepted: dict[str, Any]
    says: tuple[str, ...]
