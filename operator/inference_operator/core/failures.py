"""What a failure looks like on the resource: one stable reason, a plain message, the next step.

A terminal failure waits for a person (spec, credentials, quota) and is retried slowly; any other passes by itself.
"""

from dataclasses import dataclass

from inference_operator.core.errors import ErrorKind, Operation, ProviderError


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a resource is not as declared.

    `retry_after` is in seconds, None where back-off decides. `local`: looking again costs the provider nothing.
    """

    reason: str
    message: str
    terminal: bool
    retry_after: float | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    reason: str
    terminal: bool
    next_step: str


_BY_KIND = {
    ErrorKind.INVALID: _Text("Rejected", True, "Correct the named field in the spec."),
    ErrorKind.UNAUTHORIZED: _Text(
        "CredentialsInvalid",
        True,
        "Put a valid token into the account's Secret; the operator retries by itself.",
    ),
    ErrorKind.FORBIDDEN: _Text(
        "PermissionDenied",
        True,
        "Give the account's token write access to Inference Endpoints in this namespace.",
    ),
    ErrorKind.PAYMENT_REQUIRED: _Text("PaymentRequired", True, "Add a payment method or credits at the provider."),
    ErrorKind.NOT_FOUND: _Text("NotFound", True, "Check the account's namespace, and that its token may see it."),
    ErrorKind.MARKER: _Text(
        "MarkerRejected",
        True,
        "Nothing is created without the ownership marker, a text of 53 characters that begins with iop1-: see whether "
        "the provider limits what it is kept in: tags, or environment variables.",
    ),
    ErrorKind.CONFLICT: _Text("Conflict", False, "The operator reads the endpoint again and retries."),
    ErrorKind.QUOTA: _Text(
        "QuotaExceeded",
        True,
        "Ask the provider for more quota, pause another endpoint, or choose smaller hardware.",
    ),
    ErrorKind.CAPACITY: _Text(
        "CapacityUnavailable", True, "The operator tries again by itself; or choose other hardware."
    ),
    ErrorKind.UNPROVEN: _Text("AbsenceUnproven", False, "The operator reads again before it acts."),
    ErrorKind.UNSUPPORTED: _Text("Rejected", True, "The provider does not offer this operation here."),
    ErrorKind.RATE_LIMITED: _Text("RateLimited", False, "The operator waits as long as the provider asks."),
    ErrorKind.UNAVAILABLE: _Text("ProviderUnavailable", False, "The operator retries by itself."),
    ErrorKind.MALFORMED: _Text(
        "ProviderUnavailable", False, "The answer could not be understood; the operator retries by itself."
    ),
    ErrorKind.AMBIGUOUS: _Text(
        "ProviderUnavailable",
        False,
        "The answer was lost; the operator reads the endpoint before it acts again.",
    ),
    # Nobody reads this on a resource: who may not write to the provider may not write a status either.
    ErrorKind.NOT_LEADING: _Text("ProviderUnavailable", False, "The operator that leads now goes on."),
}

_DOING = {
    Operation.LIST: "listing the endpoints",
    Operation.GET: "reading the endpoint",
    Operation.CREATE: "creating the endpoint",
    Operation.UPDATE: "updating the endpoint",
    Operation.DELETE: "deleting the endpoint",
    Operation.PAUSE: "pausing the endpoint",
    Operation.RESUME: "resuming the endpoint",
    Operation.SCALE_TO_ZERO: "scaling the endpoint to zero",
    Operation.CATALOGUE: "reading the catalogue",
    Operation.LOGS: "reading the log",
    Operation.REPLICAS: "reading the replicas",
    Operation.METRICS: "reading the metrics",
    Operation.OPEN_METRICS: "reading the OpenMetrics text",
}


def failure_of(error: ProviderError) -> Failure:
    """What to show for an error. The same error gives the same text, so that it is written once."""
    text = _BY_KIND[error.kind]
    said = error.message.rstrip(".")
    answered = f" answered {error.status}" if error.status else ""
    return Failure(
        reason=text.reason,
        message=f"The provider{answered} while {_DOING[error.operation]}: {said}. {text.next_step}"
        if error.status
        else f"{_DOING[error.operation].capitalize()} failed: {said}. {text.next_step}",
        terminal=text.terminal,
        retry_after=error.retry_after,
    )


_FOR_SURE, _FOR_GOOD = 3, 20
_ANSWERS = frozenset(text.reason for text in _BY_KIND.values())


def same_outage(before: Failure, now: Failure) -> bool:
    """Whether one trouble goes on, however differently the provider answers meanwhile.

    What is wrong in the cluster itself, a Secret that is missing, is no answer of a provider, but another trouble.
    """
    return _may_differ(before) and _may_differ(now)


def told_after(before: Failure, now: Failure) -> int:
    """How many looks in a row come to another reason than was told, until that is what an outage came to be."""
    return _FOR_SURE if now.terminal and not before.terminal else _FOR_GOOD


def _may_differ(failure: Failure) -> bool:
    return not failure.terminal or failure.reason in _ANSWERS
