"""Options that several commands share, options kept together in a dataclass, and how a result is printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

Out = Annotated[Path, typer.Option("--out", envvar="BAKEOFF_RUNS", help="Folder where runs are kept.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the start of its id, or its folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a value of the experiment file.")]
RUNS = Path("runs")


@dataclass(frozen=True)
class Where:
    """Where a run's jobs are done (docs/scale.md)."""

    executor: Annotated[
        str | None, typer.Option("--executor", help="Where jobs are done: local, ray or pool; else $BAKEOFF_EXECUTOR, else local.")
    ] = None
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=0, help="Jobs at once; else $BAKEOFF_JOBS, else 1 (ray: all it has room for).")
    ] = None
    threads: Annotated[
        int | None, typer.Option("--threads", min=0, help="Threads of each job; else $BAKEOFF_THREADS, else its share of the cores.")
    ] = None
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL", help="Take finished stages from this store, and keep them there; else $BAKEOFF_STORE."),
    ] = None
    apart: Annotated[
        bool | None,
        typer.Option("--apart/--together", help="Whether workers see no folder of the run, and go by --store alone; else $BAKEOFF_APART."),
    ] = None


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """The command as Typer can read it: a parameter that is a dataclass becomes one option for each of its fields.

    Typer knows single options only. The command takes keyword arguments only; a field's name must differ from its other parameters.
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
            yield Parameter(
                one.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if one.default is MISSING else one.default,
                annotation=inner[one.name],
            )


def show(value: dict[str, Any], as_json: bool, text: str) -> None:
    """Print the value as one JSON object, or this text."""
    typer.echo(json.dumps(value, ensure_ascii=False) if as_json else text)
