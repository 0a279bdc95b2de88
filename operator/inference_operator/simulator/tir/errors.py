"""Refusals in the vendor's envelope, and those of the gateway before it, which has another."""

from typing import Any

from inference_operator.simulator.errors import ApiError


class RefusalError(ApiError):
    """A refusal in the envelope: `{code, data, errors, message}`, with `data` null."""

    def document(self) -> Any:
        """The envelope. Errors are an object of lists, as the vendor's framework writes validation errors."""
        return {"code": self.status, "data": None, "errors": {"detail": [self.message]}, "message": self.message}


class UnauthenticatedError(ApiError):
    """The gateway's own refusal: a bearer token or API key is missing or wrong."""

    def __init__(self) -> None:
        super().__init__(401, "Authentication credentials were not provided.")

    def document(self) -> Any:
        """Not in the envelope."""
        return {"detail": self.message}


def envelope(status: int, data: Any, **beside: Any) -> dict[str, Any]:
    """A success. `beside`: what stands beside `data`, such as the number of pages."""
    return {"code": status, "data": data, "errors": {}, "message": "Success", **beside}
