"""Records without a language model: the nearest training row's record, with each field's value looked for in the new text.

Which place holds a field is learnt from training rows by naive Bayes over the words around it and its shape (Manning et al., Introduction
to Information Retrieval, 13.2). Of values that stand in no text (a currency told by its sign, a yes) the likeliest by the words and signs
of the text is taken; where there are many different ones, the nearest row's.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from eval.metrics.grading.amounts import dates, numbers
from eval.metrics.grading.records.fields import leaves, same

Kind = Literal["date", "number", "text"]
TOKEN = re.compile(r"[^\W_]+(?:[-./&'’_][^\W_]+)*", re.UNICODE)
NEIGHBOURS = 3
"""Words on each side of a place that speak for it."""
REACH = 60
"""Characters on each side in which these words are looked for."""
MOST_WORDS = 8
"""Words of a value that is looked for as text."""
FOUND = 0.5
"""The share of a field's values that must stand in their texts for it to be looked for."""
MOST_VALUES = 20
"""Different values of a field among which words and signs of a text choose; beyond, the nearest row's is taken."""
FEWEST = 3
"""Rows that hold a sign, from which on it tells something."""
SIGN = re.compile(r"[^\W_]+|[^\w\s]|_")


@dataclass(frozen=True)
class Place:
    """A span that may hold a value."""

    start: int
    end: int
    value: Any


@dataclass
class Field:
    """What training rows tell of one field."""

    kind: Kind
    iso: bool
    """Whether dates are written as 2025-07-09."""
    shapes: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    found: int = 0
    given: int = 0
    absent: int = 0

    @property
    def usable(self) -> bool:
        return self.given > 0 and self.found >= FOUND * self.given

    def best(self, text: str) -> Any:
        """The likeliest value in this text; None where it holds none, or none that is likelier than not and the field may be empty."""
        ranked = [(self._odds(text, place), -place.start, place.end, place.value) for place in self.places(text)]
        if not ranked:
            return None
        odds, _, _, value = max(ranked, key=lambda one: one[:3])
        return None if self.absent and odds < 0 else value

    def places(self, text: str) -> Iterator[Place]:
        """All spans of the field's kind, those of texts by the shapes that its values had."""
        if self.kind == "date":
            yield from (Place(one.start, one.end, _day(one) if self.iso else text[one.start : one.end].strip()) for one in dates.find(text))
        elif self.kind == "number":
            inside = [(one.start, one.end) for one in dates.find(text)]
            for one in numbers.find(text, numbers.style_of([text], "")):
                if not any(start < one.end and one.start < end for start, end in inside):
                    value = float(min(one.values, default=0))
                    yield Place(one.start, one.end, int(value) if value.is_integer() else value)
        else:
            tokens = list(TOKEN.finditer(text))
            for place, first in enumerate(tokens):
                for last in tokens[place : place + MOST_WORDS]:
                    if "\n" in text[first.start() : last.end()]:
                        break
                    if _shape(said := text[first.start() : last.end()]) in self.shapes:
                        yield Place(first.start(), last.end(), said)

    def learn(self, text: str, value: Any) -> None:
        """Counts the words around the places that hold this value, and around all others; None: no place does."""
        plain = self.kind == "text"
        held = [(place, str(value) == place.value if plain else same(value, place.value)) for place in self.places(text)]
        self.given += value is not None
        self.found += any(right for _, right in held)
        for place, right in held:
            (self.right if right else self.wrong).update(self._signs(text, place))

    def _odds(self, text: str, place: Place) -> float:
        seen = [sign for sign in self._signs(text, place) if self.right[sign] or self.wrong[sign]]
        totals = self.right.total() + len(self.right) + 1, self.wrong.total() + len(self.wrong) + 1
        return sum(math.log((self.right[s] + 1) / totals[0]) - math.log((self.wrong[s] + 1) / totals[1]) for s in seen)

    def _signs(self, text: str, place: Place) -> list[str]:
        line = text[text.rfind("\n", 0, place.start) + 1 : place.start]
        before = [match[0].casefold() for match in TOKEN.finditer(text[max(0, place.start - REACH) : place.start])][-NEIGHBOURS:]
        after = [match[0].casefold() for match in TOKEN.finditer(text[place.end : place.end + REACH])][:NEIGHBOURS]
        marks = [f"<{line.rstrip()[-1:]}", f">{text[place.end :].lstrip()[:1]}", f"first {not line.strip()}"]
        own = [f"shape {_shape(str(place.value))}", f"known {place.value in self.known}"] if self.kind == "text" else []
        return [*(f"<{word}" for word in before), *(f">{word}" for word in after), *marks, *own]


