"""The one error of the demo: what went wrong in one sentence, and the log lines that tell more."""


class DemoError(RuntimeError):
    """The demo can't go on, or saw something that it should not. `log`: the last lines of whoever knows more."""

    def __init__(self, message: str, *, log: str = "") -> None:
        super().__init__(message)
        self.log = log
