"""What the checks look at: the sides of the split, the documents, the task, and how tokens are counted. Judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from eval.metrics.answer import normalise
from pipeline.arms import built
from pipeline.experiment.load import Experiment
from pipeline.records import Document, Example
from pipeline.tasks import task_for
from pipeline.tasks.base import TaskKind
from pipeline.tasks.prompts import Messages


@dataclass(frozen=True)
class Tokens:
    """How the model counts."""

    prompt: Callable[[Messages], int]
    """Tokens of these messages under the model's chat template."""
    completion: Callable[[str], int]
    """Tokens of a written answer, the end of its turn among them."""
    most: int | None = None
    """Tokens that the model reads at most, where that has an end."""


@dataclass(frozen=True)
class Reader:
    """What the embedder reads."""

    room: int
    """Tokens of a passage, behind its prefix."""
    unread: Callable[[str], tuple[int, int]]
    """Of a text the letters that it does not know, and all letters."""


@dataclass(frozen=True)
class Material:
    """Everything that is audited."""

    experiment: Experiment
    train: Sequence[Example]
    dev: Sequence[Example]
    test: Sequence[Example]
    documents: Sequence[Document]
    tokens: Tokens | None = None
    reader: Reader | None = None

    @cached_property
    def task(self) -> TaskKind:
        return task_for(self.experiment.task, self.train or self.test, self.experiment.finetune.quote)

    @cached_property
    def rows(self) -> list[Example]:
        return [*self.train, *self.dev, *self.test]

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Normalised input by row id."""
        return {row.id: normalise(row.asked) for row in self.rows}

    @cached_property
    def texts(self) -> list[list[str]]:
        """Normalised words of each document, in the order of the documents."""
        return [normalise(document.text).split() for document in self.documents]

    @property
    def reads_documents(self) -> bool:
        """Whether retrieval of ours looks at documents at all."""
        return bool(self.documents) and built(self.experiment) and self.experiment.retrieval.source != "examples"

    def place(self, document: Document) -> str:
        return document.metadata.get("origin") or document.id
