"""What all API models share: frozen, camelCase outside, snake_case inside, tolerant of newer CRDs."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from inference_operator.api.markers import Cel, Retired


class ApiModel(BaseModel):
    """An object of the API. Parsing drops unknown fields: refusing them is the API server's part."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, protected_namespaces=()
    )

    rules: ClassVar[tuple[Cel, ...]] = ()
    """CEL rules that hold for the object as a whole."""
    retired: ClassVar[tuple[Retired, ...]] = ()
    """Fields of older API documents that are refused by name."""

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Parse stored JSON. Raises ValueError (pydantic's ValidationError) where it is not of this type."""
        return cls.model_validate(data)

    def to_json(self) -> dict[str, Any]:
        """The object as JSON with the API's names; absent optional fields are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
