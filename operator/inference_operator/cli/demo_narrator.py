"""What the demo says, and how it looks: colours in a terminal, plain lines in a pipe."""

from rich.console import Console
from rich.text import Text

_STATES = {"pending": "yellow", "initializing": "yellow", "updating": "yellow", "running": "green"}
_LABEL = 13


class Narrator:
    """Writes to one console. Lines are never wrapped or cut: they are there to be copied."""

    def __init__(self, console: Console) -> None:
        self._console = console
        unicode = console.encoding.lower().startswith("utf")
        self._yes, self._no, self._dot = ("✓", "✗", "•") if unicode else ("ok", "FAILED", "-")

    def title(self, text: str, *lines: str) -> None:
        """What this is."""
        self._print(Text(text, style="bold"))
        self.say(*lines)

    def say(self, *lines: str) -> None:
        """Plain sentences."""
        for line in lines:
            self._print(Text(line))

    def progress(self, line: str) -> None:
        """Work that takes long goes on."""
        self._print(Text(f"  {line}", style="dim"))

    def done(self, label: str, text: str) -> None:
        """A stage or a check that went well."""
        self._print(Text.assemble((f"{self._yes} ", "bold green"), (label.ljust(_LABEL), "bold"), text))

    def failed(self, text: str, log: str) -> None:
        """The demo ends here, and why."""
        self._print(Text.assemble((f"{self._no} {text}", "bold red")))
        if log:
            self._print(Text("The last lines of the log:", style="bold"))
            self._print(Text(log, style="dim"))

    def state(self, state: str, seconds: float, why: str) -> None:
        """The resource shows a new state, so many seconds after it was applied."""
        style = _STATES.get(state, "cyan")
        self._print(
            Text.assemble(f"  {self._dot} ", (state.ljust(_LABEL + 1), style), (f"{seconds:4.1f} s  ", "dim"), why)
        )

    def command(self, command: str, output: str = "") -> None:
        """A command as one would type it, and what it printed."""
        self._print(Text(f"\n$ {command}", style="bold cyan"))
        if output:
            self._print(Text(output.rstrip()))

    def to_type(self, command: str, why: str = "") -> None:
        """A command for the reader to type, with a word on what it does."""
        self._print(Text.assemble((f"  {command}", "cyan"), (f"   # {why}" if why else "", "dim")))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False, markup=False)
