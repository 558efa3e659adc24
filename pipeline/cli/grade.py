"""The command that grades a file of answers by the same function that grades every run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.options import Json, show

if TYPE_CHECKING:
    from pipeline.results.grading import Graded


def grade_file(
    file: Annotated[Path, typer.Argument(help="CSV, JSON Lines …: answer, references; task, choices, labels, answerable, question; want.")],
    as_json: Json = False,
) -> None:
    """Grade answers as every run does: right, abstained, wrong or missing, and why. With a column `want`, count the agreement."""
    from pipeline.results.grading import grade_file as graded
    from pipeline.results.grading import to_json

    found = graded(file)
    result = to_json(found)
    show(result, as_json, _text(found, result))


def _text(found: list[Graded], result: dict[str, Any]) -> str:
    lines = [f"{one.line:>5}  {one.outcome:9}  {_short(one.answer):50}  {one.why}" for one in found]
    lines += ["", ", ".join(f"{count} {outcome}" for outcome, count in sorted(result["counts"].items()))]
    if told := result["agreement"]:
        lines.append(f"As wanted: {told['agree']} of {told['rows']}.")
        lines += [
            f"  line {one.line}: wanted {one.want}, graded {one.outcome} ({one.why}): {_short(one.answer)}"
            for one in found
            if not one.agrees
        ]
    return "\n".join(lines)


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 50 else f"{one_line[:49]}…"
