"""`inference-operator demo`: the product's main job on this machine, with nothing to sign up for."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from inference_operator.cli.demo_checks import Checks
from inference_operator.cli.demo_error import DemoError
from inference_operator.cli.demo_files import Manifests
from inference_operator.cli.demo_narrator import Narrator
from inference_operator.cli.demo_story import Story
from inference_operator.cli.demo_tour import stay
from inference_operator.cli.demo_world import world
from inference_operator.localcluster import LocalClusterError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def demo(
    once: Annotated[
        bool,
        typer.Option("--once", help="Also edit, pause, resume, scale to zero, wake and delete it; check each; exit."),
    ] = False,
) -> None:
    """Show everything on this machine: cluster, simulated provider, operator, a sample endpoint.

    Stays up until Ctrl-C. With --once it exits with 0 when everything was as it should be, else with 1.

    Example: inference-operator demo --once
    """
    with _interruptible():
        code = show(Narrator(Console(highlight=False)), once=once)
    raise typer.Exit(code)


def show(narrator: Narrator, *, once: bool) -> int:
    """Tell the whole demo and stop everything. Returns the exit code; a Ctrl-C is only welcome once all is told."""
    told = False
    try:
        narrator.title(
            "inference-operator demo",
            "A real Kubernetes API server, a simulated Hugging Face, and the operator between them.",
            "",
        )
        with world(narrator, Manifests()) as made:
            story = Story(made, narrator)
            story.tell()
            if once:
                Checks(story, narrator).run()
            else:
                told = True
                stay(story, narrator)
    except (DemoError, LocalClusterError) as error:
        narrator.failed(str(error), getattr(error, "log", ""))
        return 1
    except KeyboardInterrupt:
        narrator.say(
            "", "Everything is stopped and removed." if told else "Interrupted before the end: all is stopped."
        )
        return 0 if told else 1
    narrator.say("", "All of it was as it should be. Everything is stopped and removed.")
    return 0


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does; once one of them came, stopping is not interrupted again."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(number, interrupt) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(number, handler)
