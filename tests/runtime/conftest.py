"""How many examples a law is tried with, where it does not say otherwise."""

from hypothesis import settings
from tests.runtime.quiet import quiet

__all__ = ["quiet"]

settings.register_profile("sample", max_examples=30, deadline=None)
settings.load_profile("sample")
