"""What Kubernetes can say about a field and a Python type can't: markers that the renderer reads."""

from dataclasses import dataclass, field
from typing import Any, Literal

Reason = Literal["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"]

# CEL's keywords and reserved words: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
# fmt: off
_RESERVED = frozenset({
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if",
    "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
})
# fmt: on


def cel_name(field: str) -> str:
    """A field as a CEL rule spells it: the API server escapes CEL's reserved words, as in `__namespace__`."""
    return f"__{field}__" if field in _RESERVED else field


@dataclass(frozen=True)
class Cel:
    """One entry of `x-kubernetes-validations`.

    `rule` is CEL over `self` (and `oldSelf`: then it runs on updates only). `message` says what to do.
    `field_path` is a JSONPath below the schema that holds the rule, such as `.spec.replicas`.
    """

    rule: str
    message: str
    field_path: str | None = None
    reason: Reason | None = None

    def to_json(self) -> dict[str, str]:
        """The entry as the API server wants it."""
        named = {"fieldPath": self.field_path, "reason": self.reason}
        return {"rule": self.rule, "message": self.message} | {k: v for k, v in named.items() if v}


@dataclass(frozen=True)
class Atomic:
    """A map or list that one field manager owns whole, because the provider replaces it whole."""


@dataclass(frozen=True)
class ListMap:
    """A list whose items are told apart by the given keys, so that several managers can each own items."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Raw:
    """A type whose schema is given by hand, for what its Python type says too little about."""

    schema: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Retired:
    """A field of older API documents, refused with the new place: undeclared, it would be pruned unseen."""

    name: str
    schema: dict[str, Any] = field(hash=False)
    instead: str
