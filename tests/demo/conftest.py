"""Demos that are stopped with the test."""

from collections.abc import Iterator

import pytest
from tests.demo.running import Demo


@pytest.fixture
def demo() -> Iterator[type[Demo]]:
    started: list[Demo] = []

    class Started(Demo):
        def __init__(self, *arguments: str) -> None:
            super().__init__(*arguments)
            started.append(self)

    yield Started
    for one in started:
        one.stop()
