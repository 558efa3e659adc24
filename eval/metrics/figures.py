"""Figures in a text (numbers, dates, times, codes): what a written answer claims that can be checked one by one. Reads no meaning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from eval.metrics.grading import tokens
from eval.metrics.grading.tokens import Token
from eval.metrics.grading.words import clean, language_of

Figures = tuple[Token, ...]


@lru_cache(maxsize=4096)
def figures(text: str) -> Figures:
    """Every figure once, by what it means: `1,250.50` and `1250.5` are one, `HW-408` is a code."""
    found: list[Token] = []
    for token in tokens.read(clean(text), language_of(text), None).tokens:
        if token.figure and not _holds(found, token):
            found.append(token)
    return tuple(found)


def figure_f1(answer: str, references: Sequence[str], given: str = "") -> float | None:
    """F1 of the answer's distinct figures against the best reference; None where no reference holds any.

    Figures of `given` (the input) may be repeated or left out without loss, unless the reference has them too. An answer that is a
    reference word for word has 1, even one without figures beside others that have some.
    """
    wanted = [found for reference in references if (found := figures(reference))]
    if wanted and any(answer.split() == reference.split() for reference in references):
        return 1.0
    said, repeated = figures(answer), figures(given)
    return max((_f1([one for one in said if _holds(found, one) or not _holds(repeated, one)], found) for found in wanted), default=None)


def unsupported_share(answer: str, sources: Sequence[str]) -> float | None:
    """The share of the answer's figures that stand in none of the sources; None where it holds no figure."""
    said = figures(answer)
    return sum(not any(_holds(figures(source), one) for source in sources) for one in said) / len(said) if said else None


def _f1(said: Sequence[Token], wanted: Figures) -> float:
    right = sum(any(one.matches(other) for other in said) for one in wanted)
    return 2 * min(right, len(said)) / (len(said) + len(wanted))


def _holds(found: Sequence[Token], token: Token) -> bool:
    return any(one.matches(token) for one in found)
