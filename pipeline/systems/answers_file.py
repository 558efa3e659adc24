"""A file of answers by row id, CSV or JSON Lines, and its door. Every mistake in it is told with file and line; nothing is guessed."""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.data.ingest.rows.delimited import LONGEST_CELL
from pipeline.data.ingest.rows.jsons import loads
from pipeline.data.ingest.rows.names import plain
from pipeline.data.ingest.text import HALF, HALVES, open_text
from pipeline.errors import UserError
from pipeline.systems.reply import ANSWER, CONTEXTS, Malformed, Question, Reply, failed, reply_of

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson")
IDS = ("id", "row_id", "row")
NUMBERS = ("seconds", "prompt_tokens", "completion_tokens", "cost")
NEEDED = "Give the columns id and answer; contexts, seconds, prompt_tokens, completion_tokens and cost where they are known."


class Line(NamedTuple):
    number: int
    cells: dict[str, Any]


class AnswersFile:
    """What a system has said already."""

    again = False
    """Whether asking again may bring what failed."""

    def __init__(self, path: Path, known: Sequence[str]) -> None:
        """`known`: the ids of all rows of the comparison, whichever their side. A UserError for what cannot be read."""
        self._name, self._replies = path.name, dict[str, Reply]()
        ids, first = set(known), dict[str, int]()
        for line in _lines(path):
            where = f"{path}:{line.number}"
            row = _id(line, where)
            if row in first:
                raise UserError(f"the id {row!r} stands here and on line {first[row]}.", where=where, remedy="Give each row one answer.")
            if row not in ids:
                close = difflib.get_close_matches(row, known, n=1)
                raise UserError(
                    f"no row of this comparison has the id {row!r}{f' (the nearest is {close[0]!r})' if close else ''}.", where=where,
                    remedy="`bakeoff export-questions` writes the rows to answer with their ids.",
                )  # fmt: skip
            first[row] = line.number
            self._replies[row] = _reply(line, where)
        if not first:
            raise UserError("this file holds no answer.", where=str(path), remedy=NEEDED)

    def run(self, questions: Sequence[Question], on_reply: Callable[[Question, Reply], None]) -> None:
        """The reply to each question, in order."""
        for question in questions:
            on_reply(question, self._replies.get(question.id, failed(f"no answer to this row in {self._name}")))

    def covered(self, ids: Sequence[str]) -> int:
        """How many of these rows have an answer."""
        return sum(row in self._replies and not self._replies[row].failure for row in ids)


def _lines(path: Path) -> Iterator[Line]:
    if path.suffix.lower() not in ENDINGS:
        raise UserError(f"answers are read from {', '.join(ENDINGS)}.", where=str(path), remedy="Save them as CSV or JSON Lines.")
    yield from (_json(path) if path.suffix.lower() in (".jsonl", ".ndjson") else _table(path))


def _json(path: Path) -> Iterator[Line]:
    with open_text(path, None, "JSON Lines", newline="") as lines:
        for number, line in enumerate(lines, 1):
            text = line.strip().strip("\ufeff")
            if not text:
                continue
            try:
                value = loads(text)
            except (ValueError, RecursionError) as error:
                raise UserError(f"not JSON: {error}", where=f"{path}:{number}") from None
            if not isinstance(value, dict):
                raise UserError("this line is no JSON object.", where=f"{path}:{number}", remedy=NEEDED)
            yield Line(number, {plain(str(key)): cell for key, cell in value.items()})


def _table(path: Path) -> Iterator[Line]:
    csv.field_size_limit(LONGEST_CELL)
    with open_text(path, None, "a CSV table", newline="") as source:
        head = source.readline()
        source.seek(0)
        reader = csv.reader(source, delimiter="\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=head.count), strict=True)
        names: list[str] = []
        begins = 1
        try:
            for cells in reader:
                number, begins = begins, reader.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if not names:
                    names = [plain(cell.strip("\ufeff ")) for cell in cells]
                    _check(names, f"{path}:{number}")
                    continue
                if len(cells) != len(names):
                    raise UserError(
                        f"{len(cells)} cells under {len(names)} columns.", where=f"{path}:{number}", remedy="Put quotes around texts."
                    )
                yield Line(number, {name: _cell(name, cell) for name, cell in zip(names, cells, strict=True)})
        except csv.Error as error:
            raise UserError(
                f"not CSV: {error}.", where=f"{path}:{begins}", remedy="Put quotes around texts, and double quotes in them."
            ) from None
    if not names:
        raise UserError("this file is empty.", where=str(path), remedy=NEEDED)


def _check(names: Sequence[str], where: str) -> None:
    if twice := next((name for name in names if name and names.count(name) > 1), None):
        raise UserError(f"two columns are called {twice!r}.", where=where, remedy=NEEDED)
    if not set(IDS) & set(names) or not set(ANSWER) & set(names):
        raise UserError(f"no column id and answer (found: {', '.join(names)}).", where=where, remedy=NEEDED)


def _cell(name: str, cell: str) -> Any:
    """A cell of contexts may hold a JSON list; else it is one text. An empty cell says nothing."""
    if name not in CONTEXTS or not cell.strip():
        return cell if cell.strip() else None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return [cell]
    return found if isinstance(found, list) else [cell]


def _id(line: Line, where: str) -> str:
    value = next((line.cells[name] for name in IDS if line.cells.get(name) is not None), None)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise UserError("this row has no id.", where=where, remedy=NEEDED)
    return str(value).strip()


def _reply(line: Line, where: str) -> Reply:
    if HALVES.search(json.dumps(line.cells, ensure_ascii=False, default=str)):
        raise UserError(HALF, where=where)
    if line.cells.get("failure"):
        return failed(str(line.cells["failure"]))
    key = next((name for name in ANSWER if name in line.cells), None)
    if key is None:
        raise UserError(f"this row has no answer (found: {', '.join(line.cells)}).", where=where, remedy=NEEDED)
    if line.cells[key] is None or line.cells[key] == "":
        return failed("the answer to this row is empty in the file")
    try:
        reply = reply_of(line.cells)
    except Malformed as error:
        raise UserError(f"{error}.", where=where, remedy=NEEDED) from None
    if bad := next((name for name in NUMBERS if line.cells.get(name) is not None and getattr(reply, name) is None), None):
        raise UserError(
            f"{bad} is {str(line.cells[bad])[:40]!r}, no number from 0 on.", where=where, remedy="Leave it empty where it is not known."
        )
    return reply
