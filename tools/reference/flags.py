"""The flags of every command, read from the parsers themselves."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import typer

from inference_operator.cli.app import app
from inference_operator.cli.release.command import _parser as release_parser
from inference_operator.runtime.flags import parser_of_flags as run_parser

_HEAD = """# Commands and flags

<!-- Generated from the parsers by `python -m tools.reference`. -->

Every command has `--help`, which shows an example. Exit codes: 0, 1 failed, 2 misuse. `run` and `release` are what
the image carries; the others need the extra `cli`, and `demo`, `simulate` and `cluster` the extra `demo`.
"""
_HELP = "--help"


@dataclass(frozen=True)
class Flag:
    """One option or argument. `default`: empty where there is none to speak of."""

    name: str
    text: str
    default: str = ""


@dataclass(frozen=True)
class Command:
    """One command."""

    name: str
    text: str
    flags: tuple[Flag, ...]


def commands() -> list[Command]:
    """All commands, `run` first."""
    by_argparse = [*_parsed("run", run_parser()), *_parsed("release", release_parser())]
    named = {one.name.partition(" ")[0] for one in by_argparse}
    by_typer = [one for one in _typed("", typer.main.get_command(app)) if one.name not in named]
    return [*by_argparse, *sorted(by_typer, key=lambda one: one.name)]


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_section(one) for one in commands())])


def _section(command: Command) -> str:
    title = f"## {command.name}\n\n{_cell(command.text)}\n"
    if not command.flags:
        return title
    rows = [f"| `{_cell(flag.name)}` | {_cell(flag.text)} | {_cell(flag.default)} |" for flag in command.flags]
    return "\n".join([title, "| flag | what it does | default |", "|---|---|---|", *rows]) + "\n"


def _parsed(name: str, parser: argparse.ArgumentParser, about: str = "") -> Iterator[Command]:
    flags = []
    for one in parser._actions:
        if isinstance(one, argparse._SubParsersAction):
            told = {choice.dest: choice.help or "" for choice in one._choices_actions}
            for key, inner in one.choices.items():
                yield from _parsed(f"{name} {key}", inner, told[key])
        elif _HELP not in one.option_strings:
            flags.append(Flag(_argparse_name(one), one.help or "", _default(one.default)))
    if flags:
        yield Command(name, about or parser.description or "", tuple(flags))


def _argparse_name(one: argparse.Action) -> str:
    takes = one.metavar or "|".join(map(str, one.choices or ())) if one.nargs != 0 else ""
    return f"{', '.join(one.option_strings) or one.dest}{f' {takes}' if takes else ''}"


def _typed(path: str, command: Any) -> Iterator[Command]:
    """The commands of a typer application; typer's own classes have no public names."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from _typed(f"{path} {name}".strip(), inner)
    if path and not hasattr(command, "commands"):
        flags = tuple(_typed_flag(one) for one in command.params if _HELP not in one.opts)
        yield Command(path, command.help.partition("\n\n")[0].replace("\n", " "), flags)


def _typed_flag(one: Any) -> Flag:
    kind = one.type_descriptor.annotation
    names = (
        ", ".join((*one.opts, *one.secondary_opts)) if one.opts[0].startswith("-") else one.metavar or one.name.upper()
    )
    takes = one.metavar or ("|".join(kind) if issubclass(kind, StrEnum) else kind.__name__.upper())
    takes = "" if getattr(one, "is_flag", True) else f" {takes}"
    return Flag(f"{names}{takes}", one.help or "", _default(one.default))


def _default(value: object) -> str:
    if isinstance(value, bool) or value in (None, "", argparse.SUPPRESS):
        return ""
    return f"`{value}`" if isinstance(value, str | int | float) else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
