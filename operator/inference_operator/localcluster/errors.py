"""The one error of the local control plane: what went wrong and what to do next, in one sentence."""


class LocalClusterError(RuntimeError):
    """The control plane could not be found, built, started or stopped; the text is meant for a person."""
