"""The process of the contender `hub`: what a person writes with the vendor's client to have a thousand endpoints.

`list_inference_endpoints` shows the first page and can't be asked for another, so the check for drift reads each
endpoint, as the Terraform provider does too.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from huggingface_hub import HfApi, InferenceEndpointStatus, constants

from benchmarks.scale import wanted
from benchmarks.scale.plan import Plan

Work = Callable[[str], None]


class Loop:
    """Does one thing to each name, in so many threads."""

    def __init__(self, flags: argparse.Namespace) -> None:
        # The client has no setting for the address: it reads this constant at each call.
        constants.INFERENCE_ENDPOINTS_ENDPOINT = f"{flags.url}/v2"
        self._hub = HfApi(endpoint=flags.url, token=wanted.TOKEN)
        self._namespace: str = flags.namespace
        self._names = Plan(size=flags.size, runs=1).names()
        self._threads: int = flags.threads
        self._wanted = wanted.REPLICAS

    def create(self) -> None:
        """Make all, then read each until it runs."""
        self._each(self._create)
        waiting = list(self._names)
        while waiting:
            waiting = self._still_starting(waiting)

    def edit(self, rounds: int) -> None:
        """Update all, so many times."""
        for _ in range(rounds):
            self._wanted += 1
            self._each(self._update)

    def guard(self, interval: float) -> None:
        """Read all and put right what differs, at each interval, or without a pause where it takes longer."""
        while True:
            due = time.monotonic() + interval
            self._each(self._check)
            time.sleep(max(due - time.monotonic(), 0))

    def _create(self, name: str) -> None:
        self._hub.create_inference_endpoint(name, namespace=self._namespace, **wanted.hub_arguments())

    def _update(self, name: str) -> None:
        self._hub.update_inference_endpoint(name, namespace=self._namespace, max_replica=self._wanted)

    def _check(self, name: str) -> None:
        found = self._hub.get_inference_endpoint(name, namespace=self._namespace)
        if found.raw["compute"]["scaling"]["maxReplica"] != self._wanted:
            self._update(name)

    def _still_starting(self, names: Sequence[str]) -> list[str]:
        starting = []

        def look(name: str) -> None:
            found = self._hub.get_inference_endpoint(name, namespace=self._namespace)
            if found.status != InferenceEndpointStatus.RUNNING:
                starting.append(name)

        self._each(look, names)
        return starting

    def _each(self, work: Work, names: Sequence[str] | None = None) -> None:
        chosen = self._names if names is None else names
        if self._threads == 1:
            for name in chosen:
                work(name)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(work, chosen))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=["create", "edit", "guard"])
    parser.add_argument("--url", required=True)
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--interval", type=float, default=15)
    flags = parser.parse_args()
    # Else the threads of the pool would be waited for.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    loop, began = Loop(flags), time.time()
    if flags.work == "create":
        loop.create()
    elif flags.work == "edit":
        loop.edit(flags.rounds)
    else:
        loop.guard(flags.interval)
    json.dump({"began": began, "ended": time.time()}, sys.stdout)


if __name__ == "__main__":
    main()
