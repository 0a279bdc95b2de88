"""The manifests that the demo applies: those of the checkout, so that what it shows is what is installed."""

from dataclasses import dataclass
from pathlib import Path

from inference_operator.cli.demo_error import DemoError

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Manifests:
    """The files below `deploy/` of a checkout."""

    root: Path = _ROOT

    @property
    def rbac(self) -> Path:
        """The operator's namespace, ServiceAccount and rights."""
        return self._existing("deploy/rbac")

    @property
    def account(self) -> Path:
        """The sample account."""
        return self._existing("deploy/samples/account.yaml")

    @property
    def endpoint(self) -> Path:
        """The sample endpoint."""
        return self._existing("deploy/samples/endpoint.yaml")

    def shown(self, path: Path) -> str:
        """The path as one types it in the checkout."""
        return str(path.relative_to(self.root))

    def _existing(self, relative: str) -> Path:
        path = self.root / relative
        if not path.exists():
            raise DemoError(
                f"The demo applies {relative} of the project's repository, and {self.root} has none: an installed "
                "package does not carry the manifests. Clone the repository and run `make demo` in it."
            )
        return path
