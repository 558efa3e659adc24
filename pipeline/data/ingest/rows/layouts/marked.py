"""Answers that people marked as good or bad, a row each (KTO: TRL's `label`, LLaMA-Factory's `kto_tag`) → the good ones."""

from __future__ import annotations

from pipeline.data.ingest.rows.layouts.parsed import parsed
from pipeline.data.ingest.rows.layouts.shaped import Cells
from pipeline.data.ingest.rows.layouts.turns import WHOLE, ends_answered

MARKS = ("kto_tag", "label")
GOOD = "answers marked as good or bad: the good ones are the targets; rows with a bad one are set aside"
BAD = "the answer of this row is marked as a bad one"
WORDS = {"true": True, "false": False}


def mark_of(cells: Cells) -> tuple[str, bool] | None:
    """The column that marks the row's answer, and whether it is a good one; None where no answer is marked."""
    if not _answered(cells):
        return None
    for name in MARKS:
        value = cells.get(name)
        good = WORDS.get(value.strip().lower()) if isinstance(value, str) else value
        if isinstance(good, bool):
            return name, good
    return None


def _answered(cells: Cells) -> bool:
    """A prompt with its completion, or a conversation that ends with an answer."""
    return {"prompt", "completion"} <= cells.keys() or any(ends_answered(parsed(cells.get(name))) for name in WHOLE)
