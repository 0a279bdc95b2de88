"""Programs that tests run and only Go's registry carries: built from pinned modules into the project's cache."""

import os
from dataclasses import dataclass
from pathlib import Path

from inference_operator.localcluster.cache import Cache, cache_root
from inference_operator.localcluster.gotoolchain import go_command
from inference_operator.localcluster.pins import platform_name
from inference_operator.localcluster.progress import Progress, run_reporting, to_stderr


@dataclass(frozen=True)
class GoTool:
    """One program. `module`: where go.mod and go.sum are; `package`: of its main function; `stamps`: `-X` values.

    `tags`: build tags.
    """

    name: str
    version: str
    module: Path
    package: str
    stamps: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def path(self, *, progress: Progress = to_stderr) -> Path:
        """Where it is, built at the first call ever; LocalClusterError when it can't be."""
        cache = Cache(cache_root())
        place = cache.root / "tools" / f"{self.name}-{self.version}-{platform_name()}" / self.name
        if not place.exists():
            go = go_command(cache=cache, progress=progress)
            with cache.lock(progress), cache.workspace() as workspace:
                if not place.exists():
                    self._build(go, workspace / self.name, progress)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    (workspace / self.name).replace(place)
        return place

    def _build(self, go: str, target: Path, progress: Progress) -> None:
        link = " ".join(["-s", "-w", *(f"-X {stamp}" for stamp in self.stamps)])
        flags = ["-trimpath", "-buildvcs=false", f"-tags={','.join(self.tags)}", f"-ldflags={link}"]
        settings = {"CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"}
        run_reporting(
            [go, "build", *flags, "-o", str(target), self.package],
            what=f"building {self.name} {self.version}, once",
            progress=progress,
            cwd=self.module,
            env={"HOME": str(Path.home()), **os.environ, **settings},
        )
