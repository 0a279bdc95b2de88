"""A connection to the API server with the CRDs in it, and a namespace."""

from collections.abc import Iterator

import pytest

from tests.api.api_server import ApiServer
from tests.support.cluster import Cluster


@pytest.fixture
def api(installed: Cluster, namespace: str) -> Iterator[ApiServer]:
    server = ApiServer(installed.kubeconfig, namespace)
    yield server
    server.close()
