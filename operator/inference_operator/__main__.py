"""The `inference-operator` command.

`run` is dispatched before the command line's own libraries are imported: the operator's process carries
neither typer nor the simulator, so a small pod stays small. So is `release`, which runs in the same image.
"""

import sys


def main() -> None:
    """Run the command named by `sys.argv`."""
    if sys.argv[1:2] == ["run"]:
        from inference_operator.runtime.command import main as run

        sys.exit(run(sys.argv[2:]))
    if sys.argv[1:2] == ["release"]:
        from inference_operator.cli.release.command import main as release

        sys.exit(release(sys.argv[2:]))
    try:
        from inference_operator.cli.app import app
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is missing. Install the command line: pip install 'inference-operator[cli]'")
    app()


if __name__ == "__main__":
    main()
