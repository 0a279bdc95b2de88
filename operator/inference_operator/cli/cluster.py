"""`inference-operator cluster`: the local control plane from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from inference_operator.localcluster import LocalCluster, LocalClusterError, kubectl_path
from inference_operator.localcluster.binaries import find_binaries
from inference_operator.localcluster.cache import cache_root
from inference_operator.localcluster.detached import running_kubeconfig, stop_cluster
from inference_operator.localcluster.progress import to_stderr

cluster_app = typer.Typer(
    no_args_is_help=True,
    help="A local Kubernetes control plane without Docker: kube-apiserver, etcd and a few controllers.\n\n"
    "Example: inference-operator cluster up",
)

Directory = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        metavar="D",
        file_okay=False,
        help="Where the cluster keeps its files: a new or empty directory, removed with the cluster. "
        "Absent: one in the user's cache.",
    ),
]


@cluster_app.command()
def up(directory: Directory = None) -> None:
    """Start a control plane and leave it running.

    Example: inference-operator cluster up --dir .demo/cluster
    """
    place = _place(directory)
    with _plain_errors():
        kubeconfig = running_kubeconfig(place)
        if kubeconfig is None:
            kubeconfig = LocalCluster.start(place, detached=True).kubeconfig
    typer.echo(f"export KUBECONFIG={kubeconfig}")


@cluster_app.command()
def down(directory: Directory = None) -> None:
    """Stop the control plane and remove its directory.

    Example: inference-operator cluster down --dir .demo/cluster
    """
    place = _place(directory)
    with _plain_errors():
        stopped = stop_cluster(place)
    to_stderr(f"Stopped the cluster in {place}." if stopped else f"No cluster runs in {place}.")


@cluster_app.command("kubeconfig")
def print_kubeconfig(directory: Directory = None) -> None:
    """Print the path of the administrator's kubeconfig.

    Example: kubectl --kubeconfig "$(inference-operator cluster kubeconfig)" get namespaces
    """
    place = _place(directory)
    with _plain_errors():
        kubeconfig = running_kubeconfig(place)
        if kubeconfig is None:
            raise LocalClusterError(f"No cluster runs in {place}: start one with 'inference-operator cluster up'.")
    typer.echo(kubeconfig)


@cluster_app.command()
def binaries() -> None:
    """Make sure that all binaries are there, and print where each is from.

    Example: inference-operator cluster binaries
    """
    with _plain_errors():
        found = find_binaries(progress=to_stderr)
        kubectl = kubectl_path()
    for binary in (found.etcd, found.apiserver, found.controller_manager):
        typer.echo(f"{binary.path}  ({binary.source})")
    typer.echo(f"{kubectl}")


def _place(directory: Path | None) -> Path:
    return directory if directory is not None else cache_root() / "cluster"


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn a LocalClusterError into its sentence and exit code 1."""
    try:
        yield
    except LocalClusterError as error:
        to_stderr(f"error: {error}")
        raise typer.Exit(1) from None
