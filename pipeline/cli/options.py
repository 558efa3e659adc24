"""Options that several commands share, and how a result is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

Out = Annotated[Path, typer.Option("--out", envvar="BAKEOFF_RUNS", help="Folder where runs are kept.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or its folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a value of the experiment file.")]
RUNS = Path("runs")


def show(value: dict[str, Any], as_json: bool, text: str) -> None:
    """One JSON object, or the same in words."""
    typer.echo(json.dumps(value, ensure_ascii=False) if as_json else text)
