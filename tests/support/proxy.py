"""A TCP proxy that misbehaves as networks do: it cuts connections, lets them go silent, or slows them down."""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

_CHUNK = 65536


class Proxy:
    """Forwards a port of 127.0.0.1 to another, byte by byte, so that TLS goes through. A context manager."""

    def __init__(self, target: int) -> None:
        self.delay = 0.0
        """Seconds that each chunk is held back, each way."""
        self.refuses = False
        """Whether new connections are closed at once."""
        self._target = target
        self._lines: list[_Line] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def silence(self) -> int:
        """Forward nothing more on open connections, and close none; new ones go through. Returns how many."""
        lines = [line for line in self._lines if not line.closed]
        for line in lines:
            line.passes.clear()
        return len(lines)

    def cut(self) -> int:
        """Close the connections that are open; new ones go through. Returns how many."""
        lines = [line for line in self._lines if not line.closed]
        for line in lines:
            line.close()
        return len(lines)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self.refuses:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                self._lines.append(_Line(self, near, far))


class _Line:
    """One connection, near side and far side."""

    def __init__(self, proxy: Proxy, near: socket.socket, far: socket.socket) -> None:
        self.passes = threading.Event()
        self.passes.set()
        self.closed = False
        self._proxy, self._ends = proxy, (near, far)
        for source, sink in ((near, far), (far, near)):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def close(self) -> None:
        """Close both ends."""
        self.closed = True
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.passes.set()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                time.sleep(self._proxy.delay)
                # What came in before the silence is held back too; where nobody listens any more it goes nowhere.
                self.passes.wait()
                sink.sendall(data)
        # The end of a connection is as silent as all else on it.
        self.passes.wait()
        if not self.closed:
            self.close()
