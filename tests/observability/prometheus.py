"""A real Prometheus and its promtool, built from their Go module."""

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests.support.go_tools import GoTool

from inference_operator.localcluster.ports import free_port

VERSION = "3.13.3"
MODULE = Path(__file__).parent / "prometheus_module"
_PACKAGE = "github.com/prometheus/prometheus/cmd"
# Clients of a dozen clouds, to find targets there: three quarters of what is to be built.
_TAGS = ("remove_all_sd",)
PROMETHEUS = GoTool("prometheus", VERSION, MODULE, f"{_PACKAGE}/prometheus", tags=_TAGS)
PROMTOOL = GoTool("promtool", VERSION, MODULE, f"{_PACKAGE}/promtool", tags=_TAGS)

RULES = Path(__file__).parents[2] / "charts" / "inference-operator" / "files" / "alerts.yaml"
START_SECONDS = 30.0


def promtool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run promtool."""
    command = [PROMTOOL.path(), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus that scrapes one target every second, with the chart's rules."""

    url: str

    def query(self, promql: str) -> list[Any]:
        """The result of an instant query; AssertionError where Prometheus refuses it."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": promql}, timeout=10).json()
        assert answer["status"] == "success", f"{promql}: {answer}"
        found: list[Any] = answer["data"]["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """The rules, with their health."""
        answer = httpx.get(f"{self.url}/api/v1/rules", timeout=10).json()
        return [rule for group in answer["data"]["groups"] for rule in group["rules"]]


@contextlib.contextmanager
def scraping(target: str, directory: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes `target` (host:port) for the duration of the context."""
    config = directory / "prometheus.yml"
    every_second = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    job = {"job_name": "inference-operator", "static_configs": [{"targets": [target]}]}
    config.write_text(yaml.safe_dump({"global": every_second, "rule_files": [str(RULES)], "scrape_configs": [job]}))
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        *(str(PROMETHEUS.path()), f"--config.file={config}", f"--storage.tsdb.path={directory / 'data'}"),
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=directory)
    try:
        _wait_until_ready(url, process, directory / "log")
        yield Prometheus(url)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(httpx.TransportError, json.JSONDecodeError):
            if httpx.get(f"{url}/-/ready", timeout=2).is_success:
                return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)
