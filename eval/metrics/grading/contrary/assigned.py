"""To what an answer assigns each of several values: `Members pay £18, while non-members pay £25`. Where the question names one of the
labels, the value at that label counts; a text in which two values have changed places says something else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from eval.metrics.grading.amounts.units import MONEY
from eval.metrics.grading.forms.spelling import stem
from eval.metrics.grading.negation import NOT
from eval.metrics.grading.tokens import Text, Token
from eval.metrics.grading.words import language_of, listed, plain, spans

_CUTS = tuple(
    re.compile(cut, re.IGNORECASE)
    for cut in (
        r"[;\n]+|[.!?](?=\s)",
        r",?\s*\b(?:while|whereas|whilst|but|während|aber|danach|tandis que|mais|mientras|pero)\b",
        r",\s*(?:and|und|et|y)\b",
        r",(?!\d)|\(",
        r"\b(?:and|und|et)\b|\sy\s|\s[-–—]\s",
    )
)
"""Between two values, the stronger first."""
_BARE = listed(
    "the a an of to in on at for is are was were be been it its this that these those and by with from as has have had having do does did "
    "can may must will would shall should get gets take takes only also while whereas whilst but so too each per now today always he she "
    "they them there here you your we our us i their his her than then both respectively what how much many when which who whom where "
    "long often whose why or if yes one ones 1 costs cost pays pay paid charged price priced fee amounts about around "
    "der die das den dem des ein eine fur im am zum zur ist sind war und aber sondern sowie le la les un une du de est sont et pour en au "
    "aux mais el los las una del por para son y pero sino"
)
"""Words that are no label."""
_NAME = re.compile(r"(?<![\w'’])(?:(?:Dr|Mr|Mrs|Ms|Prof)\.\s)?[A-ZÀ-Þ][\w'’-]+(?:\s+[A-ZÀ-Þ][\w'’-]+)*")
_NOW = re.compile(r"\b(?:now|today|currently|since|jetzt|heute|seit|maintenant|depuis|ahora|desde)\b", re.IGNORECASE)
"""A value of today, beside one that was."""
_NON = re.compile(r"\bnon[- ](\w+)", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[;.(]|,? (?:but|while|whereas)\b)")


@dataclass(frozen=True)
class Part:
    """A value of a text, and the stretch of text that speaks of it."""

    start: int
    end: int
    """Of the value."""
    said: str
    """The stretch without the value."""

    @property
    def labels(self) -> frozenset[str]:
        """Its words that may name what the value belongs to."""
        return labels(self.said)


@lru_cache(maxsize=4096)
def labels(text: str) -> frozenset[str]:
    """Words that may name something, without their endings: `hotel A` keeps its letter, other small words are none."""
    text = _NON.sub(r"non\1", text)
    return frozenset(
        _ORDINALS.get(word.text) or stem(word.text)
        for word in spans(text)
        if word.text not in _BARE or _lettered(text, word.start, word.end)
    )


_ORDINALS = {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th"}


def _lettered(text: str, start: int, end: int) -> bool:
    return start > 0 and end - start == 1 and text[start].isupper() and text[start] != "I"


def elsewhere(start: int, end: int, reference: Text, answer: Text, question: str) -> bool:
    """Whether the answer gives what stands from `start` to `end` for something else than the question asks for, and another value for
    that."""
    topic = labels(question)
    if not topic:
        return False
    if _of_the_others(answer.text, question):
        return True
    values = _values(reference, answer, (start, end), topic)
    parts = _parts(answer, values, topic) if len(values) > 1 else []
    own = next((one for one in parts if one.start <= start < one.end), None)
    if own is None:
        return False
    rivals = [one for one in parts if one is not own and not _same(reference, answer, one)]
    return any(_asked_of(other, own, topic) or (other is parts[0] and _bare_first(other, own, topic, answer)) for other in rivals)


def _asked_of(other: Part, own: Part, topic: frozenset[str]) -> bool:
    """Whether the other part is what the question asks about, and this one is not."""
    shared = own.labels & other.labels
    if not own.labels - shared - topic - NOT or other.labels & NOT:
        return False
    if not (other.labels - shared - topic) and (other.labels & topic) - own.labels:
        return True
    return len(other.labels & topic) > 1 and own.labels & topic < other.labels & topic and not _NOW.search(own.said)


def _bare_first(other: Part, own: Part, topic: frozenset[str], answer: Text) -> bool:
    """`$200; the $50 deductible is for eye care`: what stands first and alone is the answer."""
    shared = own.labels & other.labels
    foreign = bool(own.labels - shared - topic - NOT) and not other.labels & NOT
    return foreign and not other.labels and bool(_ENDS.match(answer.text, other.end)) and bool(topic - own.labels)


def _of_the_others(said: str, question: str) -> bool:
    """Whether it speaks of non-members alone, where members are asked about."""
    theirs = {stem(found[1].casefold()) for found in _NON.finditer(said)}
    return bool((theirs & labels(question)) - labels(said))


def exchanged(reference: Text, answer: Text) -> str:
    """Two values of the reference that have changed places in the answer, in words; empty: none."""
    wanted = _figures(reference)
    called = frozenset(one for name in _NAME.finditer(reference.text) for one in labels(name[0]))
    for unit in dict.fromkeys(_sort(one) for one in wanted):
        own = [one for one in wanted if _sort(one) == unit]
        said = [one for one in _figures(answer) if _sort(one) == unit]
        if len(own) < 2 or len(said) < 2:
            continue
        ours, theirs = (_of_values(_parts(text, spots), values) for text, values, spots in (
            (reference, own, [(one.start, one.end) for one in own]), (answer, said, [(one.start, one.end) for one in said])))  # fmt: skip
        if pair := _crossed(ours, theirs, called):
            return pair
    return _names_crossed(reference, answer)


def _names_crossed(reference: Text, answer: Text) -> str:
    """The same of two names, each with its own clause, in English: `A designed the pump and B tested it`."""
    if language_of(reference.text) != "en":
        return ""
    sides = []
    for text in (reference, answer):
        found = [one.span() for one in _NAME.finditer(text.text) if labels(one[0]) and plain(one[0].split()[0]) not in _BARE]
        sides.append([(labels(text.text[part.start : part.end]), part.labels) for part in (_parts(text, found) if len(found) > 1 else [])])
    ours, theirs = sides
    for (one, mine), (other, his) in itertools.pairwise(ours):
        first, second = ([said for name, said in theirs if name == wanted] for wanted in (one, other))
        if len(first) == len(second) == 1 and not one & other:
            ahead, behind = first[0] - second[0] - other, second[0] - first[0] - one
            if _nearer(ahead, his - mine, mine - his) and _nearer(behind, mine - his, his - mine):
                return f"{', '.join(sorted(one))} and {', '.join(sorted(other))}, exchanged"
    return ""


def _of_values(parts: Sequence[Part], values: Sequence[Token]) -> list[tuple[Token, frozenset[str]]]:
    return [(value, part.labels) for part, value in zip(parts, values, strict=True)] if len(parts) == len(values) else []


def _crossed(ours: Sequence[tuple[Token, frozenset[str]]], theirs: Sequence[tuple[Token, frozenset[str]]], called: frozenset[str]) -> str:
    """`called`: labels that are names, which tell by themselves whatever other words say."""
    for place, (one, labels_one) in enumerate(ours):
        for other, labels_other in ours[place + 1 :]:
            if one.matches(other) or other.matches(one):
                continue
            first, second = ([found for value, found in theirs if wanted.matches(value)] for wanted in (one, other))
            if len(first) == len(second) == 1:
                mine, his = labels_one - labels_other, labels_other - labels_one
                ahead, behind = first[0] - second[0], second[0] - first[0]
                if _nearer(ahead, his, mine) and _nearer(behind, mine, his):
                    return f"{one.text} and {other.text}, exchanged"
                if _nearer(ahead, his & called, mine & called) and _nearer(behind, mine & called, his & called):
                    return f"{one.text} and {other.text}, exchanged"
    return ""


def _nearer(said: frozenset[str], one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(said & one) and not said & other


def _figures(text: Text) -> list[Token]:
    return [token for token in text.tokens if token.kind in ("quantity", "time", "date")]


def _sort(token: Token) -> str:
    return f"{token.kind} {token.quantity.unit if token.quantity else ''}"


def _values(reference: Text, answer: Text, place: tuple[int, int], topic: frozenset[str]) -> list[tuple[int, int]]:
    """Where values like the reference stand: figures of its kind and unit, or other names."""
    figure = next((token for token in reference.tokens if token.kind != "word"), None)
    if figure is not None:
        same = [one for one in answer.tokens if one.kind == figure.kind and _comparable(figure, one)]
        like = [one for one in same if not _label(answer.text, one, place)]
        return [(one.start, one.end) for one in like]
    if not reference.text[:1].isupper():
        return []
    names = [found.span() for found in _NAME.finditer(answer.text) if labels(found[0]) and not labels(found[0]) & topic]
    apart = [one for one in names if one[1] <= place[0] or one[0] >= place[1]]
    several = _several(answer.text[place[0] : place[1]])
    return sorted([place, *(one for one in apart if _several(answer.text[one[0] : one[1]]) is several)])


def _label(text: str, one: Token, place: tuple[int, int]) -> bool:
    """Whether it belongs to a name, as the 2 of `Fibre 2` does."""
    bare = one.quantity is not None and not one.quantity.unit and not (place[0] <= one.start < place[1])
    return bare and bool(
        re.search(r"(?<!\w)(?!(?:In|On|At|By|For|From|Since|Until|To|About|It|Only)\b)[A-ZÀ-Þ][\w-]* \Z", text[: one.start])
    )


_TITLES = listed("dr mr mrs ms prof")
_TITLE = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof)\b\.?\s?")


def _several(name: str) -> bool:
    return " " in _TITLE.sub("", name).strip()


_ORDINAL = re.compile(r"\d(?:st|nd|rd|th)$")


def _comparable(wanted: Token, one: Token) -> bool:
    if not (wanted.quantity and one.quantity):
        return True
    mine, his = wanted.quantity.unit, one.quantity.unit
    if bool(_ORDINAL.search(one.text)) is not bool(_ORDINAL.search(wanted.text)) or (one.text == "1" and wanted.text != "1"):
        return False
    return mine == his or (not mine and his in MONEY)


def _same(reference: Text, answer: Text, part: Part) -> bool:
    """Whether that part gives the reference itself."""
    there = [token for token in answer.tokens if part.start <= token.start < part.end and token.text not in _TITLES]
    return any(wanted.matches(token) for wanted in reference.tokens for token in there if token.kind != "word" or wanted.kind == "word")


def _parts(text: Text, values: Sequence[tuple[int, int]], kept: frozenset[str] = frozenset()) -> list[Part]:
    """The text cut once between each two values that something parts. `kept`: words that are labels, whatever they look like."""
    led, edges = bool(labels(text.text[: values[0][0]])), [0]
    held = [[values[0]]]
    for (_, end), value in itertools.pairwise(values):
        cut = _cut(text.text, end, value[0], led) if end <= value[0] else None
        if cut is None:
            held[-1].append(value)
        else:
            edges.append(cut)
            held.append([value])
    edges.append(len(text.text))
    return [_part(text.text, low, high, own, kept) for own, low, high in zip(held, edges, edges[1:], strict=False)]


def _part(text: str, low: int, high: int, values: Sequence[tuple[int, int]], kept: frozenset[str]) -> Part:
    """Of several values that nothing parts the one that is no label, or the last."""
    start, end = next((one for one in reversed(values) if not labels(text[one[0] : one[1]]) & kept), values[-1])
    return Part(start, end, f"{text[low:start]} {text[end:high]}")


def _cut(text: str, low: int, high: int, led: bool) -> int | None:
    """Where the next value's stretch begins; of several like marks the first where labels stand ahead of their values, else the last."""
    for mark in _CUTS:
        if found := [match.start() for match in mark.finditer(text, low, high)]:
            return found[0] if led else found[-1]
    return None
