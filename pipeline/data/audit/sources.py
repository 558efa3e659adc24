"""What the documents hold: test rows they give away, answers they do not hold, gold passages that are not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from eval.metrics.answer import normalise
from pipeline.data.audit.finding import SHOWN, Finding, leak_severity, origins
from pipeline.data.audit.material import Material
from pipeline.data.audit.phrases import Phrases
from pipeline.records import Example

FEWEST_WORDS = 4
"""A shorter input stands in a document by chance."""
BESIDE = 50
"""Words before and after an input among which its answer counts as standing together with it."""


def find(material: Material) -> Iterator[Finding]:
    yield from _unknown_gold(material)
    if material.reads_documents:
        yield from _given_away(material)
        yield from _absent_answers(material)


def _unknown_gold(material: Material) -> Iterator[Finding]:
    known = {document.id for document in material.documents}
    rows = [row for row in material.rows if any(gold not in known for gold in row.gold_passages)]
    if rows:
        missing = {gold for row in rows for gold in row.gold_passages if gold not in known}
        yield Finding(
            "unknown_gold_passages", "warning",
            f"{len(rows)} rows name gold passages that are not among the {len(known)} documents ({len(missing)} ids)", len(rows),
            [f"{row.origin or row.id}: {next(gold for gold in row.gold_passages if gold not in known)}" for row in rows[:SHOWN]],
            "Add these documents or correct the ids; recall counts them as never found.",
        )  # fmt: skip


@dataclass(frozen=True)
class Text:
    """What is searched."""

    place: str
    """How it is called in a finding."""
    words: list[str]
    """Normalised."""


@dataclass
class Sightings:
    """Test rows whose input stands in a text."""

    answered: dict[str, str] = field(default_factory=dict)
    """Row id → the document, where the answer stands beside it."""
    bare: dict[str, str] = field(default_factory=dict)
    """Row id → the document, without the answer."""


def _given_away(material: Material) -> Iterator[Finding]:
    pairs = zip(material.documents, material.texts, strict=True)
    seen = sightings(material.test, [Text(material.place(document), words) for document, words in pairs])
    answered = [row for row in material.test if row.id in seen.answered]
    bare = [row for row in material.test if row.id in seen.bare and row.id not in seen.answered]
    if answered:
        yield Finding(
            "test_in_documents", leak_severity(len(answered), len(material.test)),
            f"{len(answered)} of {len(material.test)} test inputs stand in a document word for word, their answers beside them",
            len(answered), [f"{row.origin or row.id} in {seen.answered[row.id]}" for row in answered[:SHOWN]],
            "Take these texts out of the documents, or test with questions that people ask in their own words.",
        )  # fmt: skip
    if bare:
        yield Finding(
            "test_input_in_documents", "info",
            f"{len(bare)} of {len(material.test)} test inputs stand in a document word for word, without their answers", len(bare),
            [f"{row.origin or row.id} in {seen.bare[row.id]}" for row in bare[:SHOWN]],
            "Check that the documents were not made from the test rows.",
        )  # fmt: skip


def sightings(test: Sequence[Example], texts: Iterable[Text]) -> Sightings:
    """Where the test rows' inputs stand word for word, and whether an answer stands beside them."""
    rows: dict[str, list[Example]] = {}
    for row in test:
        asked = normalise(row.asked)
        if len(asked.split()) >= FEWEST_WORDS:
            rows.setdefault(asked, []).append(row)
    phrases, seen = Phrases(rows), Sightings()
    for text in texts:
        words = text.words
        for place in phrases.within(words):
            beside = f" {' '.join(words[max(0, place.start - BESIDE) : place.start])} | {' '.join(words[place.end : place.end + BESIDE])} "
            for row in rows[place.phrase]:
                holds = any(f" {normalise(reference)} " in beside for reference in row.references)
                (seen.answered if holds else seen.bare)[row.id] = text.place
    return seen


def _absent_answers(material: Material) -> Iterator[Finding]:
    """Only where answers are asked for that a document could hold as they are, not labels, records or whole replies."""
    task, answerable = material.experiment.task, [row for row in material.test if row.references]
    if task.kind != "question_answering" or task.choices or not answerable or any(row.choices for row in answerable):
        return
    wanted = {row.id: {normalise(reference) for reference in row.references} for row in answerable}
    phrases = Phrases(phrase for forms in wanted.values() for phrase in forms)
    there = {place.phrase for words in material.texts for place in phrases.within(words)}
    absent = [row for row in answerable if wanted[row.id].isdisjoint(there)]
    if len(absent) > 0.5 * len(answerable):
        yield Finding(
            "answers_not_in_documents", "warning", f"{len(absent)} of {len(answerable)} gold answers occur in no document word for word",
            len(absent), origins(absent), "Check that the documents hold what is asked; else retrieval loses for want of content.",
        )  # fmt: skip
