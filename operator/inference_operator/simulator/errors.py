"""Refusals, in the one body shape that is seen at the vendor: `{"error": "<text>"}`."""

from starlette.responses import JSONResponse


class ApiError(Exception):
    """A refusal with its HTTP status and its text."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def error_response(error: ApiError) -> JSONResponse:
    """Return the answer that a refusal becomes."""
    return JSONResponse({"error": error.message}, status_code=error.status)
