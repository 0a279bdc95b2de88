"""Who used the machine while the endpoints were made: with two cores for all of them, that is what limits."""

import os
from dataclasses import dataclass
from typing import Self

from benchmarks.scale import samples as s
from benchmarks.scale.provider import Provider
from benchmarks.scale.samples import Samples
from benchmarks.scale.usage import Stopwatch, children


@dataclass(frozen=True)
class Costs:
    """CPU seconds, since a moment, of everybody but the contender."""

    control_plane: Stopwatch
    provider: Stopwatch
    user: Stopwatch

    @classmethod
    def start(cls, provider: Provider) -> Self:
        """Begin now."""
        return cls(
            Stopwatch.start(*children("kube-apiserver", "etcd")),
            Stopwatch.start(provider.pid),
            Stopwatch.start(os.getpid()),
        )

    def keep(self, samples: Samples, name: str) -> None:
        """Add what was used to a contender's samples."""
        samples.add(s.CREATE_API_CPU, name, self.control_plane.seconds)
        samples.add(s.CREATE_PROVIDER_CPU, name, self.provider.seconds)
        samples.add(s.CREATE_USER_CPU, name, self.user.seconds)
