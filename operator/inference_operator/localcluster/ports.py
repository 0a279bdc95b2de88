"""Free loopback ports for servers that can't be asked which one they chose."""

from __future__ import annotations

import random
import socket

FIRST, LAST = 20000, 32000
"""Below the range from which Linux takes the ports of outgoing connections (32768 up), so that a server can
be stopped and started again on its port without finding it taken."""

_random = random.SystemRandom()


def free_port() -> int:
    """A port on 127.0.0.1 that nothing listens on at this moment."""
    while True:
        port = _random.randint(FIRST, LAST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
