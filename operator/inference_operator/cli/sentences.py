"""What a command says when it fails: one sentence and the next step on stderr, exit code 1, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from inference_operator.cli.output import printable
from inference_operator.core import redact
from inference_operator.core.errors import ErrorKind, ProviderError
from inference_operator.kube.errors import Forbidden, KubeError, NotFound, Unavailable

_UNAUTHENTICATED = 401

_NEXT_STEP = {
    ErrorKind.UNAUTHORIZED: "Check that the token is valid and of this account.",
    ErrorKind.FORBIDDEN: "Use a token, and a plan, that include this.",
    ErrorKind.PAYMENT_REQUIRED: "Add a payment method or credits at the provider.",
    ErrorKind.NOT_FOUND: "It may not be created yet, or be deleted: kubectl describe shows what the operator knows.",
    ErrorKind.UNSUPPORTED: "Leave that option out.",
    ErrorKind.RATE_LIMITED: "Try again later.",
    ErrorKind.UNAVAILABLE: "Try again.",
    ErrorKind.MALFORMED: "Check that the account's baseURL is the provider's API.",
}


class CommandError(Exception):
    """A command can't do its work; the text is the sentence to show, with the next step."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what a command may fail with into its sentence and exit code 1."""
    try:
        yield
    except (CommandError, ProviderError, KubeError) as error:
        say(f"error: {sentence(error)}")
        raise typer.Exit(1) from None


def say(text: str) -> None:
    """Print one line for the person to stderr."""
    typer.echo(printable(redact.text(text)), err=True)


def sentence(error: CommandError | ProviderError | KubeError) -> str:
    """The words for an error."""
    if isinstance(error, ProviderError):
        if error.kind is ErrorKind.UNSUPPORTED and error.status is None:
            return f"{error.message.rstrip('.')}."
        answered = f"The provider answered {error.status}" if error.status else "The provider was not reached"
        return f"{answered}: {error.message.rstrip('.')}. {_NEXT_STEP.get(error.kind, 'Check the options.')}"
    return _of_cluster(error) if isinstance(error, KubeError) else str(error)


def _of_cluster(error: KubeError) -> str:
    said = error.message.rstrip(".")
    if error.status == _UNAUTHENTICATED:
        return "The API server does not accept the kubeconfig's credentials. Log in again, or name another file."
    match error:
        case Unavailable():
            return f"The API server does not answer ({said}). Check the cluster and --kubeconfig."
        case Forbidden():
            return f"The cluster refuses it: {said}. Ask its administrator for that right."
        case NotFound():
            return f"The cluster has no such object: {said}. Check name and --namespace, and that the CRDs are there."
    return f"The API server answered {error.status}: {said}. Check the name and the options."
