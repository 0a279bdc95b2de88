"""`make bench`: run the benchmarks by name (all without names) and print their tables."""

import argparse
import importlib
import platform
import sys
from os import cpu_count

BENCHMARKS = {
    "transport": "HTTP to a provider: httpx, httpx over aiohttp, bare aiohttp",
    "accounts": "ten accounts at one provider: an edit's way to it, with none and with four in trouble",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = "; ".join(": ".join(item) for item in BENCHMARKS.items())
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help=known)
    parser.add_argument("--runs", type=int, default=3, help="runs of each; median and spread are shown (default 3)")
    flags = parser.parse_args()
    print(f"{platform.system()} {platform.machine()}, {cpu_count()} cores, Python {sys.version.split()[0]}")
    for name in flags.names or BENCHMARKS:
        print(f"\n{name}: {BENCHMARKS[name]}")
        importlib.import_module(f"benchmarks.{name}").main(runs=flags.runs)


main()
