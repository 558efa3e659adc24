"""A field's value by its type: numbers by value, `yes` as true, `N/A` as null, dates by their day, texts by their words."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from eval.metrics.grading import identifiers
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.amounts import dates, number_words, numbers, times
from eval.metrics.grading.amounts.units import MONEY, UNITS
from eval.metrics.grading.forms.spelling import two_letters
from eval.metrics.grading.words import clean, listed, words

TRUE = listed("true yes y ja oui si sí wahr vrai verdadero 是 1")
FALSE = listed("false no n nein non falsch faux falso 否 0")
NULL = listed("null none n/a na n.a. nil - – — unknown missing") | {"", "not available", "not given", "not specified", "k. a.", "k.a."}
FEW = 6
"""Words of a value up to which it may say that there is none."""
_LETTERS = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff]")
MOST_BRACKETS = 300
"""A response with more opening brackets of a kind is a model that runs on, and could nest too deep to walk."""
MOST_TRIES = 20
"""Places at which an object is looked for."""


@dataclass(frozen=True)
class Leaf:
    """A value in a record; items of a list share a place, and an object in a list is one value."""

    place: str
    value: Any


@dataclass(frozen=True)
class Agreement:
    """How two records stand to each other."""

    right: int
    """How many values are the same."""
    missed: tuple[Leaf, ...]
    """Values of the reference that were not said."""
    extra: tuple[Leaf, ...]
    """Values that were said and are not the reference's."""

    @property
    def exact(self) -> bool:
        """Whether both hold the same and nothing else."""
        return not self.missed and not self.extra


def record(text: str) -> dict[str, Any] | None:
    """The first JSON object that stands whole in the text; None where there is none."""
    if max(text.count("{"), text.count("[")) > MOST_BRACKETS:
        return None
    decoder = json.JSONDecoder(parse_int=_integer)
    for place in [match.start() for match in re.finditer(r"\{", text)][:MOST_TRIES]:
        try:
            found, _ = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _integer(digits: str) -> int | float:
    """Of thousands of digits Python makes no integer."""
    return int(digits) if len(digits) < 1000 else float(digits)


def leaves(value: Any, place: str = "") -> list[Leaf]:
    """Every value that is there: null, empty and `N/A` are not."""
    if isinstance(value, dict):
        return [leaf for name, item in value.items() for leaf in leaves(item, f"{place}.{name}")]
    if isinstance(value, list):
        return [Leaf(f"{place}[]", item) for item in value if leaves(item)]
    return [] if _absent(value) else [Leaf(place, value)]


def agreement(wanted: Sequence[Leaf], said: Sequence[Leaf], language: str = "") -> Agreement:
    """Each wanted value is held against one at its place; the order of a list does not count, and what stands there twice is two."""
    left, missed = list(said), []
    for leaf in wanted:
        hit = next((n for n, one in enumerate(left) if one.place == leaf.place and same(leaf.value, one.value, language)), None)
        if hit is None:
            missed.append(leaf)
        else:
            left.pop(hit)
    return Agreement(len(wanted) - len(missed), tuple(missed), tuple(left))


def same(reference: Any, said: Any, language: str = "") -> bool:
    """Whether a value is what the reference holds, by the reference's type."""
    if isinstance(reference, dict | list):
        both = leaves(reference), leaves(said)
        return type(reference) is type(said) and agreement(*both, language).exact
    if isinstance(said, dict | list) or _absent(reference) or _absent(said):
        return _absent(reference) and (_absent(said) or said in ([], {}))
    if isinstance(reference, bool) or (isinstance(said, bool) and isinstance(reference, str)):
        return _truth(reference) is not None and _truth(reference) is _truth(said)
    if isinstance(reference, int | float):
        return _number(reference, said, language)
    return _text(str(reference), str(said), language)


def _absent(value: Any) -> bool:
    """`N/A`, and whatever else says that the value is not known: `keine Angabe`."""
    if not isinstance(value, str):
        return value is None
    return value.strip().casefold() in NULL or (len(value.split()) <= FEW and bool(_LETTERS.search(value)) and declines(value))


def _truth(said: Any) -> bool | None:
    word = str(said).strip().casefold().rstrip(".")
    return True if word in TRUE else False if word in FALSE else None


def _number(reference: float, said: Any, language: str) -> bool:
    if isinstance(said, bool):
        return False
    wanted = _fraction(reference)
    if isinstance(said, int | float):
        return _fraction(said) == wanted
    found = _quantities(str(said), language)
    if not found or len(found) > 1 or found[0].upper:
        return False
    share = {value / 100 for value in found[0].values} if found[0].unit == "%" else set()
    return wanted in found[0].values | share


def _fraction(number: float) -> Fraction | str:
    try:
        return Fraction(str(number))
    except ValueError:  # Infinity, NaN
        return str(number)


def _text(reference: str, said: str, language: str) -> bool:
    one, other = dates.find(reference), dates.find(said)
    if len(one) == len(other) == 1 and _alone(reference, one[0]) and _alone(said, other[0]):
        return dates.same(one[0].days, other[0].days)
    clock = times.find(reference), times.find(said)
    if all(len(found) == 1 and _alone(text, found[0]) for found, text in zip(clock, (reference, said), strict=True)):
        return clock[0][0].equals(clock[1][0])
    for form in (identifiers.squeezed, identifiers.code):
        if (code := form(reference)) and code == form(said):
            return True
    ours, theirs = _quantities(reference, language), _quantities(said, language)
    if ours and theirs:
        return len(ours) == len(theirs) and all(a.equals(b) for a, b in zip(ours, theirs, strict=True))
    if (unit := UNITS.get(reference.strip().casefold())) in MONEY and unit == UNITS.get(said.strip().casefold()):
        return True
    same_words = _worded(reference) == _worded(said) or _worded(two_letters(reference)) == _worded(two_letters(said))
    return same_words and _signs(reference) == _signs(said)


def _worded(text: str) -> list[str]:
    return words(clean(text)) or [text.strip()]


def _alone(text: str, dated: dates.Dated | times.Time) -> bool:
    return not re.sub(r"\W|t00:00:00z?", "", (text[: dated.start] + text[dated.end :]).casefold())


def _signs(text: str) -> str:
    """Digits with the marks between them, and what parts C from C++ and C#."""
    return "".join(re.findall(r"\d(?:[.,:]\d)?|[+#]", text))


def _quantities(text: str, language: str) -> list[numbers.Quantity]:
    """The quantities of a text that holds nothing else; none where it does."""
    plain = number_words.to_digits(clean(text), language)
    found = numbers.find(plain, numbers.style_of([plain], language))
    rest = plain
    for one in reversed(found):
        rest = rest[: one.start] + rest[one.end :]
    return [] if re.sub(r"\W", "", rest) else found
