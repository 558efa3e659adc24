"""Closed sets of answers: labels that are rare, dominate, are absent from training, or are one label written in two ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from eval.metrics.answer import normalise
from pipeline.data.audit.finding import SHOWN, TOLERATED, Finding, origins
from pipeline.data.audit.material import Material
from pipeline.records import Example

FEW = 5
"""Training rows below which a label is rare."""
DOMINANT = 0.7
"""Share of the test rows from which one answer alone makes a score look good."""
FEWEST_ROWS = 10
"""Test rows below which a share says nothing."""


def find(material: Material) -> Iterator[Finding]:
    """In a closed set of answers: labels that training hardly has or lacks, one that dominates the test, names that look alike.

    And rows whose right answer is none of their choices.
    """
    task = material.experiment.task
    yield from _no_choice(material)
    closed = task.kind == "classification" or (task.kind == "question_answering" and bool(task.choices))
    if not closed or not material.train:
        return
    train = _counts(material.train)
    yield from _rare(train)
    yield from _unseen(material, train)
    if not task.multi_label:
        yield from _dominant(material.test)
    yield from _alike(sorted({*train, *_counts([*material.dev, *material.test]), *task.labels, *task.choices}))


def _no_choice(material: Material) -> Iterator[Finding]:
    """Whichever form the choices come in: a row's own, or those that the experiment names for all rows."""
    rows = [row for row in material.rows if row.references and not _among(row, material)]
    if rows:
        test = sum(row.references != () and not _among(row, material) for row in material.test)
        yield Finding(
            "reference_not_a_choice", "blocks" if test > TOLERATED * len(material.test) else "warning",
            f"the right answer of {len(rows)} rows ({test} of the test) is none of their choices: no arm can be right there",
            len(rows), origins(rows), "Write the answer as the choice is written, or give its place or letter in every row alike.",
        )  # fmt: skip


def _among(row: Example, material: Material) -> bool:
    task = material.experiment.task
    named = task.labels if task.kind == "classification" else row.choices or task.choices
    choices = {choice.casefold().strip() for choice in named} | {normalise(choice) for choice in named}
    enough = all if task.multi_label else any
    return not choices or enough(reference.casefold().strip() in choices or normalise(reference) in choices for reference in row.references)


def _counts(rows: Sequence[Example]) -> Counter[str]:
    return Counter(label for row in rows for label in row.references)


def _rare(train: Counter[str]) -> Iterator[Finding]:
    rare = sorted(label for label, count in train.items() if count < FEW)
    if rare:
        yield Finding(
            "rare_labels", "info", f"{len(rare)} of {len(train)} labels have fewer than {FEW} training rows", len(rare), rare[:SHOWN],
            "Add rows for them, or read their scores with care.",
        )  # fmt: skip


def _unseen(material: Material, train: Counter[str]) -> Iterator[Finding]:
    """All of a row's labels must be known, or one of those accepted for it."""
    enough = all if material.experiment.task.multi_label else any
    rows = [row for row in [*material.dev, *material.test] if row.references and not enough(label in train for label in row.references)]
    if rows:
        labels = sorted({label for row in rows for label in row.references} - train.keys())
        yield Finding(
            "labels_not_in_train", "warning", f"{len(rows)} dev and test rows bear a label without a training row: {_listed(labels)}",
            len(rows), origins(rows), "Add training rows for them: no trained arm can learn such a label.",
        )  # fmt: skip


def _dominant(test: Sequence[Example]) -> Iterator[Finding]:
    counts = _counts(test)
    if len(test) < FEWEST_ROWS or not counts:
        return
    label, count = counts.most_common(1)[0]
    if count > DOMINANT * len(test):
        yield Finding(
            "label_imbalance", "warning",
            f"{count} of {len(test)} test rows bear the label {label!r}: always saying it is right in {count / len(test):.0%}", count,
            [label], "Judge by macro-F1 too, or add rows of the other labels.", dict(counts.most_common()),
        )  # fmt: skip


def _alike(labels: Sequence[str]) -> Iterator[Finding]:
    written: dict[str, list[str]] = {}
    for label in labels:
        written.setdefault("".join(label.casefold().split()), []).append(label)
    alike = [forms for forms in written.values() if len(forms) > 1]
    if alike:
        yield Finding(
            "labels_alike", "warning", f"{len(alike)} labels are written in several ways that differ by case or blanks alone", len(alike),
            [" / ".join(repr(form) for form in forms) for forms in alike[:SHOWN]],
            "Write each label in one way: the model is asked to choose between the forms.",
        )  # fmt: skip


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels[:SHOWN]) + (", …" if len(labels) > SHOWN else "")
