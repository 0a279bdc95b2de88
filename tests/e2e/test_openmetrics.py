"""Scrapes of single endpoints with real ServiceAccounts: the cluster's rules say who sees what."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.operator import OperatorProcess
from tests.support.team import Team

ALLOWED, STRANGER = "prometheus", "stranger"


class Scraper:
    """Prometheus, as the ServiceAccount of its choice."""

    def __init__(self, operator: OperatorProcess, team: Team) -> None:
        self._url = f"{operator.metrics_url}/openmetrics/{team.namespace}"
        self._team = team
        self.tokens: list[str] = []

    def get(self, name: str, account: str | None) -> httpx.Response:
        """One scrape with a fresh token."""
        token = self._token(account) if account else None
        return httpx.get(
            f"{self._url}/{name}", headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=10
        )

    def _token(self, account: str) -> str:
        self.tokens.append(self._team.kubectl("create", "token", account).stdout.strip())
        return self.tokens[-1]


@pytest.fixture
def passing_on(
    openmetrics_rights: None, team: Team, operator_kubeconfig: Path, tmp_path: Path
) -> Iterator[OperatorProcess]:
    """The operator with --openmetrics in place of the one without."""
    flags = (f"--allow-base-url={team.url}", "--openmetrics", "--log-level=DEBUG")
    with OperatorProcess(operator_kubeconfig, tmp_path, flags=flags).at_work() as process:
        yield process


@pytest.fixture
def scraper(passing_on: OperatorProcess, team: Team) -> Scraper:
    """Two ServiceAccounts, of which one may get InferenceEndpoints."""
    for name in (ALLOWED, STRANGER):
        team.kubectl("create", "serviceaccount", name)
    team.kubectl("create", "role", "scrape", "--verb=get", "--resource=inferenceendpoints.inference-operator.dev")
    team.kubectl("create", "rolebinding", "scrape", "--role=scrape", f"--serviceaccount={team.namespace}:{ALLOWED}")
    return Scraper(passing_on, team)


def test_who_may_get_the_endpoint_gets_the_providers_text_for_one_call_in_15_seconds(
    team: Team, scraper: Scraper, passing_on: OperatorProcess
) -> None:
    team.create("sentiment")
    first, second = scraper.get("sentiment", ALLOWED), scraper.get("sentiment", ALLOWED)
    assert first.status_code == 200, first.text
    assert first.headers["Content-Type"].startswith("application/openmetrics-text")
    assert first.text.startswith("# TYPE requests counter\nrequests_total{replica=")
    assert second.text == first.text
    assert len(team.requests("openMetrics", name="sentiment")) == 1
    assert scraper.get("absent", ALLOWED).status_code == 404
    assert not [token for token in scraper.tokens if token in passing_on.log]


def test_who_may_not_learns_nothing(team: Team, scraper: Scraper, passing_on: OperatorProcess) -> None:
    team.create("sentiment")
    unknown = httpx.get(
        f"{passing_on.metrics_url}/openmetrics/{team.namespace}/sentiment", headers={"Authorization": "Bearer made.up"}
    )
    anonymous = scraper.get("sentiment", None)
    assert (unknown.status_code, anonymous.status_code) == (401, 401)
    assert anonymous.headers["WWW-Authenticate"] == "Bearer"
    there, absent = scraper.get("sentiment", STRANGER), scraper.get("absent", STRANGER)
    assert (there.status_code, there.text) == (403, "This token may not get the InferenceEndpoint.\n")
    assert (absent.status_code, absent.text) == (there.status_code, there.text)
    assert team.requests("openMetrics") == []


def test_a_right_for_one_endpoint_is_no_right_for_another(team: Team, scraper: Scraper) -> None:
    one = ("--resource=inferenceendpoints.inference-operator.dev", "--resource-name=one")
    team.kubectl("create", "role", "one", "--verb=get", *one)
    team.kubectl("create", "rolebinding", "one", "--role=one", f"--serviceaccount={team.namespace}:{STRANGER}")
    team.create("one")
    team.create("other")
    assert [scraper.get(name, STRANGER).status_code for name in ("one", "other")] == [200, 403]


def test_it_is_off_unless_asked_for(team: Team, operator: OperatorProcess) -> None:
    team.create("sentiment")
    assert httpx.get(f"{operator.metrics_url}/openmetrics/{team.namespace}/sentiment").status_code == 404
    assert httpx.get(f"{operator.metrics_url}/metrics").status_code == 200
