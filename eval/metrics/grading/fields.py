"""A field's value by its type: numbers by value, `yes` as true, `N/A` as null, dates by their day, texts by their words."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from eval.metrics.grading import dates, number_words, numbers
from eval.metrics.grading.words import clean, listed, words

TRUE = listed("true yes y ja oui si sí wahr vrai verdadero 是 1")
FALSE = listed("false no n nein non falsch faux falso 否 0")
NULL = listed("null none n/a na n.a. nil - – — unknown missing nothing") | {
    "",
    "not available",
    "not given",
    "not specified",
    "k. a.",
    "k.a.",
}


def record(text: str) -> dict[str, Any] | None:
    """The JSON object in a text, the first that can be read; None where there is none."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r"\{", text):
        try:
            found, _ = decoder.raw_decode(text[match.start() :])
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def same(reference: Any, said: Any, language: str = "en") -> bool:
    """Whether a field holds what the reference holds."""
    if isinstance(reference, bool):
        return isinstance(said, bool | str | int | float) and _truth(said) is reference
    if reference is None or (isinstance(reference, str) and reference.strip().casefold() in NULL):
        return said is None or (isinstance(said, str) and said.strip().casefold() in NULL) or said in ([], {})
    if isinstance(reference, int | float):
        return _number(reference, said, language)
    if isinstance(reference, list):
        return isinstance(said, list) and len(said) == len(reference) and _paired(reference, said, language)
    if isinstance(reference, dict):
        return isinstance(said, dict) and all(same(value, said.get(name), language) for name, value in reference.items())
    return _text(str(reference), said, language)


def _truth(said: Any) -> bool | None:
    word = str(said).strip().casefold().rstrip(".")
    return True if word in TRUE else False if word in FALSE else None


def _number(reference: float, said: Any, language: str) -> bool:
    if isinstance(said, bool) or said is None or isinstance(said, list | dict):
        return False
    wanted = Decimal(str(reference))
    if isinstance(said, int | float):
        return Decimal(str(said)) == wanted
    text = number_words.to_digits(clean(str(said)), language)
    found = numbers.find(text, numbers.style_of([text], language))
    return len(found) == 1 and wanted in found[0].values and not found[0].upper


def _text(reference: str, said: Any, language: str) -> bool:
    if said is None or isinstance(said, list | dict):
        return False
    told = str(said)
    one, other = dates.find(reference), dates.find(told)
    if len(one) == len(other) == 1 and _alone(reference, one[0]) and _alone(told, other[0]):
        return dates.same(one[0].days, other[0].days)
    if words(clean(reference)) == words(clean(told)) and (words(reference) or reference.strip() == told.strip()):
        return _digits(reference) == _digits(told) or _values(reference, language) == _values(told, language)
    values = _values(reference, language)
    return bool(values) and values == _values(told, language)


def _alone(text: str, dated: dates.Dated) -> bool:
    return not re.sub(r"\W", "", text[: dated.start] + text[dated.end :])


def _digits(text: str) -> str:
    return re.sub(r"[^\d.,-]", "", text)


def _values(text: str, language: str) -> list[tuple[frozenset[Decimal], str]] | None:
    """The quantities of a text that holds nothing else; None where it does."""
    plain = number_words.to_digits(clean(text), language)
    found = numbers.find(plain, numbers.style_of([plain], language))
    for one in reversed(found):
        plain = plain[: one.start] + plain[one.end :]
    return [(one.values | one.upper, one.unit) for one in found] if found and not re.sub(r"\W", "", plain) else None


def _paired(reference: list[Any], said: list[Any], language: str) -> bool:
    left = list(said)
    for value in reference:
        hit = next((i for i, one in enumerate(left) if same(value, one, language)), None)
        if hit is None:
            return False
        left.pop(hit)
    return True
