"""What must be sent to make the remote side as declared.

Three rules make an endless difference impossible: what is not declared is not compared; what the provider
fills in inside a declared object is not compared; and a number is itself however it is spelled (1 is 1.0).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from inference_operator.core.catalogue import Hardware
from inference_operator.core.documents import Document, lookup, merged, nested, parts, pointer


class Whole(Enum):
    """How a field that the provider replaces as one piece is compared."""

    EXACT = "exact"
    """Every entry counts: one that is not declared is a difference (environment, arguments, tags)."""

    DECLARED = "declared"
    """What is declared counts: the provider may add to it (image settings, where it fills in defaults)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Facts of one provider's configuration document.

    `whole`: pointer -> how that field, sent in one piece, is compared. `marks_with_first_change`: the marker can't be
    put on without a change of what runs, so that what is taken over is bound by its id until its first change.
    `runs_on`: the hardware that a document names, as the price list has it; `hardware`: the same in words. Of a
    document that names none: None, and nothing.
    """

    whole: Mapping[str, Whole] = field(default_factory=dict)
    marks_with_first_change: bool = False
    runs_on: Callable[[Document], Hardware | None] = lambda _: None
    hardware: Callable[[Document], str] = lambda _: ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs. `pointer` is in the provider block's coordinates; values are JSON."""

    pointer: str
    declared: Any
    observed: Any


def differences(
    declared: Document, observed: Document, shape: Shape, *, ignore: Iterable[str] = ()
) -> tuple[Difference, ...]:
    """The declared fields that the remote side has otherwise, in the document's order.

    `ignore`: pointers of fields whose remote value is nobody's business (spec.ignoreDrift).
    """
    ignored = frozenset(ignore)
    return tuple(_walk((), declared, observed, shape, ignored))


def change_for(found: Iterable[Difference]) -> dict[str, Any]:
    """The smallest document that carries these differences."""
    return merged(*(nested(parts(each.pointer), each.declared) for each in found))


def _walk(
    path: tuple[str, ...], declared: Document, observed: Document, shape: Shape, ignored: frozenset[str]
) -> Iterator[Difference]:
    for key, value in declared.items():
        here = (*path, key)
        at = pointer(*here)
        if at in ignored:
            continue
        seen = lookup(observed, (key,))
        if isinstance(value, Mapping) and at not in shape.whole:
            yield from _walk(here, value, seen if isinstance(seen, Mapping) else {}, shape, ignored)
        elif not _same(value, seen, shape.whole.get(at, Whole.EXACT)):
            yield Difference(at, value, seen)


def _same(declared: Any, observed: Any, how: Whole) -> bool:
    if isinstance(declared, Mapping):
        return _same_mapping(declared, observed if isinstance(observed, Mapping) else None, how)
    if isinstance(declared, list | tuple):
        seen = observed if isinstance(observed, list | tuple) else ()
        return len(declared) == len(seen) and all(
            _same(one, other, how) for one, other in zip(declared, seen, strict=True)
        )
    if isinstance(declared, bool) or isinstance(observed, bool):
        return declared is observed
    return bool(declared == observed)


def _same_mapping(declared: Document, observed: Document | None, how: Whole) -> bool:
    if not declared:
        return not observed if how is Whole.EXACT else not _present(observed)
    seen = observed or {}
    if how is Whole.EXACT and {*declared} != {*seen}:
        return False
    # An empty object inside a whole field only names a choice, such as which container serves.
    return all(
        key in seen if isinstance(value, Mapping) and not value else _same(value, seen.get(key), how)
        for key, value in declared.items()
    )


def _present(observed: Document | None) -> bool:
    return bool(observed) and any(value is not None for value in (observed or {}).values())
