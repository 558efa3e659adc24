"""A text → what is compared in it: words, quantities, dates, times of day, in order. The same for answers and references."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from eval.metrics.grading import dates, number_words, numbers
from eval.metrics.grading.numbers import Quantity, Style
from eval.metrics.grading.words import Word, spans

_CODE = re.compile(r"[a-z]*\d+[a-z]*(?:[.\-/_][a-z]*\d+[a-z]*)+|[a-z]\+\+|[a-z]#|[a-z]+[.\-/_]?\d[\w./-]*", re.IGNORECASE)
Kind = Literal["word", "quantity", "date", "time"]


@dataclass(frozen=True)
class Token:
    """One thing a text says; equal by what it means, not by how it is written."""

    kind: Kind
    text: str
    start: int
    end: int
    quantity: Quantity | None = None
    days: frozenset[tuple[int, int, int]] = frozenset()
    minutes: int = -1

    def matches(self, other: Token) -> bool:
        """Whether `other`, of an answer, says what this token of a reference says."""
        if self.quantity and other.quantity:
            return self.quantity.equals(other.quantity)
        if self.kind != other.kind:
            return False
        if self.kind == "date":
            return dates.same(self.days, other.days)
        return self.minutes == other.minutes if self.kind == "time" else alike(self.text, other.text)


@dataclass(frozen=True)
class Text:
    """A text with its tokens; offsets are of `text`, in which number words are digits."""

    text: str
    tokens: tuple[Token, ...]


def read(text: str, language: str, style: Style | None) -> Text:
    """`style` settles numbers with two readings."""
    text = number_words.to_digits(text, language)
    dated = dates.find(text)
    found = [Token("date", text[one.start : one.end], one.start, one.end, days=one.days) for one in dated]
    masked = _masked(text, found)
    clock = [Token("time", text[a:b], a, b, minutes=minutes) for a, b, minutes in numbers.times(masked)]
    counted = [Token("quantity", text[one.start : one.end], one.start, one.end, quantity=one) for one in numbers.find(masked, style)]
    masked = _masked(masked, [*clock, *counted])
    place = 0
    written = []
    for word in masked.split():
        start = masked.index(word, place)
        place = start + len(word)
        written += [Token("word", one.text, start + one.start, start + one.end) for one in _parts(word)]
    return Text(text, tuple(sorted([*found, *clock, *counted, *written], key=lambda token: (token.start, token.end))))


def _parts(word: str) -> list[Word]:
    """The words of what stands between spaces; versions and codes such as v2.10 and C++ stay whole."""
    bare = word.strip(".,;:!?()[]\"'“”„«»")
    return [Word(bare.casefold(), 0, len(word))] if _CODE.fullmatch(bare) else spans(word)


def _masked(text: str, tokens: list[Token]) -> str:
    out = list(text)
    for token in tokens:
        out[token.start : token.end] = " " * (token.end - token.start)
    return "".join(out)


def alike(one: str, other: str) -> bool:
    """The same word, singular and plural taken together."""
    return one == other or (len(min(one, other, key=len)) > 3 and _singular(one) == _singular(other))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
