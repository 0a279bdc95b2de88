"""`make bench`: run the benchmarks by name (all without names) and print their tables."""

import argparse
import importlib
import platform
import signal
import sys
from os import cpu_count

from benchmarks.options import Options

BENCHMARKS = {
    "transport": ("benchmarks.transport", "HTTP to a provider: httpx, httpx over aiohttp, bare aiohttp"),
    "accounts": (
        "benchmarks.accounts",
        "ten accounts at one provider: an edit's way to it, with none and with four in trouble",
    ),
    "scale": (
        "benchmarks.scale.run",
        "a thousand endpoints and more: the operator, the vendor's client, kopf's timers, and the bare limits",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = "; ".join(f"{name}: {text}" for name, (_, text) in BENCHMARKS.items())
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help=known)
    parser.add_argument("--runs", type=int, default=3, help="runs of each; median and spread are shown (default 3)")
    parser.add_argument(
        "--size", type=int, default=1000, help="scale: endpoints; all else grows with it (default 1000)"
    )
    parser.add_argument(
        "--part",
        action="append",
        default=[],
        choices=["work", "rest"],
        help="scale: only the work side by side, or only cold starts and rest (repeatable; default both)",
    )
    parser.add_argument(
        "--settled",
        action="append",
        default=[],
        type=int,
        metavar="COUNT",
        help="scale: settled endpoints to start over and to rest at (repeatable; default 0 to 20 times the size)",
    )
    parser.add_argument(
        "--docs",
        action="store_true",
        help="scale: also write the figures into docs/benchmarks.md",
    )
    flags = parser.parse_args()
    # As an exception, so that whatever was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = Options(
        runs=flags.runs, size=flags.size, parts=tuple(flags.part), settled=tuple(sorted(flags.settled)), docs=flags.docs
    )
    print(f"{platform.system()} {platform.machine()}, {cpu_count()} cores, Python {sys.version.split()[0]}")
    for name in flags.names or BENCHMARKS:
        module, text = BENCHMARKS[name]
        print(f"\n{name}: {text}")
        importlib.import_module(module).main(options)


main()
