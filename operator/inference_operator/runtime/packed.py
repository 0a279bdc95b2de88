"""Texts that are much alike, kept small: what they have in common is kept once.

The objects of a kind, and the endpoints of a provider, differ in names and times. As dictionaries they take five times
as much as their text, and the text ten times as much as what tells it from the others.
"""

import zlib

_LEVEL = 1
# Higher levels take much longer for little.


class Packer:
    """Packs texts by what they share with the first one. What is equal is the same bytes."""

    def __init__(self) -> None:
        self._pattern: bytes | None = None

    def pack(self, text: bytes) -> bytes:
        """The text, as `unpack` of this very packer gives it back."""
        if self._pattern is None:
            self._pattern = text
        packing = zlib.compressobj(_LEVEL, zdict=self._pattern)
        return packing.compress(text) + packing.flush()

    def unpack(self, packed: bytes) -> bytes:
        """What was packed."""
        unpacking = zlib.decompressobj(zdict=self._pattern or b"")
        return unpacking.decompress(packed) + unpacking.flush()
