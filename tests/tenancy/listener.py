"""Loopback servers of an attacker: one that only notes who came, and one that the operator was told to trust."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = tuple[int, Mapping[str, str], Any]
"""Status, headers, and what is sent as JSON."""


@dataclass(frozen=True)
class Visit:
    """One request that came in."""

    method: str
    path: str
    authorization: str | None
    body: Any


def _nothing(visit: Visit) -> Answer:
    return 200, {}, {"items": []}


@dataclass
class Listener:
    """An HTTP server on loopback that notes every request. `answer` says what it answers, and may be exchanged."""

    answer: Callable[[Visit], Answer] = _nothing
    visits: list[Visit] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def tokens(self) -> set[str]:
        """The credentials that were sent to it."""
        return {visit.authorization for visit in self.visits if visit.authorization}

    def reset(self) -> None:
        """Forget who came, and answer as at the beginning."""
        self.answer = _nothing
        self.visits.clear()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                visit = Visit(self.command, self.path, self.headers.get("Authorization"), json.loads(sent or b"null"))
                listener.visits.append(visit)
                status, headers, body = listener.answer(visit)
                encoded = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(encoded))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(encoded)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names that http.server calls

            def log_message(self, *args: object) -> None:
                """Say nothing on stderr."""

        return Handler
