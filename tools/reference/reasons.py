"""The reasons of conditions: what each means, and what to do about it."""

from dataclasses import dataclass
from typing import Final

_REST = "Ready"
_MOVING = "Ready, Synced, Reconciling"
_STOPPED = "Ready, Synced, Stalled"
_ACCOUNT = "Ready of accounts"
_BOTH = f"{_STOPPED}; Ready, Stalled of accounts"
_PASSING = f"{_MOVING}; {_ACCOUNT}"
_NOTHING = "Nothing."
_PASSES = "Nothing: it passes, and heals by itself. If it does not, see the provider's status page."

_HEAD = """# Reasons

<!-- Generated from tools/reference/reasons.py by `python -m tools.reference`. -->

Each condition has a reason, one word that never changes its meaning, and a message with the details. Events of a
failure have the same reason ([events](events.md)). A reason stands in the conditions named beside it, `Synced` only
while something is not as declared. `Stalled` waits for you; `Reconciling` does not.
"""


@dataclass(frozen=True)
class Reason:
    """One reason. `where`: the conditions that have it. `remedy`: what a person does."""

    where: str
    meaning: str
    remedy: str = _NOTHING


REASONS: Final = {
    "Running": Reason(_REST, "It serves."),
    "ScaledToZero": Reason(_REST, "At rest; a request wakes it."),
    "Paused": Reason(
        "Ready; with Reconciling or Stalled where it is to run",
        "It is paused, serves nothing and is not billed. Ready unless `state: running` asks for more.",
        "Nothing where that is wanted; else see the condition `Drifted`.",
    ),
    "Provisioning": Reason(_MOVING, "It is being created, waits for hardware, or starts."),
    "Claiming": Reason(_MOVING, "One that exists is being taken over: the ownership marker is put on it."),
    "Updating": Reason(_MOVING, "A new version rolls out; the old one serves meanwhile."),
    "Deleting": Reason(_MOVING, "The remote endpoint is being removed."),
    "StateUnknown": Reason(
        _MOVING,
        "The provider reports a state that this version does not know.",
        "Nothing; if it stays, a newer version may know it.",
    ),
    "ProvisioningFailed": Reason(
        _STOPPED,
        "It did not start.",
        "See the message and `status.lastLogLines`; correct model, image or hardware.",
    ),
    "UpdateFailed": Reason(
        _STOPPED,
        "The new version did not start; the old one goes on serving.",
        "See the message and `status.lastLogLines`; correct model, image or hardware.",
    ),
    "ObservationStale": Reason(
        "Ready, Available, Synced (Unknown)", "The provider could not be read for three intervals.", _PASSES
    ),
    "Serving": Reason("Available", "A replica answers requests."),
    "NotServing": Reason("Available", "No replica answers requests.", "See `Ready`, which says why."),
    "HealthRouteSilent": Reason(
        "Available; Ready, Stalled after 20 questions",
        "With `readiness.probe`: it runs, and its health route has not answered yet.",
        "Correct the route or the container; switch `readiness.probe` off behind PrivateLink.",
    ),
    "AsDeclared": Reason("Synced", "The remote endpoint is as declared."),
    "DriftDetected": Reason(
        "Drifted, Synced",
        "It was changed outside; the message has the fields, both values and, where the provider tells, by whom.",
        "Nothing in mode Manage: it is put right. List the field in `ignoreDrift` to leave it.",
    ),
    "AdoptedAsItWas": Reason(
        "Drifted, Synced",
        "It was taken over and differs from the spec; that is changed with the next change of the spec.",
        "Change the spec to what the endpoint has, or change anything in it to have the endpoint changed.",
    ),
    "DriftContested": Reason(
        "Drifted, Synced",
        "Somebody keeps changing a field back; it was put right three times within an hour and is left for now.",
        "Have them stop, or list it in `ignoreDrift`; an edit of the spec has it put right again.",
    ),
    "MarkerMissing": Reason(
        "Drifted", "The ownership marker was taken off; it is put back with the next change.", _NOTHING
    ),
    "MarkerRejected": Reason(
        _STOPPED,
        "The provider refuses the marker, and nothing is created; or it does not keep it.",
        "Declare fewer tags; where it takes none of ours, it can't be managed there.",
    ),
    "FieldIneffective": Reason(
        "IneffectiveFields",
        "The provider accepts a value and does not apply it.",
        "Remove the field, or choose another engine.",
    ),
    "CreateUnconfirmed": Reason(
        "None: in the ledger of orphans",
        "The answer to a create was lost, and whose the endpoint of the name is can't be told.",
        "Delete it at the provider, or take it over with `adoptionPolicy: IfUnowned`.",
    ),
    "Ready": Reason(_ACCOUNT, "The provider answers, and the credentials are accepted."),
    "Connecting": Reason(_ACCOUNT, "Its first answer is awaited."),
    "InUse": Reason(_ACCOUNT, "It was deleted, and stays until the last endpoint that was made with it is gone."),
    "AccountNotFound": Reason(
        _STOPPED, "The account does not exist.", "Create it, or name another in `accountRef`: `kubectl get ia,cia`."
    ),
    "AccountMismatch": Reason(_STOPPED, "The account is of another provider.", "Name an account of the same provider."),
    "AccountNotAllowed": Reason(
        _STOPPED, "The cluster account is not for this namespace.", "Have its owner add it to `allowedNamespaces`."
    ),
    "AccountNotReady": Reason(
        f"{_STOPPED} or Reconciling",
        "The account is in trouble itself, or is being deleted.",
        "`kubectl describe ia`: what the account says is what is wrong.",
    ),
    "AccountMoved": Reason(
        _STOPPED,
        "The account now leads to another namespace or address than the remote endpoint was made in.",
        "Let it lead there again: an endpoint is never made a second time elsewhere.",
    ),
    "InvalidAccount": Reason(_BOTH, "The account's block can't be used.", "Correct it as the message says."),
    "BaseURLNotAllowed": Reason(
        _BOTH,
        "The account's address is not the vendor's, and was not allowed.",
        "Remove `baseURL`, or start the operator with `--allow-base-url`.",
    ),
    "CredentialsLost": Reason(
        _STOPPED,
        "It is being deleted, and what opened the door to the provider is gone: the account, or its Secret.",
        "Make them again, or lower `deletionTimeout`: what is left goes on record.",
    ),
    "CredentialsMissing": Reason(
        _BOTH, "The Secret or key that the account names is not there.", "Create it; it is seen at the next beat."
    ),
    "CredentialsInvalid": Reason(_BOTH, "The provider refuses the token.", "Put a valid one into the Secret."),
    "PermissionDenied": Reason(_BOTH, "The token lacks a right.", "Let it write Inference Endpoints of the namespace."),
    "SecretUnreadable": Reason(
        _PASSING,
        "The operator could not read a Secret.",
        "Give its ServiceAccount `get` on the Secret, as `deploy/rbac` does.",
    ),
    "PaymentRequired": Reason(
        _BOTH, "The provider wants a payment method.", "Add a payment method or credits at the provider."
    ),
    "QuotaExceeded": Reason(
        _STOPPED, "The quota is used up.", "Ask for more, pause another endpoint, or choose smaller hardware."
    ),
    "HardwareUnknown": Reason(
        _STOPPED, "The provider has no such hardware.", "Choose one of the combinations in the message."
    ),
    "HardwareDeprecated": Reason(
        _STOPPED, "The provider gives this hardware to no new endpoint.", "Choose one of those in the message."
    ),
    "CapacityUnavailable": Reason(
        _STOPPED,
        "The provider has none of this hardware to give now.",
        "Wait: it is tried again; or choose one of the combinations in the message.",
    ),
    "AbsenceUnproven": Reason(
        _PASSING,
        "The provider can't be asked by name, and its list may lag: that nothing of the name exists is believed "
        "after 30 seconds.",
        _PASSES,
    ),
    "RateLimited": Reason(_PASSING, "The provider asks to wait.", _PASSES),
    "ProviderUnavailable": Reason(_PASSING, "The provider does not answer, or not as it should.", _PASSES),
    "Conflict": Reason(_PASSING, "Something else changed the endpoint at the same time.", _PASSES),
    "Rejected": Reason(
        _BOTH,
        "The provider refused the request; the message has its words and names the field where it does.",
        "Correct the field that they name.",
    ),
    "NotFound": Reason(
        _BOTH,
        "The account's namespace is not there, or the token may not see it.",
        "Correct `namespace` of the account, or give the token access.",
    ),
    "AlreadyExists": Reason(
        _STOPPED,
        "The name is taken by an endpoint that is nobody's.",
        "Choose another `name`, delete it at the provider, or set `adoptionPolicy: IfUnowned`.",
    ),
    "OwnershipConflict": Reason(
        _STOPPED,
        "The name is taken by another resource's endpoint, of this cluster or another.",
        "Choose another `name`, delete the other resource, or set `adoptionPolicy: Always`.",
    ),
    "RemoteNotFound": Reason(
        _STOPPED,
        "`mode: Observe`, and there is nothing to observe.",
        "Create it at the provider, or set `mode: Manage`.",
    ),
    "SecretNotFound": Reason(
        _STOPPED, "A Secret that the spec refers to is not there.", "Create the one that the message names."
    ),
    "SecretInvalid": Reason(
        _STOPPED, "A Secret that the spec refers to can't be used.", "Correct the one that the message names."
    ),
    "ConnectionTargetExists": Reason(
        _STOPPED,
        "The ConfigMap of `writeConnectionTo` is somebody else's.",
        "Delete it, or choose another name.",
    ),
    "ConnectionNotWritten": Reason(
        _MOVING,
        "The ConfigMap of `writeConnectionTo` could not be written.",
        "Give the operator's ServiceAccount its rights on ConfigMaps, as `deploy/rbac` does; or see which quota, "
        "policy or webhook refuses it.",
    ),
    "DeletionBlocked": Reason(
        _STOPPED, "Deletion waits for another finalizer.", "Have the owner of that finalizer finish."
    ),
    "NotCarriedOut": Reason(
        _MOVING,
        "The provider accepted the deletion, or the power state, a while ago, and the endpoint is as it was. It is "
        "asked for again.",
        "See at the provider why it stays so; `deletionTimeout` lets go of what is being deleted.",
    ),
    "CreateUnsettled": Reason(
        _MOVING, "It is being deleted, and its create, whose answer was lost, may still be carried out.", _NOTHING
    ),
    "DeletionProtected": Reason(
        _STOPPED, "Deletion waits for `deletionProtection: false`.", "Set it, if the endpoint may go."
    ),
    "KubernetesRefused": Reason(
        _MOVING,
        "The API server does not let the operator do what it must.",
        "Apply the rights of this version again.",
    ),
    "InvalidSpec": Reason(_STOPPED, "The stored object is not what the schema admits.", "Apply a corrected manifest."),
    "InternalError": Reason(
        _PASSING, "A bug here: the operator's log has the details, and it retries.", "Report it, with the log."
    ),
}
"""All of them."""


def page() -> str:
    """The whole page."""
    rows = [f"| {_linked(name)} | {one.where} | {one.meaning} | {one.remedy} |" for name, one in REASONS.items()]
    head = ["| reason | in the conditions | what it means | what to do |", "|---|---|---|---|"]
    return "\n".join([_HEAD, *head, *rows]) + "\n"


def _linked(name: str) -> str:
    return f"[`{name}`](../how-to/troubleshooting.md#{name.lower()})"
