"""Every command of the documentation is run here, page by page, against API server, simulator and operator.

What can't be run here is in NOT_RUN, each with the reason.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.pages import PAGES, ROOT, blocks, commands
from tests.support.cluster import Cluster, Kubectl
from tests.support.operator import OperatorProcess

from inference_operator.localcluster import kubectl_path
from inference_operator.simulator import Simulator

NOT_RUN = {
    "make demo": "stays up; tests/demo runs what it runs",
    "DEMO_ONCE=1 make demo": "tests/demo runs what it runs",
    "make test": "this is it",
    'make test ARGS="tests/docs -q"': "this is it",
    'make test ARGS="tests/api -k binding"': "a part of it",
    'make test ARGS="--cluster kind"': "needs Docker",
    'make test ARGS="--cluster current"': "needs a cluster of the reader's",
    "make venv": "has run, or this would not",
    "make lint": "a part of .ci/run",
    "make crds": "tests/api compares what it writes",
    ".venv/bin/python -m tools.api_reference": "test_pages compares what it writes",
    ".venv/bin/python -m tools.reference": "tests/observability compares what it writes",
    ".venv/bin/python -m tools.dashboard": "tests/observability compares what it writes",
    ".venv/bin/python -m tests.gitops.argocd_config": "tests/gitops compares what it writes",
    ".venv/bin/python -m tests.gitops.recordings": "tests/gitops compares what it writes",
    ".venv/bin/python -m tools.demo_image": "runs the demo, as tests/demo does",
    "kubectl apply --server-side -f deploy/argocd/argocd-cm.yaml": "needs Argo CD; tests/gitops applies it",
    ".venv/bin/inference-operator run --kubeconfig ~/.kube/config --log-format text": "the fixture runs it",
    ".venv/bin/inference-operator simulate --port 8080": "tests/simulator runs it",
    ".venv/bin/inference-operator cluster up --dir .demo/cluster": "tests/localcluster runs it",
    ".venv/bin/inference-operator cluster kubeconfig --dir .demo/cluster": "tests/localcluster runs it",
    ".venv/bin/inference-operator cluster down --dir .demo/cluster": "tests/localcluster runs it",
}
SHOWN = {
    "README.md": "Helm needs a node: `make e2e` installs with it",
    "docs/how-to/install.md": "needs a node: `make e2e` does it; tests/chart applies the overlays",
    "docs/how-to/look-inside.md": "shows what is printed; tests/cli runs the commands",
    "docs/how-to/observe.md": "needs the pods of a release; tests/observability has what they serve",
    "docs/how-to/orphans.md": "shows what is printed; tests/cli runs the commands",
    "docs/how-to/tenancy.md": "starts an operator that stays; tests/e2e/test_process.py does",
    "docs/runbooks/*.md": "looks at a cluster in trouble",
}
"""Pages with `console` blocks, which are not run: a prompt, a command and perhaps what it prints."""
RUN = [page for page in PAGES if any(command not in NOT_RUN for command in commands(page))]
SIMULATOR = "http://127.0.0.1:8080"
MAKE_SECRET = 'kubectl create secret generic hf --from-literal=token="$HF_TOKEN"'

pytestmark = pytest.mark.xdist_group("docs-commands")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator.start(pending_seconds=0.1, initializing_seconds=0.1, updating_seconds=0.1) as started:
        yield started


@pytest.fixture(scope="module")
def operator(installed: Cluster, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The operator as a process with its ServiceAccount's rights."""
    OperatorProcess.stop_the_one_at_work()
    kubeconfig = installed.service_account_kubeconfig("inference-operator-system", "inference-operator")
    log = tmp_path_factory.mktemp("operator") / "log"
    flags = ["--kubeconfig", str(kubeconfig), "--allow-base-url", simulator.url, "--log-format", "text"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "inference_operator", "run", *flags, "--health-port", "-1", "--metrics-port", "-1"],
            stdout=output,
            stderr=output,
        )
    yield
    process.terminate()
    assert process.wait(30) == 0


