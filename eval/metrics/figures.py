"""Figures in a text (numbers, dates, codes): what a written answer claims that can be checked word by word. Reads no meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TOKEN = re.compile(r"[^\W\d_]*[-/#]?\d[\w.,:/-]*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,'\u2009]\d{3})+(?:\.\d+)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WITH_UNIT = re.compile(r"(\d+(?:[.,]\d+)*)[^\W\d_]+")


def figures(text: str) -> frozenset[str]:
    """Every token with a digit in it, in one form: `1,250.50` as 1250.5, `35m` as 35, `HW-408` in lower case."""
    return frozenset(_plain(token.rstrip(".,:/-")) for token in _TOKEN.findall(text))


def figure_f1(answer: str, references: Sequence[str], given: str = "") -> float | None:
    """F1 of the answer's distinct figures against the best reference; None where no reference holds any.

    Figures of `given` (the input) may be repeated or left out without loss, unless the reference has them too. An answer that is a
    reference word for word has 1, even one without figures beside others that have some.
    """
    wanted = [found for reference in references if (found := figures(reference))]
    if wanted and any(answer.split() == reference.split() for reference in references):
        return 1.0
    said, repeated = figures(answer), figures(given)
    return max((_f1(said - (repeated - one), one) for one in wanted), default=None)


def unsupported_share(answer: str, sources: Sequence[str]) -> float | None:
    """The share of the answer's figures that stand in none of the sources; None where it holds no figure."""
    said = figures(answer)
    known = frozenset[str]().union(*(figures(source) for source in sources))
    return len(said - known) / len(said) if said else None


def _f1(said: frozenset[str], wanted: frozenset[str]) -> float:
    return 2 * len(said & wanted) / (len(said) + len(wanted))


def _plain(token: str) -> str:
    if unit := _WITH_UNIT.fullmatch(token):
        token = unit.group(1)
    if _THOUSANDS.fullmatch(token):
        token = re.sub(r"[,'\u2009]", "", token)
    return f"{float(token):.9g}" if _NUMBER.fullmatch(token) and len(token) < 16 and not _is_code(token) else token.casefold()


def _is_code(token: str) -> bool:
    """Digits that begin with a zero are a name, not an amount."""
    return token.startswith("0") and token[1:2].isdigit()
