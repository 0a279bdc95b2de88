"""How many examples a law is tried with, where it does not say otherwise."""

from hypothesis import settings

settings.register_profile("sample", max_examples=30, deadline=None)
settings.load_profile("sample")
