"""The InferenceEndpoint that takes an orphan back as it is."""

from typing import Any

from inference_operator.api.names import API_VERSION, ENDPOINT_KIND
from inference_operator.cli.accounts import Account
from inference_operator.cli.orphans.places import Place
from inference_operator.cli.sentences import CommandError
from inference_operator.core.account import adoption_cap, within_cap
from inference_operator.core.observation import Observation
from inference_operator.core.ownership import Claim


def manifest(place: Place, observation: Observation, *, namespace: str, name: str) -> tuple[dict[str, Any], list[str]]:
    """The manifest, and what it leaves out. Raises CommandError where none can be.

    `deletionPolicy` is Orphan: what was nearly lost is not to go with the first `kubectl delete`. The power state is
    not managed, and the policy is the least that takes the endpoint over.
    """
    try:
        found = place.plugin.declaration(observation)
    except ValueError as error:
        raise CommandError(f"{observation.name} can't be declared: {error}. Write a manifest by hand.") from None
    policy = _policy(observation, namespace, name)
    _check_cap(place.account, policy)
    spec = {
        "accountRef": {"kind": place.account.kind, "name": place.account.name},
        "adoptionPolicy": policy,
        "deletionPolicy": "Orphan",
        place.where[0]: dict(found.block),
    }
    metadata = {"name": name, "namespace": namespace}
    made = {"apiVersion": API_VERSION, "kind": ENDPOINT_KIND, "metadata": metadata, "spec": spec}
    return made, list(found.left_out)


def _policy(observation: Observation, namespace: str, name: str) -> str:
    """A dead claim is taken over without a policy by the same name, by another one only where all are."""
    claims = [claim for text in observation.claims if (claim := Claim.parse(text))]
    if not claims:
        return "IfUnowned"
    return "Never" if all(claim.is_of(namespace, name) for claim in claims) else "Always"


def _check_cap(account: Account, policy: str) -> None:
    cap = adoption_cap(account.spec)
    if within_cap(policy, cap) != policy:
        raise CommandError(
            f"It takes adoptionPolicy {policy}, and {account} allows {cap} at most. "
            f"Raise its spec.maxAdoptionPolicy, or name another account with --account."
        )
