"""What a case of a field that can be changed says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MARKER = "(the marker)"
"""Stands for the ownership marker in a list of tags."""

Block = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """`edit` changes the block of an endpoint that began with `base`; `body` is all that the update sends of it.

    Where an update carries everything, that is what the create did not send. `actions`: what else is asked for.
    """

    id: str
    edit: Block
    body: Block
    base: Block = field(default_factory=dict)
    actions: tuple[str, ...] = ()
