"""Refusals, in the one body shape that is seen at the vendor: `{"error": "<text>"}`."""

from typing import Any

from starlette.responses import JSONResponse


class ApiError(Exception):
    """A refusal with its HTTP status and its text."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def document(self) -> Any:
        """The body of the answer; another vendor's errors have another."""
        return {"error": self.message}


def error_response(error: ApiError) -> JSONResponse:
    """Return the answer that a refusal becomes."""
    return JSONResponse(error.document(), status_code=error.status)
