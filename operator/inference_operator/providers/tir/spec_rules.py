"""Rules of the tir block that look beyond it: at the resource's name, power state and binding."""

from inference_operator.api.markers import Cel
from inference_operator.api.rules import kept_in_use, kept_once_bound
from inference_operator.providers.tir.spec import LONGEST_NAME, NAME_PATTERN

KEY = "tir"
_ABSENT = f"!has(self.spec.{KEY})"
_COMMITTED = f"has(self.spec.{KEY}.commitment)"


def _effective_name(owner: str) -> str:
    # metadata.name never changes, so an absent name means the same before and after.
    return f"(has({owner}.spec.{KEY}.name) ? {owner}.spec.{KEY}.name : self.metadata.name)"


def _never(field: str, value: str, message: str, *, when: str = "true") -> Cel:
    """Refuse one value of a field of `spec`. `value`: as CEL writes it."""
    path = f"self.spec.{field}"
    return Cel(
        f"{_ABSENT} || !has({path}) || {path} != {value} || !({when})", message, f".spec.{field}", "FieldValueForbidden"
    )


_NAME = Cel(
    f"{_ABSENT} || has(self.spec.{KEY}.name) || "
    f"(size(self.metadata.name) <= {LONGEST_NAME} && self.metadata.name.matches('{NAME_PATTERN}'))",
    f"metadata.name is no valid name at TIR (up to {LONGEST_NAME} of a-z, 0-9, and single hyphens inside): give one in "
    f"{KEY}.name",
    f".spec.{KEY}.name",
    "FieldValueRequired",
)

ENDPOINT_RULES: tuple[Cel, ...] = (
    _NAME,
    _never(
        "state",
        "'scaledToZero'",
        "TIR can't be told to scale to zero: use state paused, or autoscaling with minReplicas 0",
    ),
    _never("replicas", "0", "TIR can't be told to scale to zero: raise replicas, or use state paused"),
    _never(
        "deletionPolicy",
        "'ScaleToZero'",
        "TIR can't be told to scale to zero: use deletionPolicy Pause, which stops it",
    ),
    _never(
        "state",
        "'paused'",
        "a committed plan can't be stopped, as it is paid for: use a plan of type hourly, or state running",
        when=_COMMITTED,
    ),
    _never(
        "deletionPolicy",
        "'Pause'",
        "a committed plan can't be stopped, as it is paid for: use deletionPolicy Delete or Orphan",
        when=_COMMITTED,
    ),
    kept_once_bound(KEY, "name", condition=f"{_effective_name('self')} == {_effective_name('oldSelf')}"),
    kept_once_bound(KEY, "framework"),
)
"""Rules at the root of an InferenceEndpoint."""
ACCOUNT_RULES: tuple[Cel, ...] = tuple(
    kept_in_use(KEY, field) for field in ("projectID", "teamID", "location", "activeIAM", "baseURL")
)
"""Rules at the root of the accounts."""
