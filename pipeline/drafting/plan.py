"""Passages → what is to be drafted: seeded, in turn over documents, kinds and users. A larger number begins alike. Asks nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.data.audit.language import guess
from pipeline.drafting.record import KINDS, USERS, Kind, Place, Task
from retrieval.chunk import Passage

WEIGHTS: dict[Kind, int] = {"fact": 3, "linked": 1, "comparison": 1, "unanswerable": 1, "yes_no": 1}
"""How many of each kind stand in a block."""
OF_TWO: tuple[Kind, ...] = ("linked", "comparison")
T = TypeVar("T")
LEAST_LETTERS = 40
"""Of a passage; a heading alone holds nothing to ask about."""
LEAST_SIGNS = 15
"""The same in scripts that write a word in a sign or two."""


@dataclass(frozen=True)
class Wanted:
    """What is to be drafted, whatever the documents hold."""

    seed: int = 13
    kinds: tuple[Kind, ...] = tuple(KINDS)
    users: tuple[str, ...] = USERS


class Material:
    """Passages by document, and which belongs with which."""

    def __init__(self, passages: Sequence[Passage], vectors: NDArray[np.float32], seed: int) -> None:
        """`vectors`: (n, d) unit vectors of the passages."""
        self.vectors = {passage.id: vector for passage, vector in zip(passages, vectors, strict=True)}
        self.by_document: dict[str, list[Passage]] = {}
        for passage in passages:
            if _says_enough(passage.text):
                self.by_document.setdefault(passage.document, []).append(passage)
        self.seed = seed
        self.languages = {name: guess(" ".join(p.text for p in found)) for name, found in self.by_document.items()}
        self.partner = self._pairs()

    def in_turn(self) -> list[Passage]:
        """Every passage once: one of each document, then a second of each that has two, and so on; which is drawn by the seed."""
        documents = sorted(self.by_document, key=lambda name: draw(self.seed, name))
        drawn = {name: sorted(self.by_document[name], key=lambda p: draw(self.seed, p.id)) for name in documents}
        deepest = max(map(len, drawn.values()), default=0)
        return [drawn[name][depth] for depth in range(deepest) for name in documents if depth < len(drawn[name])]

    def beside(self, passage: Passage, kind: Kind) -> Passage | None:
        """The other passage of a question over two; None where there is none. Two documents that are compared stay a pair."""
        own = self.by_document[passage.document]
        if kind == "linked" and len(own) > 1:
            place = own.index(passage)
            return own[place + 1] if place + 1 < len(own) else own[place - 1]
        others = self.by_document.get(self.partner.get(passage.document, ""), [])
        return max(others, key=lambda other: float(self.vectors[other.id] @ self.vectors[passage.id]), default=None)

    def _pairs(self) -> dict[str, str]:
        """Each document with the nearest one that is still free, in an order drawn by the seed; one may be left over.

        Pairs, since questions over two documents tie both to one side of the split: chains of them would tie all.
        """
        means = {name: np.mean([self.vectors[p.id] for p in found], axis=0) for name, found in self.by_document.items()}
        free = sorted(means, key=lambda name: draw(self.seed, "pair", name))
        table = np.array([means[name] for name in free]) if free else np.zeros((0, 1))
        open_, pairs = np.ones(len(free), dtype=bool), dict[str, str]()
        for place, name in enumerate(free):
            if not open_[place] or open_.sum() < 2:
                continue
            open_[place] = False
            nearest = int(np.argmax(np.where(open_, table @ table[place], -np.inf)))
            open_[nearest] = False
            pairs[name], pairs[free[nearest]] = free[nearest], name
        return pairs


def tasks(material: Material, wanted: Wanted, count: int) -> list[Task]:
    """Up to `count`; fewer only where every passage was asked about in every kind and by every user."""
    passages = material.in_turn()
    most = len(passages) * len(wanted.kinds) * len(wanted.users)
    return list(islice(_endless(material, wanted, passages, most), min(count, most)))


def _endless(material: Material, wanted: Wanted, passages: Sequence[Passage], most: int) -> Iterator[Task]:
    kinds, left = _kinds(wanted), most
    seen: set[tuple[str, Kind, str]] = set()
    for number, passage in enumerate(cycle(passages)):
        kind, user = next(kinds), wanted.users[int(draw(wanted.seed, "user", str(number)), 16) % len(wanted.users)]
        made = _new(material, wanted, passage, kind, user, seen)
        if made is None:
            return
        seen.add((passage.id, made.kind, made.user))
        left -= 1
        yield made
        if not left:
            return


def _new(material: Material, wanted: Wanted, passage: Passage, kind: Kind, user: str, seen: set[tuple[str, Kind, str]]) -> Task | None:
    """Of the kind and user whose turn it is, else of the next ones that this passage was not asked in yet."""
    for one in _turned(wanted.kinds, kind):
        other = material.beside(passage, one) if one in OF_TWO else None
        if one in OF_TWO and other is None:
            continue
        for who in _turned(wanted.users, user):
            if (passage.id, one, who) not in seen:
                pair = (passage,) if other is None else (passage, other)
                places = tuple(Place(p.id, p.document, p.title, p.text) for p in pair)
                language = guess(passage.text) or material.languages[passage.document]
                return Task(len(seen), one, who, places, language, wanted.seed)
    return None


def _turned(values: Sequence[T], first: T) -> list[T]:
    place = values.index(first)
    return [*values[place:], *values[:place]]


def _kinds(wanted: Wanted) -> Iterator[Kind]:
    """In blocks, each with every kind by its weight and in an order of its own."""
    block = 0
    while True:
        signs = [(kind, str(copy)) for kind in wanted.kinds for copy in range(WEIGHTS[kind])]
        yield from (kind for kind, _ in sorted(signs, key=lambda sign: draw(wanted.seed, "kind", str(block), *sign)))
        block += 1


def draw(seed: int, *names: str) -> str:
    """A value to sort by that depends on the seed and the names alone."""
    return hashlib.sha256(repr((seed, *names)).encode()).hexdigest()


def _says_enough(text: str) -> bool:
    from eval.metrics.grading.words import unspaced

    letters = sum(sign.isalnum() for sign in text)
    return letters >= (LEAST_SIGNS if unspaced(text) else LEAST_LETTERS)
