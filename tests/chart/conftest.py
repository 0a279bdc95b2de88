"""Helm, and the chart rendered once for each set of values."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.chart.helm import Helm, Object
from tests.chart.sets import SETS
from tests.support.cluster import Cluster, Kubectl

Render = Callable[[str], list[Object]]


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Helm, without a cluster."""
    return Helm(tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session")
def teams(installed: Cluster, kubectl: Kubectl) -> Iterator[None]:
    """The namespaces that the sets speak of, beside the operator's, which is installed."""
    names = ("team-a", "team-b")
    for name in names:
        kubectl.run("create", "namespace", name)
    yield
    kubectl.run("delete", "namespace", *names, "--wait=false")


@pytest.fixture(scope="session")
def render(helm: Helm) -> Render:
    """What the chart makes of a set, by its name."""

    @functools.cache
    def rendered(name: str) -> list[Any]:
        return helm.template(SETS[name])

    return rendered
