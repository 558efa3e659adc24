"""Test rows that a system was given beforehand: their inputs among what it retrieved, or among the examples in its prompt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.metrics.answer import normalise
from pipeline.data.audit.finding import SHOWN, Finding, leak_severity
from pipeline.data.audit.sources import Text, sightings
from pipeline.records import Example


def in_contexts(system: str, test: Sequence[Example], contexts: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """`contexts`: of each, the row that it was retrieved for and its text."""
    first = {text: row for row, text in reversed(contexts)}
    seen = sightings(test, [Text(f"what {system} retrieved for {row}", normalise(text).split()) for text, row in first.items()])
    answered = [row for row in test if row.id in seen.answered]
    bare = [row for row in test if row.id in seen.bare and row.id not in seen.answered]
    if answered:
        yield Finding(
            "test_in_contexts", leak_severity(len(answered), len(test)),
            f"{len(answered)} of {len(test)} test inputs stand word for word in what {system} retrieved, their answers beside them",
            len(answered), [f"{row.origin or row.id} in {seen.answered[row.id]}" for row in answered[:SHOWN]],
            f"Take the test rows out of what {system} searches, or test with rows that it has not seen.",
        )  # fmt: skip
    if bare:
        yield Finding(
            "test_input_in_contexts", "info",
            f"{len(bare)} of {len(test)} test inputs stand word for word in what {system} retrieved, without their answers", len(bare),
            [f"{row.origin or row.id} in {seen.bare[row.id]}" for row in bare[:SHOWN]],
            f"Check that what {system} searches was not made from the test rows.",
        )  # fmt: skip


def in_few_shots(system: str, test: Sequence[Example], text: str, file: str) -> Iterator[Finding]:
    """`text`: of the file in which the examples of its prompt were declared."""
    seen = sightings(test, [Text(file, normalise(text).split())])
    rows = [row for row in test if row.id in seen.answered or row.id in seen.bare]
    if rows:
        yield Finding(
            "test_in_few_shots", leak_severity(len(rows), len(test)),
            f"{len(rows)} of {len(test)} test inputs stand word for word among the examples in the prompt of {system}", len(rows),
            [row.origin or row.id for row in rows[:SHOWN]], "Take these rows out of the test, or out of the prompt.",
        )  # fmt: skip
