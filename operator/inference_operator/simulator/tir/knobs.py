"""How the simulated TIR behaves where no source says how the real one does.

See docs/reference/tir-api.md, "What no source says".
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Knobs(BaseModel):
    """The settings; times are in simulated seconds.

    `casing`: of statuses. `duplicate_names`: a second endpoint of a name is taken. `list_lag`: how old a list is.
    `put`: what a PUT does about keys that it lacks. `strict_actions`: `update` needs a stopped endpoint, and `patch`
    one that is not. `lists`: how commands and args are shown. `engine_args`: as they were sent, or all as text.
    `probes_when_disabled`: probes that are off are shown. `delete_linger`: how long what was deleted is still there.
    `equal_bounds_disable`: autoscaling with equal bounds is off. `extras_2026`: keys that older clients do not know.
    `page_size`: what a page holds where none is asked for; None: everything is one page. `sold_out`: plans by name.
    `env_limit`: the longest value of an environment variable.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    waiting_seconds: float = Field(default=1.0, ge=0)
    deploying_seconds: float = Field(default=2.0, ge=0)
    updating_seconds: float = Field(default=1.0, ge=0)
    terminating_seconds: float = Field(default=2.0, ge=0)
    idle_seconds: float | None = Field(default=None, ge=0)
    casing: Literal["lower", "title"] = "lower"
    duplicate_names: bool = False
    list_lag: float = Field(default=0.0, ge=0)
    put: Literal["merge", "replace"] = "merge"
    strict_actions: bool = False
    lists: Literal["decoded", "base64"] = "decoded"
    engine_args: Literal["typed", "text"] = "typed"
    probes_when_disabled: bool = True
    delete_linger: float = Field(default=0.0, ge=0)
    equal_bounds_disable: bool = True
    extras_2026: bool = False
    page_size: int | None = Field(default=None, ge=1)
    sold_out: list[str] = []
    fail_names: list[str] = []
    env_limit: int = Field(default=32768, ge=1)
    drop_variables: list[str] = []
