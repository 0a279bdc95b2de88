"""What one resource declares, in its provider's document and free of secret values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inference_operator.core.catalogue import Hardware, Replicas
from inference_operator.core.diff import Shape
from inference_operator.core.documents import Document, lookup, merged, nested, parts

_ANY = Replicas(0, 1)


@dataclass(frozen=True, slots=True)
class SecretUse:
    """A place in the document that is filled from a Secret of the resource's namespace.

    `key`: the Secret's key, or None where the Secret is a registry login (basic-auth or dockerconfigjson).
    """

    pointer: str
    secret: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Desired:
    """`document` is compared and kept; `at_creation` is sent once, laid under it.

    `revision`: the model's version as declared, which the provider may show as the commit that it stands for; None
    where none is declared. The document then has the commit that is recorded for it.
    `runs_on` and `replicas`: what is asked of the catalogue. `remarks`: what of it the provider may not know, in
    sentences.
    """

    name: str
    document: Document
    at_creation: Document = field(default_factory=dict)
    secrets: tuple[SecretUse, ...] = ()
    hardware: str = ""
    runs_on: Hardware | None = None
    replicas: Replicas = _ANY
    revision: str | None = None
    remarks: tuple[str, ...] = ()

    def creation(self) -> dict[str, Any]:
        """The configuration to create the endpoint with, secret values still missing."""
        return merged(self.at_creation, self.document)

    def carriers(self, shape: Shape) -> dict[str, Any]:
        """The whole fields that hold secret values: what is sent when only a secret's value changed."""
        units = (_unit(use.pointer, shape) for use in self.secrets)
        return merged(*(nested(unit, lookup(self.document, unit)) for unit in units))


def filled(change: Document, uses: Iterable[SecretUse], values: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The change with the secret values in it, for those of its fields that carry any.

    `values`: pointer -> value. A field that carries a secret is never sent without it.
    """
    result = merged(change)
    for use in uses:
        if lookup(change, _unit(use.pointer, shape)) is not None:
            result = merged(result, nested(parts(use.pointer), values[use.pointer]))
    return result


def _unit(pointer: str, shape: Shape) -> tuple[str, ...]:
    """The path of the whole field that a pointer leads into, or its own."""
    for whole in shape.whole:
        if pointer == whole or pointer.startswith(whole + "/"):
            return parts(whole)
    return parts(pointer)
