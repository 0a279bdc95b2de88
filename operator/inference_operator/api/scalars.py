"""Scalar types of the API with their bounds: without bounds the cost of CEL rules can't be estimated."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

from inference_operator.api.markers import Cel, Raw

DURATION = r"^([0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h))+$"
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def parse_duration(value: Any) -> Any:
    """`1h30m`, `15s`, `500ms` as a timedelta; anything but a string is passed on. Raises ValueError."""
    if not isinstance(value, str):
        return value
    if not re.match(DURATION, value):
        raise ValueError(f"{value!r} is no duration such as 15s, 10m or 24h")
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(value)))


def format_duration(value: timedelta) -> str:
    """A timedelta as Go writes it in whole seconds or milliseconds: `90s`, `1500ms`."""
    milliseconds = round(value.total_seconds() * 1000)
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"


def _bounded_duration(lowest: str, highest: str, example: str) -> Raw:
    pattern = DURATION.replace("\\", "\\\\")  # once more, for the string literal in CEL
    rule = (
        f"self.matches('{pattern}') && duration(self) >= duration('{lowest}') && duration(self) <= "
        f"duration('{highest}')"
    )
    message = f"must be a duration from {lowest} to {highest}: write a number with its unit, such as {example}"
    validations = [Cel(rule, message).to_json()]
    return Raw({"type": "string", "maxLength": 32, "x-kubernetes-validations": validations})


_DURATION_PARTS = (BeforeValidator(parse_duration), PlainSerializer(format_duration, return_type=str))
PollInterval = Annotated[timedelta, *_DURATION_PARTS, _bounded_duration("1s", "1h", "15s")]
"""A timedelta from 1s to 1h."""
DeletionTimeout = Annotated[timedelta, *_DURATION_PARTS, _bounded_duration("1s", "8760h", "24h")]
"""A timedelta from 1s to a year."""


def truncated(limit: int) -> BeforeValidator:
    """Cut a string to `limit` characters: what a provider says is shown as far as it fits, never refused."""
    return BeforeValidator(lambda value: value[:limit] if isinstance(value, str) else value)


Timestamp = Annotated[str, Raw({"type": "string", "format": "date-time", "maxLength": 64})]
"""RFC 3339, as the source wrote it (fractions of a second vary by provider)."""
Text = Annotated[str, truncated(4096), Field(max_length=4096)]
"""Words for people, cut to 4096 characters."""
Line = Annotated[str, truncated(1024), Field(max_length=1024)]
"""One line of words for people, cut to 1024 characters."""
Url = Annotated[str, Field(max_length=2048)]
"""A URL, up to 2048 characters."""
Label = Annotated[str, Field(min_length=1, max_length=63)]
"""A short name, up to 63 characters."""
ObjectName = Annotated[str, Field(max_length=253, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
"""Name of a Kubernetes object."""
SecretKey = Annotated[str, Field(max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
"""Key in a Secret."""
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""An int32 that is not negative."""
Generation = Annotated[int, Field(ge=-1, le=2**53 - 1)]
"""A metadata.generation; -1 stands for none that was seen yet. The API server reads bounds as floats: 53 bits."""
PositiveCount = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""An int32 of at least 1."""
Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP port."""
