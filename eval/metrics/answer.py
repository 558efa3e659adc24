"""How right an answer is against its references: per-row values in [0, 1]. Knows nothing of arms, tasks, prompts or abstaining."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_UNSPACED = re.compile(
    r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
    r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3\u3099\u309a]*)"
)
"""Kana, Han, Thai, Lao, Khmer, Myanmar: written without spaces, so each character with its marks is a token (Lewis et al. 2020, MLQA)."""


def normalise(text: str) -> str:
    """Lower case, no punctuation, no English articles, single spaces: SQuAD's normalisation (Rajpurkar et al. 2016).

    Deviations: punctuation of every script goes, not ASCII's alone; composed and decomposed accents are the same; kana and Han
    are split into characters; and a text that would vanish (the choice "A") is kept in lower case.
    """
    lowered = unicodedata.normalize("NFC", text).lower()
    bare = "".join(character for character in lowered if not _is_punctuation(character))
    spaced = _UNSPACED.sub(r" \1 ", _ARTICLES.sub(" ", bare))
    return " ".join(spaced.split()) or " ".join(lowered.split())


def exact_match(answer: str, references: Sequence[str]) -> float:
    """1 where the normalised answer is one of the normalised references."""
    return _best(references, lambda reference: float(normalise(answer) == normalise(reference)))


def token_f1(answer: str, references: Sequence[str]) -> float:
    """The F1 of shared normalised tokens, counted with repetition, against the closest reference (Rajpurkar et al. 2016)."""
    return _best(references, lambda reference: _f1(normalise(answer).split(), normalise(reference).split()))


def containment(answer: str, references: Sequence[str]) -> float:
    """1 where all tokens of one reference stand in the answer, together and in order: `5` is not contained in `15`."""
    padded = f" {normalise(answer)} "
    return _best(references, lambda reference: float(f" {normalise(reference)} " in padded))


def accuracy(label: str, references: Sequence[str]) -> float:
    """1 where the label is one of the references; case and outer spaces do not matter, punctuation does."""
    return _best(references, lambda reference: float(label.strip().casefold() == reference.strip().casefold()))


def macro_f1(predicted: Sequence[str], gold: Sequence[str]) -> float:
    """The mean over the labels that occur in `gold` of the F1 of each; over all rows, so it has no value per row.

    A label that is predicted and never right lowers the precision of none of them, but costs recall where it was wrong.
    """
    if not gold or len(predicted) != len(gold):
        raise ValueError("macro_f1 needs as many predictions as gold labels, and at least one.")
    right = Counter(g for p, g in zip(predicted, gold, strict=True) if p == g)
    said, true = Counter(predicted), Counter(gold)
    return sum(2 * right[label] / (said[label] + true[label]) for label in true) / len(true)


def _best(references: Sequence[str], measure: Callable[[str], float]) -> float:
    if not references:
        raise ValueError("no references: an unanswerable row is not measured against an answer.")
    return max(measure(reference) for reference in references)


def _f1(answer: list[str], reference: list[str]) -> float:
    shared = sum((Counter(answer) & Counter(reference)).values())
    return 2 * shared / (len(answer) + len(reference)) if shared else 0.0


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")
