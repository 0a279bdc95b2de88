"""One simulated endpoint: its configuration, what was last asked of it, and its status at a time."""

from dataclasses import dataclass, field
from typing import Any, Literal

from inference_operator.simulator.tir.bodies import Configuration
from inference_operator.simulator.tir.knobs import Knobs


@dataclass(frozen=True)
class Record:
    """`wanted`: up or down, since `since`, with `starting` seconds on the way. `forced`: a status set by hand.

    `version` counts the changes. Times are seconds since 1970.
    """

    project: str
    id: int
    name: str
    configuration: Configuration
    created_at: float
    updated_at: float
    created_by: str
    wanted: Literal["up", "down"] = "up"
    since: float = 0.0
    waiting: float = 0.0
    deploying: float = 0.0
    terminating: float = 0.0
    used_at: float = 0.0
    forced: str | None = None
    message: str = ""
    deleted_at: float | None = None
    version: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def status(self, now: float, knobs: Knobs) -> str:
        """The word of the API, in lower case."""
        if self.deleted_at is not None:
            return "terminating"
        if self.forced is not None:
            return self.forced
        passed = now - self.since
        if self.wanted == "down":
            return "terminating" if passed < self.terminating else "stopped"
        if passed < self.waiting:
            return "waiting"
        if passed < self.waiting + self.deploying:
            return "deploying"
        if self.name in knobs.fail_names:
            return "failed"
        return "idle" if self._idles(now, knobs) else "running"

    def _idles(self, now: float, knobs: Knobs) -> bool:
        scaled = self.configuration["is_auto_scale_enabled"]
        none = self.configuration["auto_scale_policy"]["min_replicas"] == 0
        began = max(self.used_at, self.since + self.waiting + self.deploying)
        return bool(scaled and none and knobs.idle_seconds is not None and now - began >= knobs.idle_seconds)

    @property
    def committed(self) -> bool:
        """Whether it is paid for in advance."""
        return bool(self.configuration["chosen"]["plan"]["committed_days"])
