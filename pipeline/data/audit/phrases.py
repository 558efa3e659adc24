"""Which of many phrases stand in a text word for word, in one pass over it. Knows no rows and no documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """A phrase, and the words it takes up: from `start` up to `end`."""

    phrase: str
    start: int
    end: int


class Phrases:
    """Normalised phrases with single spaces, looked up by their first two words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._known: dict[str, dict[int, set[str]]] = {}
        for phrase in phrases:
            words = phrase.split()
            if words:
                self._known.setdefault(" ".join(words[:2]), {}).setdefault(len(words), set()).add(" ".join(words))

    def within(self, words: Sequence[str]) -> Iterator[Place]:
        """Every place of every phrase, in the order of the text."""
        for start, word in enumerate(words):
            for beginning in (word, f"{word} {words[start + 1]}" if start + 1 < len(words) else ""):
                for length, phrases in self._known.get(beginning, {}).items():
                    if (phrase := " ".join(words[start : start + length])) in phrases:
                        yield Place(phrase, start, start + length)
