"""The test rows that a system has to answer, as CSV or JSON Lines: id, input, and what belongs to the input. No references, no sides."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import orjson

from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.files import write_bytes
from pipeline.records import Example, read_examples
from pipeline.run import inputs_exist
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder, find
from pipeline.stages import data
from pipeline.stages.base import Context
from pipeline.systems.reply import Question, question_of

ENDINGS = (".csv", ".jsonl")


def export_questions(named: str, runs: Path, target: Path, overrides: Sequence[str] = (), force: bool = False) -> int:
    """Writes the test rows of a run, or of an experiment file; returns how many. Never over a file that is there unless `force`."""
    if target.suffix.lower() not in ENDINGS:
        raise UserError(f"questions are written as {' or '.join(ENDINGS)}.", where=str(target), remedy="Give a file with such an ending.")
    if target.exists() and not force:
        raise UserError("this file exists, and may hold answers.", where=str(target), remedy="Choose another, or replace it with --force.")
    path = Path(named)
    rows = _of_experiment(path, list(overrides)) if path.is_file() else _of_run(find(runs, named))
    questions = [question_of(row) for row in rows]
    write_bytes(target, _table(questions) if target.suffix.lower() == ".csv" else _lines(questions))
    return len(questions)


def _of_run(run: RunFolder) -> list[Example]:
    path = run.path / "data/test.jsonl"
    if not path.exists():
        raise UserError(f"{run.id} has no test rows yet.", remedy="Give the experiment file instead.")
    return read_examples(path)


def _of_experiment(path: Path, overrides: list[str]) -> list[Example]:
    """As a run would split them, in a folder that is gone afterwards."""
    experiment = load(path, overrides)
    inputs_exist(experiment)
    with tempfile.TemporaryDirectory(prefix="bakeoff-questions-") as folder:
        run = RunFolder(Path(folder))
        data.work(Context(run, experiment, Progress(run)))
        return _of_run(run)


def _lines(questions: Sequence[Question]) -> bytes:
    return b"".join(orjson.dumps(question.to_json()) + b"\n" for question in questions)


def _table(questions: Sequence[Question]) -> bytes:
    """With an empty column for the answers; conversations and choices, where there are any, as JSON in a cell."""
    more = [name for name in ("history", "choices") if any(getattr(question, name) for question in questions)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "input", *more, "answer"])
    for question in questions:
        cells = [orjson.dumps(list(getattr(question, name))).decode() if getattr(question, name) else "" for name in more]
        writer.writerow([question.id, question.input, *cells, ""])
    return out.getvalue().encode("utf-8-sig")