class Terminal:
    """A reader's shell: the current directory is the clone, the context's namespace is the test's own."""

    def __init__(self, kubectl: Kubectl, namespace: str, simulator: Simulator, home: Path) -> None:
        kubeconfig = home / "kubeconfig"
        kubeconfig.write_text(kubectl.kubeconfig.read_text())
        self._simulator = simulator
        self._env = {
            **os.environ,
            "PATH": os.pathsep.join((str(kubectl_path().parent), sysconfig.get_path("scripts"), os.environ["PATH"])),
            "KUBECONFIG": str(kubeconfig),
            "HOME": str(home),
            "HF_TOKEN": "hf_docs",
        }
        self.type(f"kubectl config set-context --current --namespace={namespace}")

    def type(self, command: str) -> str:
        here = command.replace(SIMULATOR, self._simulator.url).replace("--timeout=15m", "--timeout=40s")
        done = subprocess.run(
            ["bash", "-c", here], env=self._env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}\n{self._standing()}"
        return done.stdout

    def _standing(self) -> str:
        show = ["kubectl", "get", "inference", "-o", "jsonpath={range .items[*]}{.status}{end}"]
        return subprocess.run(show, env=self._env, capture_output=True, text=True, check=False).stdout


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize("page", RUN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_of_a_page_works_in_its_order(
    page: Path, simulator: Simulator, kubectl: Kubectl, namespace: str, tmp_path: Path
) -> None:
    simulator.huggingface.reset()
    terminal = Terminal(kubectl, namespace, simulator, tmp_path)
    typed = [command for command in commands(page) if command not in NOT_RUN]
    _prepare(terminal, kubectl, namespace, simulator, own_secret=MAKE_SECRET in typed)
    for command in typed:
        if command.startswith("curl ") and shutil.which("curl") is None:
            continue
        printed = terminal.type(command)
        assert printed or not command.startswith("kubectl get"), command
    kubectl.run("delete", "ie", "--all", f"--namespace={namespace}", "--timeout=30s")


def test_each_command_that_is_not_run_is_still_in_a_page() -> None:
    written = {command for page in PAGES for command in commands(page)}
    assert set(NOT_RUN) - written == set()


def test_a_command_that_is_not_run_is_in_a_page_that_is_listed_with_the_reason() -> None:
    shown = {str(page.relative_to(ROOT)) for page in PAGES if any(blocks(page, "console"))}
    unlisted = {page for page in shown if not any(fnmatch(page, listed) for listed in SHOWN)}
    assert unlisted == set(), "write sh blocks, which are run, or list the page in SHOWN"
    assert {listed for listed in SHOWN if not any(fnmatch(page, listed) for page in shown)} == set()


def test_commands_are_in_blocks_that_are_looked_at() -> None:
    for page in PAGES:
        languages = set(re.findall(r"^```(\S+)", page.read_text(), flags=re.MULTILINE))
        assert languages <= {"console", "json", "mermaid", "promql", "python", "sh", "text", "toml", "yaml"}, page


def _prepare(terminal: Terminal, kubectl: Kubectl, namespace: str, simulator: Simulator, *, own_secret: bool) -> None:
    """What a page takes for granted: the sample account, here at the simulator, and the sample endpoint, running."""
    account: dict[str, Any] = yaml.safe_load((ROOT / "deploy/samples/account.yaml").read_text())
    account["spec"]["huggingFace"]["baseURL"] = simulator.url
    account["spec"]["pollInterval"] = "1s"
    # Created, not applied: so the page's own apply of the sample leaves address and pace as they are.
    kubectl.run("create", f"--namespace={namespace}", "--filename=-", stdin=yaml.safe_dump(account))
    if not own_secret:
        terminal.type(MAKE_SECRET)
        terminal.type("kubectl apply -f deploy/samples/endpoint.yaml")
        terminal.type("kubectl wait --for=condition=Ready ie/sentiment --timeout=30s")
