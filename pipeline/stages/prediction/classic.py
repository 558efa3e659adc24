"""The baseline without a language model: logistic regression over embeddings for closed answers, the best supported of a row's own choices,
for records the nearest training row's with its fields found in the text, else the best passage sentence. What it learns it learns once;
then it answers any rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pipeline.arms import Arm
from pipeline.records import Example, Hit, Prediction
from pipeline.stages.base import Context
from pipeline.stages.prediction import supported
from pipeline.stages.prediction.prompting import Prompter
from pipeline.tasks.multi_label import SEPARATOR, MultiLabel

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
Answering = Callable[[Sequence[Example], Mapping[str, list[Hit]]], list[Prediction]]
"""Rows, and the passages found for each by its id → one prediction a row; seed 0: nothing here is drawn by chance."""


def prepare(context: Context, arm: Arm, prompter: Prompter) -> Answering:
    """The baseline for this task, fitted to its training rows."""
    if isinstance(context.task, MultiLabel):
        return _tagger(context, arm)
    if context.experiment.task.kind == "extraction":
        return _extractor(context, arm)
    if any(row.choices for row in context.test):
        return _chooser(context, arm, prompter)
    closed = context.task.choices(context.test[0]) if context.test else ()
    return _classifier(context, arm) if closed else _reader(context, arm, prompter)


def notes(context: Context) -> list[str]:
    """Where the classifier learnt most of its labels from one row each, it cannot know them."""
    if "classic" not in context.experiment.arms or not context.test or not context.task.choices(context.test[0]) or context.test[0].choices:
        return []
    known = [row.references[0] for row in context.train if row.references]
    many = len(set(known)) > len(known) / 2 > 1
    return [f"The classic baseline learnt {len(set(known))} labels from {len(known)} rows: most of them from a single row."] if many else []


def _classifier(context: Context, arm: Arm) -> Answering:
    from finetune.classic import ClassicClassifier

    embedder = context.embedder
    known = [row for row in context.train if row.references]
    model = ClassicClassifier().fit(embedder.encode([row.query for row in known], "query"), [row.references[0] for row in known])

    def answer(rows: Sequence[Example], hits: Mapping[str, list[Hit]]) -> list[Prediction]:
        """The most probable label of each row, of those that the row allows."""
        chances = model.predict_proba(embedder.encode([row.query for row in rows], "query"))
        out = []
        for row, row_chances in zip(rows, chances, strict=True):
            allowed = set(context.task.choices(row)) & set(model.classes) or set(model.classes)
            ranked = {name: float(p) for name, p in zip(model.classes, row_chances, strict=True) if name in allowed}
            out.append(_prediction(context, arm, row, max(ranked, key=lambda name: ranked[name])))
        return out

    return answer


def _chooser(context: Context, arm: Arm, prompter: Prompter) -> Answering:
    """A classifier over training answers would hold none of a row's own choices, so passages speak for them; by what, dev rows decide."""

    def supports(rows: Sequence[Example], hits: Mapping[str, list[Hit]]) -> list[supported.Supports]:
        texts = [[sentence for hit in hits[row.id] for sentence in _sentences(prompter, [hit])] for row in rows]
        return supported.supports(context.embedder, [(row.input, context.task.choices(row)) for row in rows], texts)

    known = [row for row in context.dev if row.references and row.choices]
    by = supported.best_way(supports(known, {row.id: prompter.found(row) for row in known}), [row.references for row in known])

    def answer(rows: Sequence[Example], hits: Mapping[str, list[Hit]]) -> list[Prediction]:
        return [
            _prediction(context, arm, row, found.best(by), tuple(hits[row.id]))
            for row, found in zip(rows, supports(rows, hits), strict=True)
        ]

    return answer


def _extractor(context: Context, arm: Arm) -> Answering:
    """Documents are not looked at: what a record holds stands in the row's own text, or is how the nearest training row has it."""
    from eval.metrics.grading.records.fields import record as read
    from finetune.classic import nearest
    from pipeline.stages.prediction import fields_found

    known = [(row, found) for row in context.train if row.references and (found := read(row.references[0])) is not None]
    fields = fields_found.learnt((row.input, found) for row, found in known)
    vectors = context.embedder.encode([row.input for row, _ in known], "query")

    def answer(rows: Sequence[Example], hits: Mapping[str, list[Hit]]) -> list[Prediction]:
        places = nearest(context.embedder.encode([row.input for row in rows], "query"), vectors)
        return [
            _prediction(context, arm, row, fields_found.record(fields, row.input, known[place][1]))
            for row, place in zip(rows, places, strict=True)
        ]

    return answer


def _tagger(context: Context, arm: Arm) -> Answering:
    from finetune.classic import ClassicTagger

    encode = context.embedder.encode
    model = ClassicTagger().fit(encode([row.query for row in context.train], "query"), [row.references for row in context.train])

    def answer(rows: Sequence[Example], hits: Mapping[str, list[Hit]]) -> list[Prediction]:
        named = model.predict(encode([row.query for row in rows], "query"))
        return [_prediction(context, arm, row, SEPARATOR.join(labels)) for row, labels in zip(rows, named, strict=True)]

    return answer


def _reader(context: Context, arm: Arm, prompter: Prompter) -> Answering:
    """Of all sentences in the retrieved passages, headings left out, the one nearest to the question."""
    from finetune.classic import best_sentence

    embedder = context.embedder

    def answer(rows: Sequence[Example], hits: Mapping[str, list[Hit]]) -> list[Prediction]:
        """The nearest sentence of each row's passages; an empty answer where nothing was found."""
        texts = {row.id: _sentences(prompter, hits[row.id]) for row in rows}
        distinct = sorted({sentence for sentences in texts.values() for sentence in sentences})
        vectors = dict(zip(distinct, embedder.encode(distinct, "passage"), strict=True)) if distinct else {}
        questions = embedder.encode([row.query for row in rows], "query")
        out = []
        for row, question in zip(rows, questions, strict=True):
            sentences = texts[row.id]
            best = sentences[best_sentence(question, [vectors[s] for s in sentences])] if sentences else ""
            out.append(_prediction(context, arm, row, best, tuple(hits[row.id])))
        return out

    return answer


def _sentences(prompter: Prompter, hits: list[Hit]) -> list[str]:
    found: list[str] = []
    for hit in hits:
        passage = prompter.text(hit.passage)
        found += (
            [passage.label]
            if passage.label
            else [s.strip() for s in SENTENCE.split(passage.text) if s.strip(" *_|-\t") and not s.lstrip().startswith("#")]
        )
    return found


def _prediction(context: Context, arm: Arm, row: Example, text: str, passages: tuple[Hit, ...] = ()) -> Prediction:
    read = context.task.read(text, row)
    return Prediction(row.id, arm.name, 0, text, read.content, read.abstained, read.well_formed, passages)
