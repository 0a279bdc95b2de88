"""E2E Networks TIR."""

from inference_operator.api.registry import ProviderBlocks
from inference_operator.providers.tir.blocks import BLOCKS


class Tir:
    """The provider, as it registers."""

    blocks: ProviderBlocks = BLOCKS


PLUGIN = Tir()
