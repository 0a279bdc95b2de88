"""`inference-operator simulate`: the simulated providers as a server in the foreground."""

import signal
import threading
from typing import Annotated

import typer

from inference_operator.simulator import Simulator


def simulate(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve the simulated providers until Ctrl-C.

    Hugging Face is under /v2 and /v3, the controls under /_sim/. Any token that begins with hf_ is accepted. TIR is
    under /myaccount/api/v1/gpu, its controls under /_sim/tir/; any token that begins with tir_, and any API key.

    Example:

        inference-operator simulate --port 8080

        curl -H 'Authorization: Bearer hf_test' http://127.0.0.1:8080/v2/endpoint/my-org
    """
    try:
        simulator = Simulator.start(host=host, port=port)
    except OSError as error:
        typer.echo(f"Can't listen on {host}:{port}: {error.strerror}. Choose another --port.", err=True)
        raise typer.Exit(1) from None
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with simulator:
        typer.echo(f"Simulator on {simulator.url}")
        stopped.wait()
