"""`inference-operator run`: signals, exit codes, and nothing of the command line's libraries."""

import asyncio
import signal
from collections.abc import Sequence

import stamina.instrumentation

from inference_operator.kube.lease import Lost
from inference_operator.runtime.flags import parse
from inference_operator.runtime.operator import Misconfigured, Operator
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.telemetry import logging as logs
from inference_operator.runtime.telemetry import tracing
from inference_operator.runtime.telemetry.logging import get_logger


def main(arguments: Sequence[str]) -> int:
    """Run the operator until SIGTERM or SIGINT. Returns the exit code: 0 stopped, 1 failed; misuse exits with 2."""
    settings = parse(arguments)
    stamina.instrumentation.set_on_retry_hooks([])  # metrics count every request; its lines would tell nobody anything
    logs.configure(level=settings.log_level, log_format=settings.log_format)
    try:
        _trace(wanted=settings.tracing)
        asyncio.run(_run(settings))
    except Lost as error:
        get_logger(__name__).error("the lease is lost; ending, so that a fresh start can stand by", why=str(error))
        return 1
    except (Misconfigured, tracing.NotInstalled) as error:
        get_logger(__name__).error("the operator can't work like this", why=str(error))
        return 1
    except Exception as error:
        get_logger(__name__).error("the operator failed", error=f"{type(error).__name__}: {error}", exc_info=True)
        return 1
    finally:
        tracing.stop()
    return 0


def _trace(*, wanted: bool) -> None:
    if wanted:
        tracing.start()
    elif tracing.is_asked_for():
        try:
            tracing.start()
        except tracing.NotInstalled as error:
            # A platform sets the variables for every pod: who did not ask for it here goes without.
            get_logger(__name__).warning("no traces are sent", why=str(error))


async def _run(settings: Settings) -> None:
    operator = Operator(settings)
    loop = asyncio.get_running_loop()

    def heed_signals() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, operator.stop.set)

    heed_signals()
    await operator.run(on_ready=heed_signals)
