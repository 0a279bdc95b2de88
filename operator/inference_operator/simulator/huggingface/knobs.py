"""What is unknown, slow or different at the vendor, as settings of the simulated Hugging Face."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Shown = Literal["keep", "empty", "omit"]


class Knobs(BaseModel):
    """Settings of the simulated control plane, checked on assignment. All durations are in seconds.

    The defaults are the documented behaviour; where nothing is documented, a guess that is named here
    (docs/reference/hugging-face-api.md, "What no source says").
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    pending_seconds: float = Field(default=0.2, ge=0)
    initializing_seconds: float = Field(default=0.5, ge=0)
    updating_seconds: float = Field(default=0.5, ge=0)
    idle_minute_seconds: float = Field(default=60.0, gt=0)
    """How long a minute of `scaleToZeroTimeout` lasts: small values speed the idle timeout up."""
    fail_deploys: Literal["runtime", "configuration"] | None = None
    """Deployments fail, as those of a repository `.../fails-to-start` or `.../bad-config` always do."""
    delete_linger: float = Field(default=0.0, ge=0)
    """How long a deleted endpoint still answers 200."""
    name_free_delay: float = Field(default=0.0, ge=0)
    """How long after its 404 a deleted name is still refused to a create."""
    list_lag: float = Field(default=0.0, ge=0)
    """How far the list is behind the endpoints themselves."""

    page_size: int = Field(default=20, ge=1)
    max_limit: int = Field(default=100, ge=1)
    over_limit: Literal["clamp", "reject"] = "clamp"
    sort_ignored: bool = False
    """The list comes in its default order, whatever is asked for."""
    limit_ignored: bool = False
    """A page has `page_size` rows, whatever is asked for."""

    url_while_pending: Shown = "keep"
    url_while_paused: Shown = "keep"
    paused_put: Literal["keep", "resume"] = "keep"
    """Whether a PUT on a paused or scaledToZero endpoint only stores the change, or starts it."""
    paused_target: Literal["keep", "zero"] = "keep"
    tags_put: Literal["keep", "rollout"] = "keep"
    """Whether a PUT that changes tags or notifications alone redeploys."""
    nested_put: Literal["merge", "replace"] = "merge"
    """How a PUT treats `network` and `experimentalFeatures`, whose update schema is that of the create."""
    state_change_moves_updated_at: bool = False
    unset_measure: Literal["null", "hardwareUsageNull"] = "null"
    secrets_redaction: Literal["null", "mask"] = "null"
    resolve_revision: bool = True
    legacy_protected: bool = False
    """Accept the type `protected` of older clients, as `authenticated`."""
    unknown_namespace_status: Literal[401, 403] = 401

    check_hardware: bool = True
    check_parallelism: bool = True
    default_quota: int | None = Field(default=None, ge=0)
    """Accelerators of each instance type that a namespace may use; None: no limit."""
    quotas: dict[str, int] = Field(default_factory=dict)
    """Accelerators by `instanceType` or `namespace/instanceType`."""

    tag_max_length: int | None = None
    tag_max_count: int | None = None
    tags_lowercase: bool = False
    tags_order: Literal["keep", "sorted", "reversed"] = "keep"
    tags_drop: str | None = None
    """A regular expression: tags that match vanish without a word."""
    tags_reject: str | None = None
    """A regular expression: a request with a tag that matches is refused."""

    log_search: bool = True
    """Without it the v3 logs answer 501."""
    scale_up_hold: bool = True
    """Whether the data plane honours `X-Scale-Up-Timeout`."""
