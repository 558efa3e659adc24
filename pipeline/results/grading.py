"""A file of answers → the grade of each, and how far people's own grades agree. Asks no model and stores nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from eval.metrics.grading.abstention import declines
from eval.metrics.grading.grade import Asked, Grade, TaskKind, grade
from pipeline.data.ingest.rows.quarantine import BadRow
from pipeline.data.ingest.rows.row import Row
from pipeline.data.ingest.rows.tables import read_rows
from pipeline.errors import UserError

ABSTENTION = "abstention"
"""A row of this task needs an answer alone: does it decline, or does it claim something? Words of a question, if given, claim nothing."""
TASKS = (*get_args(TaskKind), ABSTENTION)
WANTED = ("right", "abstained", "wrong", "missing", "claims")


@dataclass(frozen=True)
class Graded:
    """One row of the file."""

    line: int
    answer: str
    outcome: str
    why: str
    want: str = ""
    """What the file says that it should be; empty where it says nothing."""

    @property
    def agrees(self) -> bool:
        return not self.want or self.want == self.outcome


def grade_file(path: Path) -> list[Graded]:
    """Every row in order; a UserError with file and line where a row cannot be read or has no answer."""
    if not path.exists():
        raise UserError("there is no such file.", where=str(path))
    found = list(_rows(path))
    if not found:
        raise UserError("this file holds no rows.", where=str(path))
    return found


def to_json(found: list[Graded]) -> dict[str, Any]:
    """`{"rows": [{line, answer, outcome, why, want}], "counts": {…}, "agreement": {"rows", "agree", "differ"}}`."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one.outcome] = counts.get(one.outcome, 0) + 1
    held = [one for one in found if one.want]
    agreement = {"rows": len(held), "agree": sum(one.agrees for one in held), "differ": [one.line for one in held if not one.agrees]}
    return {"rows": [vars(one) for one in found], "counts": counts, "agreement": agreement if held else None}


def _rows(path: Path) -> Iterator[Graded]:
    for row in read_rows(path):
        if isinstance(row, BadRow):
            raise UserError(f"{row.reason}.", where=f"{row.file}:{row.line}")
        yield _graded(row)


def _graded(row: Row) -> Graded:
    cells = {str(name).strip().lower(): value for name, value in row.cells.items()}
    if "answer" not in cells:
        raise UserError("there is no column `answer`.", where=row.origin, remedy=f"Columns here: {', '.join(map(str, row.cells))}.")
    answer, task = _text(cells["answer"]), _text(cells.get("task")) or "question_answering"
    if task not in TASKS:
        raise UserError(f"unknown task {task!r}.", where=row.origin, remedy=f"Known: {', '.join(TASKS)}.")
    want = _text(cells.get("want"))
    if want and want not in WANTED:
        raise UserError(f"unknown grade {want!r} in the column `want`.", where=row.origin, remedy=f"Known: {', '.join(WANTED)}.")
    found = _judged(row, cells, answer, task)
    return Graded(row.line, answer, found.outcome if task != ABSTENTION else _claims(answer, _text(cells.get("question"))), found.why, want)


def _claims(answer: str, question: str) -> str:
    return "abstained" if declines(answer, question) else "claims"


def _judged(row: Row, cells: dict[str, Any], answer: str, task: str) -> Grade:
    if task == ABSTENTION:
        declined = declines(answer, _text(cells.get("question")))
        return Grade("abstained", "it declines and claims nothing") if declined else Grade("wrong", "it claims something")
    told, given = _flag(cells.get("answerable")), cells.get("references", cells.get("reference"))
    references, answerable = _listed(row, "references", given), False if told is None and given == [] else told
    if not references and answerable is not False:
        raise UserError(
            "this row has no references.", where=row.origin, remedy="Name them, or set `answerable` to false where there is no answer."
        )
    kind: TaskKind = task  # type: ignore[assignment]
    choices = _listed(row, "choices", cells.get("choices")) or _listed(row, "labels", cells.get("labels"))
    return grade(Asked(() if answerable is False else references, _text(cells.get("question")), kind, choices), answer)


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _flag(value: Any) -> bool | None:
    word = _text(value).strip().lower()
    return None if not word else word not in ("false", "no", "0")


def _listed(row: Row, name: str, value: Any) -> tuple[str, ...]:
    """A list, JSON text of a list, or one value; several in one cell of a table stand behind `|`."""
    if value is None or value == "":
        return ()
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            raise UserError(f"`{name}` begins like a list and is none.", where=row.origin, remedy='Write ["one", "two"].') from None
    if isinstance(value, list | tuple):
        return tuple(_text(one) for one in value if one is not None)
    return tuple(part.strip() for part in value.split("|")) if isinstance(value, str) and "|" in value else (_text(value),)
