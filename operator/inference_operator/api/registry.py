"""Providers register by entry point: the CRDs are rendered, and specs are read, from what is registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from pydantic import BaseModel, Field, model_validator

from inference_operator.api.base import ApiModel
from inference_operator.api.markers import Cel
from inference_operator.api.names import PROVIDER_ENTRY_POINTS


@dataclass(frozen=True)
class ProviderBlocks:
    """What a provider adds to the API.

    `key` is the block's name in `spec` and the entry point's name. `endpoint` and `account` are the models of
    the block in an InferenceEndpoint and in the accounts. The rules stand at the root of these kinds
    (`self.spec.<key>`, `self.metadata.name`, `oldSelf.status`). `source` names the API document that the
    block's fields come from. `selectable` are paths below the endpoint's block that can be field selectors.
    """

    key: str
    endpoint: type[BaseModel]
    account: type[BaseModel]
    endpoint_rules: tuple[Cel, ...] = ()
    account_rules: tuple[Cel, ...] = ()
    source: str = ""
    selectable: tuple[str, ...] = ()


@cache
def provider_keys() -> tuple[str, ...]:
    """The registered blocks' keys, sorted. Loads no provider."""
    return tuple(sorted({entry.name for entry in entry_points(group=PROVIDER_ENTRY_POINTS)}))


@cache
def registered() -> tuple[ProviderBlocks, ...]:
    """Every registered provider's blocks, by key. Loads the providers; raises what their import raises."""
    found = {entry.name: entry for entry in entry_points(group=PROVIDER_ENTRY_POINTS)}
    return tuple(_blocks(found[key].load(), key) for key in sorted(found))


def _blocks(plugin: Any, key: str) -> ProviderBlocks:
    blocks = plugin.blocks
    if not isinstance(blocks, ProviderBlocks) or blocks.key != key:
        raise TypeError(f"entry point {key!r}: `blocks` must be a ProviderBlocks with that key")
    return blocks


class WithProviderBlock(ApiModel):
    """A spec with one provider block, kept as JSON: only the provider's own folder knows its fields."""

    blocks: Mapping[str, Mapping[str, Any]] = Field(
        default_factory=dict, exclude=True, description="Provider blocks by key: JSON as stored."
    )

    @model_validator(mode="before")
    @classmethod
    def _collect_blocks(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "blocks" in data:
            return data
        return {**data, "blocks": {key: data[key] for key in provider_keys() if key in data}}

    @property
    def provider_key(self) -> str | None:
        """Key of the provider block, such as `huggingFace`; None where no registered one is present."""
        return next(iter(self.blocks), None)

    @property
    def block(self) -> dict[str, Any]:
        """JSON of the provider block, for the provider's own model; empty without one."""
        return dict(next(iter(self.blocks.values()), {}))
