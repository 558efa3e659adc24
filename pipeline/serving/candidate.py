"""The candidate of a bundle: rows → prompts with the passages that are found now, several at once; a generation → what is told of it.

Generates nothing itself (`answers`). What is searched can be put in the place of what was searched before, while it answers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.arms import Arm
from pipeline.records import Hit
from pipeline.results.ask import Given, Said
from pipeline.serving.question import Question
from pipeline.stages import index
from pipeline.stages.base import Context
from pipeline.stages.prediction.answers import Sheet, prediction
from pipeline.stages.prediction.prompting import Asked, Prompter

if TYPE_CHECKING:
    from finetune.inference.generate import Generation
    from pipeline.stages.own_store import Searching


@dataclass(frozen=True)
class Lookup:
    """What is searched, and the texts of what is found there."""

    retriever: Searching | None
    prompter: Prompter


@dataclass(frozen=True)
class Put:
    """A question as it is put to the model."""

    question: Question
    asked: Asked
    hits: tuple[Hit, ...]
    """All that was found."""
    given: tuple[Given, ...]
    """What stands in the prompt."""
    lookup: Lookup
    began: float


class Candidate:
    """One arm over what a bundle holds."""

    def __init__(self, context: Context, arm: Arm, seed: int) -> None:
        self.context, self.arm, self.seed = context, arm, seed
        self.lookup = self.lookup_in(context.run.path / "index")

    def lookup_in(self, folder: Path) -> Lookup:
        """The search over the index in this folder; none where the arm retrieves nothing."""
        if self.arm.passages != "retrieved":
            return Lookup(None, Prompter(self.context))
        searching: Any = (
            index.open_retriever(self.context)
            if self.context.experiment.retrieval.store
            else index.worded(self.context, index.load_retriever(self.context, folder))
        )
        return Lookup(searching, Prompter(self.context, folder))

    def put(self, questions: Sequence[Question]) -> list[Put]:
        """Their prompts; passages for all of them are looked for at once."""
        lookup, began = self.lookup, time.perf_counter()
        rows = [replace(question.row, id=question.name) for question in questions]
        found: list[list[Hit]] = [[] for _ in rows]
        if lookup.retriever is not None:
            several = lookup.retriever.retrieve([row.query for row in rows], lookup.prompter.k)
            for one in several:
                lookup.prompter.learn(one)
            found = [[index.hit_of(row, one) for one in some] for row, some in zip(rows, several, strict=True)]
        asked = [lookup.prompter.ask(row, hits, shots=self.arm.shots) for row, hits in zip(rows, found, strict=True)]
        return [
            Put(question, one, tuple(hits), self._given(lookup, one.passages), lookup, began)
            for question, one, hits in zip(questions, asked, found, strict=True)
        ]

    def said(self, put: Put, generation: Generation) -> Said:
        """What is told of an answer."""
        if generation.failure:
            return self.told(put, "", failure=generation.failure)
        stored = prediction(self.context.task, Sheet(self.arm.name, self.seed, self.context.run.path), put.asked, generation)
        return replace(self.told(put, stored.text), prompt_tokens=stored.prompt_tokens, completion_tokens=stored.completion_tokens)

    def told(self, put: Put, text: str, failure: str = "") -> Said:
        """A text alone, and the seconds since its prompt was begun."""
        best = max((hit.score for hit in put.hits), default=None)
        seconds = round(time.perf_counter() - put.began, 3)
        return Said(self.arm.name, self.arm.label, text, seconds, put.given, failure, score=best)

    @staticmethod
    def _given(lookup: Lookup, hits: Sequence[Hit]) -> tuple[Given, ...]:
        return tuple(Given(hit.document, lookup.prompter.text(hit.passage).text) for hit in hits)
