"""Sentences, clauses, content words, names and numbers of English text. Knows nothing of answers, passages or support."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_SPLIT = re.compile(r"(?<=[.!?])\s+(?=[^\s.!?,;])|(?<=[.!?][\"'”’)\]])\s+(?=[^\s.!?,;a-z])|(?<=[。！？])|\n+")
_SHORT = re.compile(
    r"(?:^|[\s(\"“])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|No|Inc|Ltd|Co|Corp|approx|e\.g|i\.e|[A-Z](?:\.[A-Z])+)\.$"
)
_CLAUSE = re.compile(
    r"[,;:]\s+|[()–—]\s*|\s+-+\s+|\s+(?:and|but|or|while|whereas|because|although|though|which|who|where|when|after|before)\s+", re.I
)
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|s)\b")
_NEGATIONS = "not no never none nobody nothing neither nor without cannot unable lack lacks lacked"
_COUNTS = "zero - two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_PLACES = "third fourth fifth sixth seventh eighth ninth tenth"
_STOPS = """a about above after again against all also am an and any are as at be because been before being below between both but by can
    could did do does doing down during each few for from further had has have having he her here hers herself him himself his how i if
    in into is it its itself just may me might more most much must my myself no nor not of off on once one only or other our ours
    ourselves out over own quite same shall she should so some such than that the their theirs them themselves then there these they
    this those through to too under until up upon us very was we were what when where which while who whom whose why will with would
    yes you your yours yourself yourselves"""
_NEGATION, _STOP = frozenset(_NEGATIONS.split()), frozenset(_STOPS.split())
_FIGURES = {
    **{word: str(value) for value, word in enumerate(_COUNTS.split())},
    **{word: str(value) for value, word in enumerate(_PLACES.split(), 3)},
    **{word: str(10 * value) for value, word in enumerate(_TENS.split(), 2)},
}


@dataclass(frozen=True)
class Words:
    """What one sentence says, as sets that can be compared."""

    content: tuple[str, ...]
    """Stems of its content words and numbers, in order, with repetition."""
    stems: frozenset[str]
    names: frozenset[str]
    """Stems of capitalised words that do not begin the sentence."""
    numbers: frozenset[str]
    """As plain figures: `1,200` and `1200` are one, `three` is `3`."""
    negated: bool
    pairs: frozenset[tuple[str, str]]
    """Neighbouring words, stop words among them."""


def sentences(text: str) -> list[str]:
    """Cut at sentence ends and line breaks, not after initials and common abbreviations; pieces without a word are left out."""
    pieces: list[str] = []
    for line in text.splitlines():
        begun = True
        for piece in _SPLIT.split(line):
            if not begun and pieces and _SHORT.search(pieces[-1]):
                pieces[-1] = f"{pieces[-1]} {piece}"
            else:
                pieces.append(piece)
            begun = False
    return [stripped for piece in pieces if _TOKEN.search(stripped := piece.strip())]


def clauses(sentence: str, least: int = 2) -> list[str]:
    """Parts of a sentence with at least `least` content words each; the sentence itself where it has no such parts."""
    parts = [part for part in _CLAUSE.split(sentence) if part and len(words(part).content) >= least]
    return parts or [sentence]


@lru_cache(maxsize=100_000)
def words(sentence: str) -> Words:
    """Read once a sentence; equal sentences are equal."""
    tokens = _TOKEN.findall(_ORDINAL.sub("", sentence))
    plain = [_plain(token) for token in tokens]
    content = tuple(stem(word) for word in plain if word not in _STOP and not word.endswith("n't"))
    names = frozenset(stem(word) for place, (token, word) in enumerate(zip(tokens, plain, strict=True)) if _is_name(token, word, place))
    return Words(
        content=content,
        stems=frozenset(content),
        names=names,
        numbers=frozenset(word for word in plain if word[0].isdigit()),
        negated=any(word in _NEGATION or word.endswith("n't") for word in plain),
        pairs=frozenset(pairwise(plain)),
    )


def stem(word: str) -> str:
    """Without the commonest English endings: `prizes` and `prize`, `founded` and `found` are one. Cruder than Porter (1980)."""
    for ending in ("'s", "ies", "ing", "edly", "ed", "es", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def _plain(token: str) -> str:
    word = token.lower().replace("’", "'")
    if word[0].isdigit():
        whole = re.sub(r",(?=\d{3}(?:\D|$))", "", word)
        return whole.rstrip("0").rstrip(".") if "." in whole else whole.lstrip("0") or "0"
    return _FIGURES.get(word, word)


def _is_name(token: str, word: str, place: int) -> bool:
    return token[0].isupper() and word not in _STOP and (place > 0 or token.isupper()) and len(token) > 1
