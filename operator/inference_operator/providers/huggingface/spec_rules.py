"""Rules of the huggingFace block that look beyond it: at the resource's name, power state and binding."""

from inference_operator.api.markers import Cel
from inference_operator.api.rules import kept_in_use, kept_once_bound

KEY = "huggingFace"
_NAME_PATTERN = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
_SCALING = f"self.spec.{KEY}.compute.scaling"


def _effective_name(owner: str) -> str:
    # metadata.name never changes, so an absent name means the same before and after.
    return f"(has({owner}.spec.{KEY}.name) ? {owner}.spec.{KEY}.name : self.metadata.name)"


_NAME = Cel(
    f"!has(self.spec.{KEY}) || has(self.spec.{KEY}.name) || "
    f"(size(self.metadata.name) <= 32 && self.metadata.name.matches('{_NAME_PATTERN}'))",
    "metadata.name is no valid name at Hugging Face (up to 32 of a-z, 0-9, and hyphens inside): give one in "
    f"{KEY}.name",
    f".spec.{KEY}.name",
    "FieldValueRequired",
)
_ZERO_STATE = Cel(
    f"!has(self.spec.{KEY}) || !has(self.spec.state) || self.spec.state != 'scaledToZero' || "
    f"{_SCALING}.minReplica == 0",
    f"state scaledToZero needs minReplica 0: set {KEY}.compute.scaling.minReplica to 0, or use state paused",
    ".spec.state",
)
_ZERO_ON_DELETION = Cel(
    f"!has(self.spec.{KEY}) || !has(self.spec.deletionPolicy) || self.spec.deletionPolicy != 'ScaleToZero' || "
    f"{_SCALING}.minReplica == 0",
    f"deletionPolicy ScaleToZero needs minReplica 0: set {KEY}.compute.scaling.minReplica to 0, or use deletionPolicy "
    "Pause",
    ".spec.deletionPolicy",
)
_ZERO_REPLICAS = Cel(
    f"!has(self.spec.{KEY}) || !has(self.spec.replicas) || self.spec.replicas > 0 || "
    f"has({_SCALING}.scaleToZeroTimeout)",
    "replicas 0 scales to zero, which needs a timeout: set minReplica to 0 and scaleToZeroTimeout "
    f"(minutes) in {KEY}.compute.scaling, or use state paused",
    ".spec.replicas",
)

ENDPOINT_RULES: tuple[Cel, ...] = (
    _NAME,
    _ZERO_STATE,
    _ZERO_ON_DELETION,
    _ZERO_REPLICAS,
    kept_once_bound(KEY, "name", condition=f"{_effective_name('self')} == {_effective_name('oldSelf')}"),
    kept_once_bound(KEY, "provider"),
    kept_once_bound(KEY, "privateService"),
    kept_once_bound(KEY, "cacheHttpResponses"),
)
"""Rules at the root of an InferenceEndpoint."""
ACCOUNT_RULES: tuple[Cel, ...] = (kept_in_use(KEY, "namespace"), kept_in_use(KEY, "baseURL"))
"""Rules at the root of the accounts."""
