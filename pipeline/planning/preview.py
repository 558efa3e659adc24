"""Looks at an experiment without running it: the import, the split, the audit and first prompts, in a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.experiment.load import Experiment
from pipeline.planning.first_rows import SHOWN as FIRST
from pipeline.planning.first_rows import row_text
from pipeline.records import Example, read_lines
from pipeline.run import inputs_exist
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import audit, data
from pipeline.stages.base import Context
from pipeline.stages.fits import card_of_experiment
from pipeline.tasks.prompts import Messages, messages

SHOWN = 5
"""Prompts that are shown."""


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
        found: dict[str, Any] = run.read_json("audit.json") or {"findings": []}
        sides: dict[str, Sized] = {"train": context.train, "dev": context.dev, "test": context.test, "documents": context.documents}
        bad = list(read_lines(run.path / "data/quarantine.jsonl"))
        rows = sorted((*context.train, *context.dev, *context.test), key=_place)
        return Preview(
            found["findings"], {name: len(rows) for name, rows in sides.items()},
            [f"{one['file']}:{one['line']}: {one['reason']}" for one in bad if one["kind"] != "note"],
            [messages(context.task, row) for row in context.test[:SHOWN]], _model(experiment),
            [row_text(row) for row in rows[:FIRST]],
            [f"{one['file']}: {one['reason']}" for one in bad if one["kind"] == "note"],
        )  # fmt: skip


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
