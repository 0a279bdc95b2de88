"""Where an account's endpoints are: both generations of paths, and the query that each call carries.

The whole of it is written into one text, so that a binding alone leads there.
See docs/reference/tir-api.md, "Paths and credentials".
"""

import re
from dataclasses import dataclass

from inference_operator.providers.tir.account import TirAccount

_TEXT = re.compile(r"(?P<location>[^/]+)(/teams/(?P<team>\d+))?/projects/(?P<project>\d+)(/iam/(?P<iam>\d+))?")


@dataclass(frozen=True, slots=True)
class Place:
    """A project. `team` makes the paths the older ones; `iam` is the contact person's account, None for one's own."""

    location: str
    project: str
    team: str | None = None
    iam: str | None = None

    @classmethod
    def of(cls, account: TirAccount) -> "Place":
        """The place that an account names."""
        return cls(account.location, account.project_id, account.team_id, account.active_iam)

    @classmethod
    def parse(cls, text: str) -> "Place":
        """The place that `str` wrote down. Raises ValueError for any other text."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no place such as Delhi/projects/12")
        return cls(**found.groupdict())

    def __str__(self) -> str:
        team = f"/teams/{self.team}" if self.team else ""
        iam = f"/iam/{self.iam}" if self.iam else ""
        return f"{self.location}{team}/projects/{self.project}{iam}"

    @property
    def collection(self) -> str:
        """Path of all endpoints."""
        scope = f"/teams/{self.team}/projects/{self.project}" if self.team else ""
        return f"{scope}/serving/inference/"

    @property
    def query(self) -> dict[str, str]:
        """What each call carries beside the API key."""
        asked = {"location": self.location, "active_iam": self.iam}
        if not self.team:
            asked["project_id"] = self.project
        return {name: value for name, value in asked.items() if value}


NOWHERE = Place("", "")
"""Where nobody's endpoints are."""
