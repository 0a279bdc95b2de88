"""Commands that pages show and that are not run have subcommands, options, values and files that exist."""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from tests.chart.conftest import helm
from tests.chart.helm import NAMESPACE, Helm, find, parsed
from tests.docs.pages import PAGES, ROOT, blocks

from inference_operator.cli.app import app
from inference_operator.runtime.flags import parser_of_flags

__all__ = ["helm"]

TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def _shown() -> Iterator[tuple[Path, list[str]]]:
    for page in PAGES:
        for block in blocks(page, "console"):
            for line in block.text.replace("\\\n", " ").splitlines():
                if line.startswith("$ "):
                    yield page, shlex.split(re.sub(r"^(\w+=\S+ )+", "", line[2:]).split(" | ")[0])


COMMANDS = list(_shown())


def _of(program: str) -> list[list[str]]:
    return [words[1:] for _, words in COMMANDS if words[0] == program]


def test_commands_are_shown_of_programs_that_are_looked_at() -> None:
    assert {words[0] for _, words in COMMANDS} == {"helm", "inference-operator", "kubectl", "make"}


@pytest.mark.parametrize("words", _of("inference-operator"), ids=" ".join)
def test_a_command_of_ours_parses(words: list[str]) -> None:
    if words[0] == "run":
        parser_of_flags().parse_args(words[1:])
        return
    command: Any = typer.main.get_command(app)
    context = click.Context(command)
    while words and isinstance(command, click.Group) and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
        context = click.Context(command, parent=context)
    command.parse_args(context, [*words])


@pytest.mark.parametrize("words", _of("helm"), ids=" ".join)
def test_a_command_of_helm_has_options_that_helm_has_and_says_in_which_namespace(words: list[str], helm: Helm) -> None:
    known = re.findall(r"--[a-z-]+", helm.run(words[0], "--help").stdout)
    assert [word for word in words if word.startswith("--") and word not in known] == []
    assert words[words.index("--namespace") + 1] == NAMESPACE


@pytest.mark.parametrize("words", [one for one in _of("helm") if one[0] in ("install", "upgrade")], ids=" ".join)
def test_a_command_of_helm_gives_values_that_the_chart_takes(words: list[str], helm: Helm) -> None:
    _, release, chart, *options = words
    given = [word for pair in pairwise(options) if pair[0] == "--set" for word in pair]
    rendered = parsed(helm.run("template", release, str(ROOT / chart), "--namespace", NAMESPACE, *given).stdout)
    assert find(rendered, "Deployment")["metadata"]["namespace"] == NAMESPACE


@pytest.mark.parametrize("words", _of("kubectl"), ids=" ".join)
def test_a_command_of_kubectl_names_files_that_are_there(words: list[str]) -> None:
    named = [word for word in words if re.match(r"(deploy|crds|charts)/(?!inference-operator$)", word)]
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("words", _of("make"), ids=" ".join)
def test_a_command_of_make_names_a_target(words: list[str]) -> None:
    assert words[0] in TARGETS
