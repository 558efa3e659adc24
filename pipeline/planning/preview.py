"""Looks at an experiment without running it: the import, the split, the audit and first prompts, in a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.arms import built, chosen
from pipeline.experiment.load import Experiment
from pipeline.files import write_bytes
from pipeline.planning.first_rows import SHOWN as FIRST
from pipeline.planning.first_rows import row_text
from pipeline.records import Example, Hit, read_lines
from pipeline.run import inputs_exist
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import audit, data, index
from pipeline.stages.base import Context
from pipeline.stages.fits import card_of_experiment
from pipeline.stages.prediction import outside
from pipeline.stages.sources import sources
from pipeline.tasks.prompts import Messages, messages

SHOWN = 5
"""Prompts that are shown."""
LOOKED_AT = 200
"""Documents whose passages are looked through for one row's prompts."""


@dataclass(frozen=True)
class Preview:
    """What is known of a run before anything is spent."""

    findings: list[dict[str, Any]]
    rows: dict[str, int]
    """By side, documents among them."""
    unreadable: list[str]
    """Rows that are left out: `file:line: why`."""
    prompts: list[Messages]
    """Of the first test rows, as the arm `base` asks them."""
    model: list[str]
    """What is known of the base model before anything is spent, a line each; empty where it is not there."""
    first: list[str]
    """The first rows of the files as they will be used, each as lines of text."""
    remarks: list[str]
    """How files were read, where that should be checked."""


def preview(experiment: Experiment) -> Preview:
    """Imports, splits and audits; a UserError as a run would give it."""
    inputs_exist(experiment)
    with tempfile.TemporaryDirectory(prefix="bakeoff-audit-") as folder:
        run = RunFolder(Path(folder))
        context = Context(run, experiment, Progress(run))
        data.work(context)
        audit.work(context)
        _look_at_answers(context)
        ready = built(experiment)
        found: dict[str, Any] = run.read_json("audit.json") or {"findings": []}
        sides: dict[str, Sized] = {"train": context.train, "dev": context.dev, "test": context.test, "documents": context.documents}
        bad = list(read_lines(run.path / "data/quarantine.jsonl"))
        rows = sorted((*context.train, *context.dev, *context.test), key=_place)
        return Preview(
            found["findings"], {name: len(rows) for name, rows in sides.items()},
            [f"{one['file']}:{one['line']}: {one['reason']}" for one in bad if one["kind"] != "note"],
            [messages(context.task, row) for row in context.test[:SHOWN]] if ready else [], _model(experiment) if ready else [],
            [row_text(row) for row in rows[:FIRST]],
            [f"{one['file']}: {one['reason']}" for one in bad if one["kind"] == "note"],
        )  # fmt: skip


def _look_at_answers(context: Context) -> None:
    """A UserError where a file of answers has a mistake in it."""
    from pipeline.systems.door import opened

    known = outside.known_ids(context)
    for system in context.experiment.systems:
        if system.answers is not None:
            opened(system, context.experiment.own_code, known)


def _place(row: Example) -> tuple[str, int]:
    """The file and line it was read from, to be sorted by."""
    file, _, line = row.origin.rpartition(":")
    return file, int(line) if line.isdecimal() else 0


def _model(experiment: Experiment) -> list[str]:
    from finetune.card import lines

    card = card_of_experiment(experiment)
    return lines(card) if card else []


def audit_only(experiment: Experiment) -> dict[str, Any]:
    """The audit's findings and how many rows stand on each side."""
    seen = preview(experiment)
    return {"schema": 1, "findings": seen.findings, "rows": seen.rows}


def prompts_of_one_row(experiment: Experiment) -> dict[str, Messages]:
    """By candidate, what it is asked of the first test row that has an answer; candidates that are asked in no words are left out.

    Passages stand for those that the run will find: those of the first documents that share most words with the row.
    """
    from pipeline.stages.prediction.prompting import Prompter

    inputs_exist(experiment)
    with tempfile.TemporaryDirectory(prefix="bakeoff-prompts-") as folder:
        run = RunFolder(Path(folder))
        context = Context(run, experiment, Progress(run))
        data.work(context)
        row = next(iter(sorted(context.test, key=lambda row: not row.references)), None)
        if row is None or not built(experiment):
            return {}
        hits = _alike(context, row)
        prompter, told = Prompter(context), {}
        for arm in chosen(experiment):
            if arm.language_model and not arm.system:
                some = {"none": [], "gold": prompter.gold(row) if row.gold_passages else hits[:1], "retrieved": hits}[arm.passages]
                asked = prompter.ask(row, some, shots=arm.shots)
                told[arm.label] = [{"role": one.role, "content": one.content} for one in asked.messages]
        return told


def _alike(context: Context, row: Example) -> list[Hit]:
    """As many passages as a prompt gets, written down where prompts are made from."""
    from retrieval.chunk import split

    words = set(row.asked.casefold().split())
    passages = split(sources(context)[:LOOKED_AT], index.splitter_of(context))
    lines = [{"id": p.id, "document": p.document, "title": p.title, "text": p.text, "metadata": p.metadata} for p in passages]
    write_bytes(context.run.path / "index/passages.jsonl", b"".join(orjson.dumps(line) + b"\n" for line in lines))
    near = sorted(passages, key=lambda passage: -len(words & set(passage.text.casefold().split())))[: context.experiment.retrieval.k]
    return [Hit(passage.id, passage.document, 1.0, None) for passage in near]
