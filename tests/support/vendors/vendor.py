"""What a team needs of a provider: its manifests, and how its endpoints are made, changed and read by hand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from inference_operator.core.documents import lookup, nested, parts
from inference_operator.simulator import Fault, Request

Object = dict[str, Any]
Part = Mapping[str, Any]
"""A part of a block, or of a document of the provider, which is merged into the whole."""


@dataclass(frozen=True)
class Field:
    """A field of the block. `wire`: where it is in the provider's document.

    `declared`: what the least manifest says, or an edit makes of it; `other`: another value, as of the same endpoint.
    """

    pointer: str
    wire: tuple[str, ...]
    declared: Any
    other: Any

    @property
    def key(self) -> str:
        """Under which key of the provider's document it goes over the wire."""
        return self.wire[0]

    @property
    def edit(self) -> Object:
        """The part of the block that declares it."""
        return self.declare(self.declared)

    def declare(self, value: Any) -> Object:
        """The part of the block that declares a value."""
        return nested(parts(self.pointer), value)

    def remotely(self, value: Any) -> Object:
        """The part of the provider's document that holds a value."""
        return nested(self.wire, value)

    def of(self, remote: Part) -> Any:
        """Its value in a document of the provider."""
        return lookup(remote, self.wire)

    @property
    def difference(self) -> str:
        """How a difference is told where the provider has the other value."""
        return f"{self.pointer} is {json.dumps(self.other)}, declared {json.dumps(self.declared)}"


class Vendor(Protocol):
    """One provider, for one team. `sim`: its simulator's handle.

    `least`: a block with what is required and no more. `first`, `second`: fields of it that somebody may change;
    `further`: one that it does not have. `labels_key`: under which key the labels go over the wire.

    Labels are what the provider keeps of words that mean nothing to it, the ownership marker among them.
    """

    key: str
    account_name: str
    starting_knob: str
    """The knob of the simulator that says how long an endpoint starts."""

    paging_knobs: tuple[str, ...]
    """The knobs of the simulator that say how much a page holds, whatever is asked for."""

    prefix: str
    """What every valid token begins with."""

    token: str
    least: Part
    first: Field
    second: Field
    further: Field
    may_sleep: Part
    """The part of a block that lets it go to rest without requests."""

    environment_pointer: str
    labels_key: str
    marks_alone: bool
    """Whether what is taken over gets the marker at once, for that changes nothing else."""

    tells_url: bool
    """Whether the provider tells where an endpoint answers; else it is made of its id."""

    tells_who: bool
    """Whether the provider tells who changed an endpoint last."""

    sim: Any

    @property
    def place(self) -> str:
        """What the simulator calls the team's part of the provider."""

    @property
    def url(self) -> str:
        """The address of the API."""

    # Manifests.

    def account(self, secret: str) -> Object:
        """The block of an account whose credentials are in this Secret."""

    def credentials(self, token: str) -> dict[str, str]:
        """The content of that Secret."""

    def elsewhere(self) -> Object:
        """The part of an account's block that leads it to another place: one name of it."""

    def environment(self, values: Mapping[str, str], secrets: Mapping[str, tuple[str, str]] | None = None) -> Object:
        """The part of a block with these variables; `secrets`: name -> Secret and key that have the value."""

    def scaled(self, count: int) -> Object:
        """The part of the provider's document that `kubectl scale` changes, from fewer replicas to so many."""

    # What somebody does at the provider. Each change is a part of the provider's document.

    def create(self, name: str, /, by: str = "operator", **changes: Any) -> None:
        """Make an endpoint that is as the least manifest declares, and changed."""

    def remove(self, name: str) -> None:
        """Delete an endpoint."""

    def labelled(self, *labels: str) -> Object:
        """The change to these labels."""

    def in_state(self, state: str) -> Object:
        """The change to a state, by the word of `status.state`."""

    def failed(self, message: str) -> Object:
        """The change to an endpoint that failed."""

    def healed(self) -> Object:
        """The change to one that runs, after that."""

    def with_variable(self, remote: Part, name: str, value: str) -> Object:
        """The change of one variable of an endpoint, in clear."""

    def fault(self, operation: str, *, name: str | None = None, token: str | None = None, **fault: Any) -> Fault:
        """A failure of calls about this endpoint, with this token, of this team."""

    # What is seen there.

    def labels(self, remote: Part) -> list[str]:
        """The labels of an endpoint, the marker first where the order is not the provider's."""

    def variables(self, remote: Part) -> dict[str, str]:
        """The variables of an endpoint with their values, those from Secrets too, without what is the operator's."""

    def state(self, remote: Part) -> str:
        """The state, in the word of `status.state`."""

    def created_at(self, remote: Part) -> str:
        """When it was made."""

    def concerns(self, request: Request) -> bool:
        """Whether a request is about this team's part of the provider."""

    def page(self, request: Request) -> str | None:
        """Which page of the list a request asks for."""

    def called(self, name: str) -> str | None:
        """What requests call an endpoint, None where there is none."""

    def about(self, request: Request) -> str | None:
        """The name of the endpoint that a request is about, None where it is about none."""

    def sent_anew(self, post: Request, put: Request) -> Object:
        """What an update sends that the create did not, without the marker where that is not to be told."""

    def carried(self, request: Request) -> Object:
        """What a write that was carried out changes, as a part of the provider's document."""
