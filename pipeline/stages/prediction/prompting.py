"""What each row's prompt holds in each arm: passages as retrieved, gold or swapped for training, few-shot examples, the input."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.arms import Arm
from pipeline.records import Example, Hit, read_lines
from pipeline.stages.base import Context, seeded
from pipeline.stages.own_store import KEPT
from pipeline.stages.tuning.retrieval_settings import settings_of
from pipeline.tasks.prompts import PassageText, fit

if TYPE_CHECKING:
    from finetune.rows import Message
    from retrieval.retriever import Found


@dataclass(frozen=True)
class Asked:
    """One row as it is put to the model."""

    row: Example
    messages: tuple[Message, ...]
    passages: tuple[Hit, ...]
    dropped: int
    """Retrieved passages that did not fit the context."""


class Prompter:
    """Builds prompts for one run; reads passages and hits once."""

    def __init__(self, context: Context, index: Path | None = None) -> None:
        """`index`: the folder whose passages are shown, the run's own unless another is given."""
        self._context = context
        self._passages = [(index or context.run.path / "index") / "passages.jsonl", context.run.path / KEPT]
        self._retrieval = settings_of(context.run, context.experiment.retrieval)

    @property
    def k(self) -> int:
        """Passages that a prompt of this run holds at most: as chosen, where it was, else the experiment's."""
        return self._retrieval.k

    @cached_property
    def _texts(self) -> dict[str, PassageText]:
        whole = {document.id: document.text for document in self._context.documents} if self._retrieval.parent else {}
        return {
            line["id"]: PassageText(line.get("title") or "", whole.get(line["document"], line["text"]), line["metadata"].get("label", ""))
            for path in self._passages
            for line in read_lines(path)
        }

    @cached_property
    def documents(self) -> dict[str, list[str]]:
        """The ids of each document's passages."""
        found: dict[str, list[str]] = {}
        for line in (line for path in self._passages for line in read_lines(path)):
            found.setdefault(line["document"], []).append(line["id"])
        return found

    @cached_property
    def _hits(self) -> dict[str, list[Hit]]:
        folder = self._context.run.path / "retrieved"
        return {
            line["row"]: self._distinct([Hit(**hit) for hit in line["hits"]])
            for side in ("train", "dev", "test")
            for line in read_lines(folder / f"{side}.jsonl")
        }

    def _distinct(self, hits: Sequence[Hit]) -> list[Hit]:
        """Where whole documents are shown each of them once, at its best passage's place."""
        if not self._retrieval.parent:
            return list(hits)
        first: dict[str, Hit] = {}
        for hit in hits:
            first.setdefault(hit.document, hit)
        return list(first.values())

    @cached_property
    def shots(self) -> list[Example]:
        """The fixed few-shot examples: seeded, from training rows alone, as many different answers among them as there are."""
        rows = sorted(self._context.train, key=lambda row: row.id)
        random.Random(seeded(self._context.experiment.data.split.seed, "few_shot")).shuffle(rows)
        return _varied(rows, self._context.experiment.few_shot.count)

    def text(self, passage: str) -> PassageText:
        """Title, text and label of a passage by its id."""
        return self._texts[passage]

    def put(self, passage: str, text: PassageText) -> None:
        """A passage that is not in the index, under an id of its own; for the prompts of this prompter alone."""
        self._texts[passage] = text

    def learn(self, found: Iterable[Found]) -> None:
        """Passages that a store of the team's own has just returned."""
        for one in found:
            self._texts.setdefault(one.passage.id, PassageText(one.passage.title, one.passage.text, one.passage.metadata.get("label", "")))

    def found(self, row: Example, k: int | None = None) -> list[Hit]:
        """The k best passages of this row; None: as many as the run's prompts hold."""
        return self._hits[row.id][: k or self.k]

    def gold(self, row: Example) -> list[Hit]:
        """Passages of the gold documents, those that hold an accepted answer first; at most k."""
        ids = [p for document in row.gold_passages for p in self.documents.get(document, [])]
        holds = [any(answer.lower() in self._texts[p].text.lower() for answer in row.references) for p in ids]
        ranked = sorted(zip(ids, holds, strict=True), key=lambda pair: not pair[1])
        of = {p: document for document in row.gold_passages for p in self.documents.get(document, [])}
        return [Hit(p, of[p], 1.0, True) for p, _ in ranked[: self._retrieval.k]]

    def for_training(self, row: Example, seed: int) -> list[Hit]:
        """RAFT's mixture (Zhang et al. 2024, section 3): distractors always, the gold passage in `gold_share` of the rows.

        Unlike the paper the passages keep the order a retriever would give them, because that is what the arm meets later;
        where the retriever missed the gold passage it takes the place of one of the others.
        """
        k, hits = self._retrieval.k, self._hits[row.id]
        gold = self.gold(row)[:1]
        if not gold:
            return hits[:k]
        distractors = [hit for hit in hits if not hit.gold]
        draw = random.Random(seeded(seed, "raft", row.id))
        if draw.random() >= self._context.experiment.finetune.gold_share:
            return distractors[:k]
        if k == 1 or any(hit.gold for hit in hits[:k]):
            return gold if k == 1 else hits[:k]
        chosen = distractors[: k - 1]
        chosen.insert(draw.randrange(k), gold[0])
        return chosen

    def ask(self, row: Example, hits: Sequence[Hit], *, shots: bool = False) -> Asked:
        """The prompt of this row with these passages; whole low-ranked ones left out where it would not fit."""
        from finetune.rows import Message

        hits = self._distinct(hits)
        examples = [shot for shot in self.shots if shot.id != row.id] if shots else []
        texts = [self._texts[hit.passage] for hit in hits]
        fitted = fit(self._context.task, row, texts, count=self._context.count_tokens, limit=self._context.room, shots=examples)
        kept = tuple(hits[: len(hits) - fitted.dropped])
        messages = tuple(Message(m["role"], m["content"]) for m in fitted.messages)
        return Asked(row, messages, kept, fitted.dropped)

    def for_arm(self, arm: Arm, row: Example) -> Asked:
        hits = {"none": [], "retrieved": self.found(row), "gold": self.gold(row)}[arm.passages] if arm.passages != "none" else []
        return self.ask(row, hits, shots=arm.shots)


def _varied(rows: Sequence[Example], count: int) -> list[Example]:
    """The first `count` rows, rows with an answer not seen yet before others, so that labels do not repeat needlessly."""
    seen: set[tuple[str, ...]] = set()
    first: list[Example] = []
    rest: list[Example] = []
    for row in rows:
        (rest if row.references in seen else first).append(row)
        seen.add(row.references)
    return [*first, *rest][:count]
