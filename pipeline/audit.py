"""What would make the comparison unfair or empty, before anything is spent. It trains nothing and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from eval.answer import normalise
from pipeline.experiment import Experiment
from pipeline.records import Document, Example

Severity = Literal["info", "warning", "blocks"]
TOLERATED_LEAK = 0.05
"""Share of test rows whose input also stands in training, above which no verdict can be trusted."""
FEW_ROWS = 50


@dataclass(frozen=True)
class Finding:
    """One thing to know before reading the verdict."""

    code: str
    severity: Severity
    message: str
    count: int
    examples: list[str]
    remedy: str


@dataclass(frozen=True)
class Audit:
    findings: list[Finding]

    def to_json(self) -> dict[str, Any]:
        return {"schema": 1, "findings": [asdict(finding) for finding in self.findings]}


def audit(
    experiment: Experiment, train: Sequence[Example], dev: Sequence[Example], test: Sequence[Example], documents: Sequence[Document]
) -> Audit:
    """All findings, those that block a verdict first."""
    found = [*_leaks(train, test), *_small_test(test), *_answers_in_documents(test, documents), *_imbalance(experiment, train)]
    order = {"blocks": 0, "warning": 1, "info": 2}
    return Audit(sorted(found, key=lambda finding: order[finding.severity]))


def _leaks(train: Sequence[Example], test: Sequence[Example]) -> Iterator[Finding]:
    known = {normalise(row.input) for row in train}
    leaked = [row for row in test if normalise(row.input) in known]
    if leaked:
        severity: Severity = "blocks" if len(leaked) > TOLERATED_LEAK * len(test) else "warning"
        yield Finding(
            "test_in_train", severity, f"{len(leaked)} of {len(test)} test rows stand in training too", len(leaked),
            [row.origin for row in leaked[:5]], "Take them out of one side, or give them a common group.",
        )  # fmt: skip


def _small_test(test: Sequence[Example]) -> Iterator[Finding]:
    if len(test) < FEW_ROWS:
        yield Finding(
            "few_test_rows", "warning", f"only {len(test)} test rows: small differences cannot be shown", len(test), [],
            "Add test rows, or accept that only large differences will show.",
        )  # fmt: skip


def _answers_in_documents(test: Sequence[Example], documents: Sequence[Document]) -> Iterator[Finding]:
    answerable = [row for row in test if row.references]
    if not documents or not answerable or any(row.choices for row in answerable):
        return
    everything = " ".join(f" {normalise(document.text)} " for document in documents)
    absent = [row for row in answerable if not any(f" {normalise(reference)} " in everything for reference in row.references)]
    if len(absent) > 0.5 * len(answerable):
        yield Finding(
            "answers_not_in_documents", "warning", f"{len(absent)} of {len(answerable)} gold answers occur in no document word for word",
            len(absent), [row.origin for row in absent[:5]],
            "Check that the documents hold what is asked; else retrieval loses for want of content.",
        )  # fmt: skip


def _imbalance(experiment: Experiment, train: Sequence[Example]) -> Iterator[Finding]:
    if experiment.task.kind != "classification" or not train:
        return
    counts: dict[str, int] = {}
    for row in train:
        for label in row.references:
            counts[label] = counts.get(label, 0) + 1
    rare = sorted(label for label, count in counts.items() if count < 5)
    if rare:
        yield Finding(
            "rare_labels", "info", f"{len(rare)} of {len(counts)} labels have fewer than 5 training rows", len(rare), rare[:5],
            "Add rows for them, or read their scores with care.",
        )  # fmt: skip
