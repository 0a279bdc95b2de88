"""The flags of `inference-operator release`; as `run`, without the command line's libraries: the image has none."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

import stamina.instrumentation

from inference_operator.cli.release.accounts import apply
from inference_operator.cli.release.check import problems
from inference_operator.cli.release.leftovers import left, not_told, refusal
from inference_operator.kube.errors import Forbidden, KubeError
from inference_operator.kube.session import Session
from inference_operator.runtime.settings import own_namespace

FIELD_MANAGER = "inference-operator-release"
"""Field manager of the accounts that the chart's values declare."""

_EXAMPLE = """example:
  inference-operator release check --lease-name inference-operator
"""


def main(arguments: Sequence[str]) -> int:
    """Run one of the commands. Returns the exit code: 0 done, 1 refused or failed; misuse exits with 2."""
    stamina.instrumentation.set_on_retry_hooks([])
    flags = _parser().parse_args(arguments)
    try:
        complaints = asyncio.run(_run(flags))
    except Forbidden as error:
        complaints = not_told(error) if flags.command == "may-uninstall" else [str(error)]
    except KubeError as error:
        complaints = [f"The API server could not be worked with: {error}"]
    for line in complaints:
        print(line, file=sys.stderr)
    return 1 if complaints else 0


async def _run(flags: argparse.Namespace) -> list[str]:
    async with await Session.connect(flags.kubeconfig, field_manager=FIELD_MANAGER) as session:
        match flags.command:
            case "apply-account":
                for manifest in flags.manifest:
                    print(await apply(session, manifest))
                return []
            case "may-uninstall":
                found = await left(session, flags.namespace)
                return refusal(found, flags.release, flags.revision, own_namespace())
            case _:
                return await problems(session, flags.namespace, own_namespace(), flags.lease_name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inference-operator release",
        description="What the Helm chart's jobs run.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kubeconfig", metavar="FILE", help="how to reach the cluster; in a pod its service account")
    commands = parser.add_subparsers(dest="command", required=True)
    account = commands.add_parser("apply-account", help="apply accounts, by server-side apply")
    account.add_argument(
        "--manifest", type=json.loads, action="append", required=True, metavar="JSON", help="one of them"
    )
    uninstall = commands.add_parser("may-uninstall", help="fail while InferenceEndpoints are left")
    uninstall.add_argument("--release", default="inference-operator", metavar="NAME", help="the Helm release")
    uninstall.add_argument("--revision", type=int, default=1, metavar="N", help="the release's revision")
    check = commands.add_parser("check", help="fail unless the API is served and an operator works")
    check.add_argument("--lease-name", metavar="NAME", help="the operator's Lease; absent: it is not looked at")
    for command in (uninstall, check):
        command.add_argument(
            "--namespace", action="append", default=[], metavar="NS", help="look here alone (repeatable)"
        )
    return parser
