"""Helm, built from its module, and what it makes of the chart."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.support.go_tools import GoTool

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "inference-operator"
RELEASE = "inference-operator"
NAMESPACE = "inference-operator-system"

Object = dict[str, Any]

HELM = GoTool(
    name="helm",
    version="v3.19.2",
    module=Path(__file__).parent / "helm_module",
    package="helm.sh/helm/v3/cmd/helm",
    stamps=(
        "helm.sh/helm/v3/internal/version.version=v3.19.2",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=34",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor=34",
    ),
)

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CRD = "kind: CustomResourceDefinition\n"


@dataclass(frozen=True)
class Helm:
    """One helm, with folders of its own. `kubeconfig`: that of the cluster, where a command needs one."""

    home: Path
    kubeconfig: Path | None = None

    def run(
        self, *args: str, check: bool = True, stdin: str = "", timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run one command; AssertionError with what it said when it fails."""
        own = {f"HELM_{name}_HOME": str(self.home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
        cluster = {"KUBECONFIG": str(self.kubeconfig or self.home / "none")}
        done = subprocess.run(
            [str(HELM.path()), *args],
            env=os.environ | own | cluster,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"helm {' '.join(args)}: {done.stderr.strip()}")
        return done

    def template(self, values: Mapping[str, Any], *, release: str = RELEASE) -> list[Object]:
        """What the chart renders, hooks included."""
        done = self.run(
            "template", release, str(CHART), "--namespace", NAMESPACE, "--values=-", stdin=json.dumps(values)
        )
        return parsed(done.stdout)

    def refusal(self, values: Mapping[str, Any]) -> str:
        """What is said against these values; AssertionError where nothing is."""
        done = self.run("template", RELEASE, str(CHART), "--values=-", stdin=json.dumps(values), check=False)
        assert done.returncode != 0, f"{values} were accepted"
        return done.stderr


def parsed(text: str) -> list[Object]:
    """The objects of a stream of YAML documents. Of a CRD, its head: all of it takes longer than to render."""
    documents = (one.partition("\nspec:\n")[0] if _CRD in one else one for one in text.split("\n---\n"))
    return [obj for one in documents if (obj := yaml.load(one.removeprefix("---\n"), _Loader))]


def is_hook(obj: Object) -> bool:
    """Whether Helm runs it, instead of keeping it."""
    return "helm.sh/hook" in (obj["metadata"].get("annotations") or {})


def identity(obj: Object) -> str:
    """Kind, namespace and name of an object."""
    metadata = obj["metadata"]
    return f"{obj['kind']} {metadata.get('namespace', '-')}/{metadata['name']}"


def find(objects: Sequence[Object], kind: str, name: str = "") -> Object:
    """The one object of a kind, and name."""
    (found,) = (one for one in objects if one["kind"] == kind and name in ("", one["metadata"]["name"]))
    return found
