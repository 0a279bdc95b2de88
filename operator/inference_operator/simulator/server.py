"""The simulator as a server: uvicorn in a thread of this process, on a port of its own."""

import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import uvicorn

from inference_operator.simulator.app import create_app
from inference_operator.simulator.clock import Clock
from inference_operator.simulator.connection import Protocol
from inference_operator.simulator.huggingface import HuggingFace
from inference_operator.simulator.tir import Tir

_START_SECONDS = 15.0
_STOP_SECONDS = 10.0
_LOOK_AGAIN = 0.005


class Simulator:
    """A running simulator. A context manager: leaving it stops the server and frees the port."""

    def __init__(self, *, huggingface: HuggingFace, listener: socket.socket, tir: Tir | None = None) -> None:
        self.huggingface = huggingface
        self.tir = tir or Tir(clock=huggingface.clock, base_url=huggingface.base_url)
        self._listener = listener
        config = uvicorn.Config(
            create_app(huggingface, tir=self.tir),
            http=Protocol,
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="simulator", daemon=True
        )

    @classmethod
    def start(
        cls,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Clock | None = None,
        tir: Tir | None = None,
        **knobs: Any,
    ) -> "Simulator":
        """Listen on `host` and `port` (0: a free one) and return when requests are answered.

        `knobs` are those of Hugging Face. `tir`: a simulated TIR that there is already, None for a new one.
        Raises OSError when the port is taken, TimeoutError when the server does not come up.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=2048)
        # Accepted sockets inherit it; without it each answer waits 40 ms for the acknowledgement of its head.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        huggingface = HuggingFace(clock=clock, base_url=_url(host, listener.getsockname()[1]), **knobs)
        simulator = cls(huggingface=huggingface, listener=listener, tir=tir)
        simulator._thread.start()
        if not _wait_for(lambda: simulator._server.started, _START_SECONDS):
            simulator.stop()
            raise TimeoutError("the simulator did not start")
        return simulator

    @property
    def url(self) -> str:
        """The server's address, without `/v2`."""
        return self.huggingface.base_url

    def stop(self) -> None:
        """Stop the server; open connections are closed, answers that hang are given up."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(_STOP_SECONDS)
        self._listener.close()

    def wait(self) -> None:
        """Return when the server has stopped."""
        while self._thread.is_alive():
            self._thread.join(1.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _url(host: str, port: int) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(_LOOK_AGAIN)
    return condition()
