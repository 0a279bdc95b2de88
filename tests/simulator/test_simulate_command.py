"""`inference-operator simulate` as a process."""

import signal
import socket
import subprocess
import sys

import httpx
import typer
from typer.testing import CliRunner

from inference_operator.cli.simulate import simulate

PROGRAM = "import typer; from inference_operator.cli.simulate import simulate; typer.run(simulate)"


def test_it_prints_its_url_serves_and_ends_with_ctrl_c():
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        url = line.split()[-1]
        assert httpx.get(f"{url}/v2/provider").status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        assert process.stdout.read() == ""
    finally:
        process.kill()
        process.stdout.close()


def run(*arguments):
    app = typer.Typer()
    app.command()(simulate)
    return CliRunner().invoke(app, arguments)


def test_taken_port_is_said_and_fails():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--port", str(port))
    assert result.exit_code == 1
    assert f"127.0.0.1:{port}" in result.output


def test_help_shows_an_example_and_misuse_exits_2():
    assert "inference-operator simulate --port 8080" in run("--help").output
    assert run("--port", "99999").exit_code == 2
