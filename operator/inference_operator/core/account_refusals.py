"""Why a resource can't go on with an account, and what stands in an account's own way."""

from inference_operator.api.status import RemoteRef
from inference_operator.core.failures import Failure
from inference_operator.core.snapshot import AccountAddress

MISSING = "CredentialsMissing"
"""The reason of an account whose Secret or key is not there."""

_HIDDEN = ("NotFound", "PermissionDenied")
"""The reasons of an account that the provider shows nothing of: what it does not show may exist all the same."""

NOT_LISTED = Failure("Connecting", "The accounts have not all been seen yet.", terminal=False)
"""An account is missing, and may only not have been seen yet: the next one that is seen wakes who waits."""

IN_USE = Failure(
    "InUse", "It is being deleted, and stays until the last endpoint that was made with it is gone.", terminal=False
)
"""Why an account that was deleted is still there."""


def hides(failure: Failure) -> bool:
    """Whether the provider shows nothing of the account: then "not found" is no proof that an endpoint is gone."""
    return failure.reason in _HIDDEN


def not_found(wanted: tuple[tuple[str, str], ...], *, bound: bool) -> Failure:
    """There is none of these accounts (kind, name). `bound`: a remote endpoint was made with it."""
    named = " or ".join(f"{kind} {name!r}" for kind, name in wanted)
    if bound:
        problem = f"There is no {named}, which the remote endpoint was made with."
        return Failure("AccountNotFound", f"{problem} Create it again, leading to the same place.", terminal=True)
    return Failure(
        "AccountNotFound",
        f"There is no {named}. Create it, or name another in spec.accountRef.",
        terminal=True,
    )


def leaving(account: str) -> Failure:
    """The account is being deleted: it is there for what was made with it, and for nothing new."""
    return Failure(
        "AccountNotReady",
        f"The account {account} is being deleted, and takes in no further endpoint. Create it again once it "
        "is gone, or name another in spec.accountRef.",
        terminal=True,
        local=True,
    )


def other_provider(account: str, *, serves: str | None, wanted: str | None) -> Failure:
    """The account and the spec have blocks of different providers, each said by its key."""
    return Failure(
        "AccountMismatch",
        f"The account {account} is for {serves}, and the spec has a {wanted} block. "
        "Name an account of the same provider in spec.accountRef.",
        terminal=True,
    )


def not_allowed(account: str, namespace: str) -> Failure:
    """A cluster account is not for this namespace."""
    return Failure(
        "AccountNotAllowed",
        f"ClusterInferenceAccount {account} does not allow namespace {namespace}. Have its owner add the "
        "namespace to allowedNamespaces, or use another account.",
        terminal=True,
    )


def address_not_allowed(base_url: str) -> Failure:
    """The account leads to an address that the operator was not told to call."""
    return Failure(
        "BaseURLNotAllowed",
        f"baseURL {base_url} is not the provider's own. Start the operator with --allow-base-url {base_url}, or remove "
        "baseURL.",
        terminal=True,
    )


def credentials_missing(secret: str, key: str, *, found: bool) -> Failure:
    """`secret`: namespace/name; `found`: it is there, and lacks the key."""
    problem = f"has no key {key!r} with a value" if found else "does not exist"
    remedy = f"Create it with the provider's token under the key {key!r}."
    return Failure(MISSING, f"Secret {secret} {problem}. {remedy}", terminal=True)


def credentials_garbled(secret: str, key: str) -> Failure:
    """`secret`: namespace/name. What stands under the key can't be sent in a header."""
    return Failure(
        "CredentialsInvalid",
        f"The value of key {key!r} in Secret {secret} is not a token: it has characters that no token has. Put the "
        "token in again.",
        terminal=True,
    )


def leads_elsewhere(reference: RemoteRef, address: AccountAddress) -> Failure | None:
    """Why an account no longer leads to what was made with it; None where it does.

    The binding alone says where the remote endpoint is: through an account that points elsewhere it would be made a
    second time there, and the first would be left, and billed.
    """
    here = (address.provider, address.base_url, address.namespace)
    if here == (reference.provider, reference.base_url, reference.namespace):
        return None
    return Failure(
        "AccountMoved",
        f"The endpoint is in namespace {reference.namespace} at {reference.base_url}, and the account {address.name} "
        f"now leads to {address.namespace} at {address.base_url}. Let the account lead to the former place again.",
        terminal=True,
        local=True,
    )


def credentials_lost(failure: Failure) -> Failure:
    """A deletion can't go on: what opened the door to the provider is gone, and was not in memory either."""
    message = (
        f"The remote endpoint can't be deleted: {failure.message} Or wait for spec.deletionTimeout, which lets go of "
        "it and enters it in the ledger of orphans."
    )
    return Failure("CredentialsLost", message, terminal=True, local=True)


def not_ready(failure: Failure, account: str) -> Failure:
    """An account's failure in the words of an endpoint that uses it."""
    message = f"The account {account} is not ready ({failure.reason}): {failure.message}"
    return Failure("AccountNotReady", message, failure.terminal, failure.retry_after)
