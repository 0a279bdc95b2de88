"""Many resources at one account, left to themselves in simulated time, at a cost that grows with what happens.

`World` looks at every object whenever anything is looked at, which is sure and slow. Here the watch tells of what
changed, each resource is looked at when it was woken or when its last look said, and the account is read at its beat.
"""

import heapq
import itertools
from collections import Counter

from tests.runtime.kube_api import copied
from tests.runtime.world import NEVER_IDLE, World

from inference_operator.runtime.index import Key
from inference_operator.runtime.observer import Observer


class Crowd(World):
    """`size` resources that are declared alike."""

    def __init__(self, size: int, **knobs) -> None:
        super().__init__(few_offers=True, **NEVER_IDLE, **knobs)
        self.names = [f"n{number}" for number in range(size)]
        for name in self.names:
            self.apply(name=name)

    def restart(self) -> None:
        super().restart()
        self._due: list[tuple[float, int, Key]] = []
        self._order = itertools.count()
        self._looks: dict[Key, float] = {}
        self._read_at = self.monotonic()
        self.kube.changed = set(self.kube.objects)
        self.looked = 0

    def watch(self) -> None:
        for path in self.kube.changed:
            obj = self.kube.objects.get(path)
            if obj is None:
                continue
            if "/inferenceaccounts/" in path:
                self.accounts.changed(copied(obj))
            elif "/inferenceendpoints/" in path:
                known = self.index.get(Key.of(obj))
                self.index.put(copied(obj))
                if known is None or known["metadata"]["generation"] != obj["metadata"]["generation"]:
                    self.woken.add(Key.of(obj))
        self.kube.changed = set()

    @property
    def observer(self) -> Observer:
        """The account's."""
        [observer] = self.accounts._observers.values()
        return observer

    async def live(self, seconds: float) -> None:
        """Time passes, and the operator does what it does."""
        until = self.monotonic() + seconds
        while True:
            await self._look_at_all_that_are_due()
            moment = min([self._read_at, *(due for due, _, _ in self._due[:1])])
            if moment > until:
                break
            self.clock.advance(max(moment - self.monotonic(), 0.0))
            if self.monotonic() >= self._read_at:
                await self.tick()
                self._read_at = self.observer._due = self.monotonic() + self.observer._beat()
        self.clock.advance(until - self.monotonic())

    async def _look_at_all_that_are_due(self) -> None:
        self.watch()
        while self.woken or (self._due and self._due[0][0] <= self.monotonic()):
            woken = sorted(self.woken)
            self.woken.clear()
            while self._due and self._due[0][0] <= self.monotonic():
                due, _, key = heapq.heappop(self._due)
                woken += [key] if self._looks.get(key) == due else []
            for key in dict.fromkeys(woken):
                outcome = await self.look(key)
                self.looked += 1
                self._looks.pop(key, None)
                if outcome.after is not None:
                    self._looks[key] = self.monotonic() + outcome.after
                    heapq.heappush(self._due, (self._looks[key], next(self._order), key))
            self._read_at = min(self._read_at, max(self.observer._due, self.monotonic()))

    def reads(self) -> Counter[str]:
        """What was read of the provider since the requests were last forgotten: first pages, later pages, and so on."""
        journal = self.huggingface.journal
        return Counter(
            "later pages" if one.operation == "list" and "cursor" in one.query else one.operation for one in journal
        )