@dataclass
class Chosen:
    """A field of few values, told by the words and signs of the text."""

    rows: Counter[str] = field(default_factory=Counter)
    signs: dict[str, Counter[str]] = field(default_factory=dict)

    def best(self, text: str) -> Any:
        held = set(SIGN.findall(text.casefold()))
        odds = {value: math.log(count) + sum(self._log_share(value, sign) for sign in held) for value, count in self.rows.items()}
        return json.loads(max(odds, key=lambda value: odds[value]))

    def _log_share(self, value: str, sign: str) -> float:
        """Of the rows with this value, those whose text holds the sign; drawn towards the share among all rows. 0 for a rare sign."""
        seen = sum(counts[sign] for counts in self.signs.values())
        return math.log((self.signs[value][sign] + seen / self.rows.total()) / (self.rows[value] + 1)) if seen >= FEWEST else 0.0

    def learn(self, text: str, value: Any) -> None:
        written = json.dumps(value, ensure_ascii=False)
        self.rows[written] += 1
        self.signs.setdefault(written, Counter()).update(set(SIGN.findall(text.casefold())))


def learnt(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Field | Chosen]:
    """Texts and their records → what is known of each field, by its name; of lists, records inside and fields of many values nothing is."""
    rows = list(rows)
    made: dict[str, Field | Chosen] = {name: one for name, one in _looked_for(rows).items() if one.usable}
    for name in dict.fromkeys(name for _, record in rows for name in record if name not in made):
        values = [(text, record.get(name)) for text, record in rows]
        if len({json.dumps(value) for _, value in values}) <= MOST_VALUES:
            made[name] = chosen = Chosen()
            for text, value in values:
                chosen.learn(text, value)
    return made


def _looked_for(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Field]:
    names = dict.fromkeys(name for _, record in rows for name in record)
    fields: dict[str, Field] = {}
    for name in names:
        given = [(text, record[name]) for text, record in rows if leaves(record.get(name))]
        if not given or any(isinstance(value, dict | list | bool) for _, value in given):
            continue
        kind = _kind([value for _, value in given])
        one = Field(kind, iso=all(re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)) for _, value in given))
        one.shapes = {_shape(str(value)) for text, value in given if str(value) in text}
        one.known, one.absent = {str(value) for _, value in given}, len(rows) - len(given)
        for text, record in rows:
            value = record.get(name)
            one.learn(text, value if leaves(value) else None)
        fields[name] = one
    return fields


def record(fields: Mapping[str, Field | Chosen], text: str, nearest: Mapping[str, Any]) -> str:
    """The record of this text as JSON: what is found in it or told by it, else the nearest row's value."""
    names = dict.fromkeys((*nearest, *fields))
    return json.dumps({name: fields[name].best(text) if name in fields else nearest[name] for name in names}, ensure_ascii=False)


def _kind(values: Sequence[Any]) -> Kind:
    if all(isinstance(value, int | float) for value in values):
        return "number"
    dated = [str(value) for value in values if isinstance(value, str) and len(found := dates.find(value)) == 1 and _whole(value, found[0])]
    return "date" if len(dated) == len(values) else "text"


def _whole(value: str, found: dates.Dated) -> bool:
    return not re.sub(r"\W", "", value[: found.start] + value[found.end :])


def _day(found: dates.Dated) -> str:
    year, month, day = max(found.days)
    return f"{year:04d}-{month:02d}-{day:02d}"


@lru_cache(maxsize=100_000)
def _shape(text: str) -> str:
    """`R6407-7` → `A9-9`, `Fallowfield Dairy` → `Aa Aa`: letters and digits in runs, marks as they are."""
    cased = "".join("9" if c.isdigit() else ("A" if c.isupper() else "a") if c.isalpha() else c for c in text)
    return re.sub(r"(.)\1+", r"\1", " ".join(cased.split()))
