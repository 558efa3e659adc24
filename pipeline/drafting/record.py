"""A drafted question, and what is asked for it. Asks and checks nothing."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Kind = Literal["fact", "linked", "comparison", "unanswerable", "yes_no", "asked"]
KINDS: dict[Kind, str] = {
    "fact": "one fact of one passage", "linked": "needs two passages together", "comparison": "compares two passages",
    "unanswerable": "nearly answered, and not", "yes_no": "answered by yes or no",
}  # fmt: skip
"""Kinds that can be asked for, and what each means."""
ASKED: Kind = "asked"
"""A question that people asked, for which a model drafted the answer alone."""
MEANS = {**{str(kind): told for kind, told in KINDS.items()}, ASKED: "asked by people, answered by the model"}
"""Every kind as people read it."""
USERS = ("somebody who is new here", "somebody who knows the subject well")
Stage = Literal["", "unanswered", "schema", "quote", "rules", "round trip", "duplicates"]
STAGES: dict[Stage, str] = {
    "unanswered": "no reply came (endpoint, network or budget)", "schema": "no question in the form asked for",
    "quote": "the quote does not stand in the passage, or does not hold the answer", "rules": "worded as no test question may be",
    "round trip": "not answered from its passage, or answered without it", "duplicates": "nearly another question",
}  # fmt: skip
"""Where a draft can end, in their order, and why."""


@dataclass(frozen=True)
class Place:
    """A passage that a draft rests on."""

    id: str
    document: str
    title: str
    text: str


@dataclass(frozen=True)
class Task:
    """One question to be drafted."""

    number: int
    kind: Kind
    user: str
    passages: tuple[Place, ...]
    language: str
    """As far as it can be told; empty: it cannot."""
    seed: int
    question: str = ""
    """Of a question that people asked; empty: to be drafted."""

    @property
    def id(self) -> str:
        """12 hex digits: the same for the same passages, kind, user and seed."""
        told = (self.seed, self.kind, self.user, self.question, *(text for place in self.passages for text in (place.id, place.text)))
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Draft:
    """A question, its answer and where that stands."""

    id: str
    kind: Kind
    user: str
    passages: tuple[Place, ...]
    language: str
    seed: int
    generator: str
    """The model that wrote it."""
    question: str = ""
    answer: str = ""
    """Empty where the question has none."""
    quotes: tuple[str, ...] = ()
    """Word for word out of the passages, in their order."""
    ended: Stage = ""
    """The stage that dropped it; empty: it was kept."""
    why: str = ""
    rank: int | None = None
    """At which the first of its passages is retrieved; None: not among those looked at, or not looked for."""

    @property
    def documents(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys(place.document for place in self.passages))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        return cls(**{**row, "passages": tuple(Place(**place) for place in row["passages"]), "quotes": tuple(row["quotes"])})


def begun(task: Task, generator: str) -> Draft:
    """A draft of which nothing is written yet."""
    return Draft(task.id, task.kind, task.user, task.passages, task.language, task.seed, generator, question=task.question)
