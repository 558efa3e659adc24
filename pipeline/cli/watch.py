"""The command that holds a log of real questions against what a bundle was measured on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import exits
from pipeline.cli.options import Json, show

if TYPE_CHECKING:
    from pipeline.serving.watch import Shift, Watched


def watch(
    folder: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A folder that `bakeoff bundle` wrote.")],
    log: Annotated[Path, typer.Argument(metavar="LOG", help="JSON Lines with `input` and, where it was kept, `answer`.")],
    as_json: Json = False,
) -> None:
    """Are real questions still those that were measured? Ends with 4 where it is time to compare again, else with 0."""
    from pipeline.serving.watch import watch as held

    found = held(folder, log)
    show(found.to_json(), as_json, text(found))
    if found.again:
        raise typer.Exit(exits.DUE)


def text(found: Watched) -> str:
    """What was found, a line each."""
    due = f"Compare again: {'; '.join(found.reasons)}." if found.again else "No need to compare again is shown."
    lines = [due, f"{found.questions} questions, {found.distinct} of them distinct."]
    if found.from_test_rows is not None:
        lines.append(f"From the test rows: {_shift(found.from_test_rows)}.")
    if found.far is not None:
        lines.append(f"Unlike any test row: {_percent(found.far)} of them (of test rows 5 %).")
    if found.since_last_time is not None:
        lines.append(f"Since the last time: {_shift(found.since_last_time)}.")
    if found.abstained is not None:
        usual = "" if found.abstained_measured is None else f" ({_percent(found.abstained_measured)} when measured{_p(found.abstained_p)})"
        lines.append(f"Declined: {_percent(found.abstained)}{usual}.")
    if found.never_found is not None:
        lines.append(f"Passages that no question found: {_percent(found.never_found)}.")
    return "\n".join([*lines, *(f"Note: {note}" for note in found.notes)])


def _shift(shift: Shift) -> str:
    return f"MMD² {shift.mmd2:.4f}{_p(shift.p)}, {shift.sizes[0]} against {shift.sizes[1]} questions"


def _p(value: float | None) -> str:
    from eval.numerals import p_value

    return "" if value is None else f", p {p_value(value)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
