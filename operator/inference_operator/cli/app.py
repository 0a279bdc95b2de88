"""The command line: one small module for each command, gathered here by name."""

import typer

from inference_operator.cli.cluster import cluster_app
from inference_operator.cli.crds import crds
from inference_operator.cli.demo import demo
from inference_operator.cli.hardware import hardware
from inference_operator.cli.logs import logs
from inference_operator.cli.metrics import metrics
from inference_operator.cli.orphans.commands import orphans_app
from inference_operator.cli.replicas import replicas
from inference_operator.cli.simulate import simulate

app = typer.Typer(
    name="inference-operator",
    help="Managed inference endpoints as Kubernetes resources.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cluster_app, name="cluster")
app.add_typer(orphans_app, name="orphans")
app.command("crds")(crds)
app.command("demo")(demo)
app.command("simulate")(simulate)
app.command("logs")(logs)
app.command("metrics")(metrics)
app.command("replicas")(replicas)
app.command("hardware")(hardware)


@app.command("run", add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(context: typer.Context) -> None:
    """Run the operator (see `inference-operator run --help`)."""
    from inference_operator.runtime.command import main

    raise typer.Exit(main(context.args))


@app.command(
    "release", add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def release(context: typer.Context) -> None:
    """Do what the Helm chart's jobs do (see `inference-operator release --help`)."""
    from inference_operator.cli.release.command import main

    raise typer.Exit(main(context.args))
