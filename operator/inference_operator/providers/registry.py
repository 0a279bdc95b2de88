"""The providers that are installed, by the key of their block."""

from functools import cache
from importlib.metadata import entry_points

from inference_operator.api.names import PROVIDER_ENTRY_POINTS
from inference_operator.providers.base import Plugin


@cache
def plugin(key: str) -> Plugin:
    """The provider of a block. Raises LookupError where none is installed."""
    for entry in entry_points(group=PROVIDER_ENTRY_POINTS, name=key):
        found: Plugin = entry.load()
        return found
    raise LookupError(f"no provider {key!r} is installed")


@cache
def vendor_urls() -> frozenset[str]:
    """The API addresses of all installed providers' vendors."""
    return frozenset(url for key in keys() for url in plugin(key).hosts)


def keys() -> frozenset[str]:
    """The keys of the blocks of all installed providers."""
    return frozenset(entry.name for entry in entry_points(group=PROVIDER_ENTRY_POINTS))
