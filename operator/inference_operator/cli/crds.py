"""`inference-operator crds`: the CRDs of the API, as the installed version renders them."""

from pathlib import Path
from typing import Annotated

import typer

from inference_operator.api.crds import render, to_yaml
from inference_operator.api.registry import registered


def crds(
    output: Annotated[
        Path | None,
        typer.Option(help="Write one file per kind into this directory instead of printing them."),
    ] = None,
) -> None:
    """Print the CRDs.

    Example: inference-operator crds | kubectl apply --server-side -f -
    """
    files = {name: to_yaml(crd) for name, crd in render(registered()).items()}
    if output is None:
        typer.echo("---\n".join(files.values()), nl=False)
        return
    output.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (output / name).write_text(text, encoding="utf-8")
