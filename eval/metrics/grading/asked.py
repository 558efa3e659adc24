"""What is graded and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["right", "abstained", "wrong", "missing"]
TaskKind = Literal["question_answering", "classification", "extraction", "generation"]


@dataclass(frozen=True)
class Asked:
    """One row, as far as grading needs it."""

    references: tuple[str, ...] = ()
    """The accepted answers; none: the row has no answer."""
    question: str = ""
    task: TaskKind = "question_answering"
    choices: tuple[str, ...] = ()
    """A closed set of answers, or labels."""
    answer_words: int = 30
    """An answer that is buried in more words than this states nothing."""


@dataclass(frozen=True)
class Grade:
    """What became of an answer."""

    outcome: Outcome
    why: str
    """In words, for a person who looks at one row."""
