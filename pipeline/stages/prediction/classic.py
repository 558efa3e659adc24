"""The baseline without a language model: logistic regression over embeddings for closed answers, else the best passage sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pipeline.arms import Arm
from pipeline.records import Example, Hit, Prediction
from pipeline.stages.base import Context
from pipeline.stages.prediction.prompting import Prompter
from pipeline.tasks.multi_label import SEPARATOR, MultiLabel

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def answer(context: Context, arm: Arm, rows: Sequence[Example], hits: Mapping[str, list[Hit]], prompter: Prompter) -> list[Prediction]:
    """One prediction a row, with these passages by row id; seed 0: nothing here is drawn by chance."""
    if isinstance(context.task, MultiLabel):
        return _tag(context, arm, rows)
    closed = context.task.choices(rows[0]) if rows else ()
    return _classify(context, arm, rows) if closed else _best_sentences(context, arm, rows, hits, prompter)


def _classify(context: Context, arm: Arm, rows: Sequence[Example]) -> list[Prediction]:
    from finetune.classic import ClassicClassifier

    embedder = context.embedder
    known = [row for row in context.train if row.references]
    model = ClassicClassifier().fit(embedder.encode([row.input for row in known], "query"), [row.references[0] for row in known])
    chances = model.predict_proba(embedder.encode([row.input for row in rows], "query"))
    out = []
    for row, row_chances in zip(rows, chances, strict=True):
        allowed = set(context.task.choices(row)) & set(model.classes) or set(model.classes)
        ranked = {name: float(p) for name, p in zip(model.classes, row_chances, strict=True) if name in allowed}
        out.append(_prediction(context, arm, row, max(ranked, key=lambda name: ranked[name])))
    return out


def _tag(context: Context, arm: Arm, rows: Sequence[Example]) -> list[Prediction]:
    from finetune.classic import ClassicTagger

    encode = context.embedder.encode
    model = ClassicTagger().fit(encode([row.input for row in context.train], "query"), [row.references for row in context.train])
    named = model.predict(encode([row.input for row in rows], "query"))
    return [_prediction(context, arm, row, SEPARATOR.join(labels)) for row, labels in zip(rows, named, strict=True)]


def _best_sentences(
    context: Context, arm: Arm, rows: Sequence[Example], hits: Mapping[str, list[Hit]], prompter: Prompter
) -> list[Prediction]:
    """Of all sentences in the retrieved passages, headings left out, the one nearest to the question."""
    from finetune.classic import best_sentence

    embedder = context.embedder
    texts = {row.id: _sentences(prompter, hits[row.id]) for row in rows}
    distinct = sorted({sentence for sentences in texts.values() for sentence in sentences})
    vectors = dict(zip(distinct, embedder.encode(distinct, "passage"), strict=True)) if distinct else {}
    questions = embedder.encode([row.input for row in rows], "query")
    out = []
    for row, question in zip(rows, questions, strict=True):
        sentences = texts[row.id]
        best = sentences[best_sentence(question, [vectors[s] for s in sentences])] if sentences else ""
        out.append(_prediction(context, arm, row, best, tuple(hits[row.id])))
    return out


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
