"""The same input with different answers, and duplicated test rows. Open text is skipped: it may be answered in many ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from pipeline.data.audit.answers import agree, plain
from pipeline.data.audit.finding import SHOWN, Finding, origins
from pipeline.data.audit.material import Material
from pipeline.records import Example

COMPARED = 20
"""Rows of one input that are compared with one another."""


def find(material: Material) -> Iterator[Finding]:
    """Rows with the same input: those whose answers differ, and test rows that merely repeat one another."""
    test, whole = _same_input(material.test), material.experiment.task.multi_label
    if material.experiment.task.kind != "generation":
        yield from _contradictions(
            test, whole, "contradicting_test_rows", "test rows have the same input and different answers: no arm can get them all right",
        )  # fmt: skip
        mixed = [rows for rows in _same_input(material.rows) if any(row.split != "test" for row in rows)]
        yield from _contradictions(
            mixed, whole, "contradicting_rows", "rows, not all of them in the test, have the same input and different answers"
        )  # fmt: skip
    again = [row for rows in test for row in rows[1:] if agree(row, rows[0], whole=whole)]
    if again:
        yield Finding(
            "duplicate_test_rows", "info", f"{len(again)} of {len(material.test)} test rows repeat another one and count twice",
            len(again), origins(again), "Take them out, or give them a common group, so that they are resampled together.",
        )  # fmt: skip


def _contradictions(inputs: Sequence[list[Example]], whole: bool, code: str, message: str) -> Iterator[Finding]:
    pairs = [pair for rows in inputs if (pair := _disagreeing(rows, whole))]
    count = sum(len(rows) for rows in inputs if _disagreeing(rows, whole))
    if pairs:
        yield Finding(
            code, "warning", f"{count} {message}", count,
            [f"{one.origin or one.id} against {other.origin or other.id}" for one, other in pairs[:SHOWN]],
            "Correct the wrong ones; where both are right, add to the input what tells them apart, or accept both answers.",
        )  # fmt: skip


def _same_input(rows: Sequence[Example]) -> list[list[Example]]:
    """Rows by input (case, blanks and the punctuation at its ends aside), where more than one has it."""
    found: dict[tuple[str, tuple[str, ...]], list[Example]] = {}
    for row in rows:
        found.setdefault((plain(row.asked), row.choices), []).append(row)
    return [same for same in found.values() if len(same) > 1]


def _disagreeing(rows: Sequence[Example], whole: bool) -> tuple[Example, Example] | None:
    """The first two that share no answer."""
    return next((pair for pair in combinations(rows[:COMPARED], 2) if not agree(*pair, whole=whole)), None)
