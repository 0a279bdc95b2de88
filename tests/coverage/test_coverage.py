"""Everything that the sources name has a row, every row points at something real, and the page is what the rows say."""

import pytest
from tools.coverage.page import PAGE, page
from tools.coverage.places import commands, fields, is_test
from tools.coverage.rows import Row, node_ids, rows
from tools.coverage.sources import Source, sources

SOURCES = sources()
ALL = [(source.key, row) for source in SOURCES for row in rows(source.key)]
EXPECTED = {
    "000": ["import()", "compute.scaling.metric", "model.image.llamacpp.threads_http", "status.private.service_name"],
    "001": ["accountId", "model.image.custom.health_route", "status.errorMessage"],
    "002": ["GET /provider", "createEndpoint -> 201", "Endpoint.url", "EndpointMetrics.request_duration_ms.p99"],
    "003": ["create()", "server_options", "auto_scale_policy.rules.window", "resource_details.env_variables.disabled"],
    "004": ["configuration: download pattern", "logs: filter by level", "audit logs: X-Request-Id"],
    "contract": ["EndpointModelImage.vLLMOmni", "EndpointUpdate.provider", "get_endpoint_logs_v3?level"],
}
"""Some names of each source, which show that it is read whole."""


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_every_name_of_a_source_has_one_row_and_every_row_a_name(source: Source) -> None:
    assert [row.name for row in rows(source.key)] == list(source.names)
    assert len(set(source.names)) == len(source.names)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_a_source_is_read_whole(source: Source) -> None:
    assert set(EXPECTED[source.key]) <= set(source.names)


def test_the_contract_is_read_field_by_field() -> None:
    (contract,) = (source for source in SOURCES if source.key == "contract")

    images = [name for name in contract.names if name.startswith("EndpointModelImage.")]
    assert len(images) == 12
    assert sum(name.split()[0] in {"GET", "POST", "PUT", "DELETE"} for name in contract.names) == 17


def test_every_row_has_one_end_and_what_is_absent_says_what_is_done_then() -> None:
    unclear = [
        (source, row.name)
        for source, row in ALL
        if len(row.ends) != 1 or (row.absent is None) != (row.instead is None) or (row.test is None and not row.absent)
    ]
    assert unclear == []


def test_every_place_is_a_field_of_the_crds() -> None:
    assert [(source, row.name, row.place) for source, row in ALL if row.place and row.place not in fields()] == []
    assert [(source, row.name, row.refused) for source, row in ALL if row.refused and row.refused not in fields()] == []


def test_every_command_and_each_of_its_options_is_there() -> None:
    missing = [(source, row.command) for source, row in ALL if row.command and not _is_command(row)]
    assert missing == []


def _is_command(row: Row) -> bool:
    name, *words = (row.command or "").split()
    return name in commands() and {word for word in words if word.startswith("--")} <= commands()[name]


def test_every_test_exists_and_each_short_name_is_used() -> None:
    assert [node for node in node_ids().values() if not is_test(node)] == []
    assert set(node_ids().values()) == {row.test for _, row in ALL if row.test}


@pytest.mark.parametrize(
    "node",
    [
        "tests/coverage/test_coverage.py::test_that_nobody_wrote",
        "tests/coverage/test_nothing.py::test_a_source_is_read_whole",
        "tests/coverage/test_coverage.py",
    ],
)
def test_a_test_that_is_not_there_is_noticed(node: str) -> None:
    assert not is_test(node)
    assert is_test("tests/coverage/test_coverage.py::test_a_source_is_read_whole")


def test_the_page_is_what_the_rows_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tools.coverage`"
