"""Reading what /metrics answers."""

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

Series = tuple[str, frozenset[tuple[str, str]]]


def samples(text: str) -> Iterator[Sample]:
    """The samples of an exposition."""
    for family in text_string_to_metric_families(text):
        yield from family.samples


def values(text: str) -> dict[Series, float]:
    """Series -> value."""
    return {(one.name, frozenset(one.labels.items())): one.value for one in samples(text)}


def value(text: str, name: str, /, **labels: str) -> float | None:
    """The value of one series, None where there is none."""
    return values(text).get((name, frozenset(labels.items())))
