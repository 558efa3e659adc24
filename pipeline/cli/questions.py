"""The command that writes the test rows for systems that were not made here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import RUNS, Json, Out, Set, show


def questions(
    named: Annotated[str, typer.Argument(metavar="RUN|EXPERIMENT", help="A run, or an experiment file that need not have run.")],
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write them: .csv or .jsonl.")],
    overrides: Set = None,
    force: Annotated[bool, typer.Option(help="Replace the file if it exists.")] = False,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Write the test rows for a system of your own to answer: their ids and inputs, without the right answers."""
    from pipeline.results.questions import export_questions

    count = export_questions(named, out, target, overrides or [], force)
    said = f"{count} questions written to {target}. Add the answers, and name the file in the experiment under systems (docs/systems.md)."
    show({"schema": 1, "rows": count, "written": str(target)}, as_json, said)
