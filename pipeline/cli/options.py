"""Options that several commands share, options kept together in a dataclass, and how a result is printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

Out = Annotated[Path, typer.Option("--out", envvar="BAKEOFF_RUNS", help="Folder where runs are kept.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or its folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a value of the experiment file.")]
RUNS = Path("runs")


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """The command as Typer can read it: a parameter that is a dataclass becomes one option for each of its fields.

    Typer knows single options only. The command takes keywords alone; fields are named like no other parameter of it.
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hints[name] for name in signature(command).parameters if is_dataclass(hints[name])}

    @wraps(command)
    def call(**given: Any) -> None:
        made = {name: group(**{one.name: given.pop(one.name) for one in fields(group)}) for name, group in groups.items()}
        command(**given, **made)

    call.__signature__ = Signature(list(_options(command, hints)))  # type: ignore[attr-defined]
    return call


def _options(command: Callable[..., None], hints: dict[str, Any]) -> Iterator[Parameter]:
    for name, parameter in signature(command).parameters.items():
        group = hints[name]
        if not is_dataclass(group):
            yield parameter.replace(annotation=group)
            continue
        inner = get_type_hints(group, include_extras=True)
        for one in fields(group):
            yield Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default, annotation=inner[one.name])


def show(value: dict[str, Any], as_json: bool, text: str) -> None:
    """One JSON object, or the same in words."""
    typer.echo(json.dumps(value, ensure_ascii=False) if as_json else text)
