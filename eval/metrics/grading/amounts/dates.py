"""Dates in their usual forms → the days they may name. Knows month names in English, German, French and Spanish, and 年月日."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

_MONTHS = (
    "january jan januar jänner janvier janv enero ene", "february feb februar février févr fevrier febrero",
    "march mar märz mrz maerz mars marzo", "april apr avril avr abril abr", "may mai mayo", "june jun juni juin junio",
    "july jul juli juillet juil julio", "august aug août aout agosto ago", "september sep sept septembre septiembre",
    "october oct oktober okt octobre octubre", "november nov novembre noviembre", "december dec dezember dez décembre decembre "
        "diciembre dic",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY, _YEAR = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|\.)?", r"(?P<y>\d{4})"
_OF = r"[\s,.]*(?:of|de|del|den|the)?[\s,.]*"
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<![\d.])(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?![\d.]*\d)(?:t\d{2}:\d{2}(?::\d{2})?z?)?",
        r"(?<![\d.])(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})(?!\d)",
        r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]",
        rf"(?<!\w){_DAY}{_OF}(?P<name>{_NAME})\b\.?{_OF}{_YEAR}(?!\d)",
        rf"(?<!\w)(?P<name>{_NAME})\b\.?\s*(?:the\s+)?{_DAY}{_OF}{_YEAR}(?!\d)",
        rf"(?<!\w){_DAY}{_OF}(?P<name>{_NAME})\b\.?",
        rf"(?<!\w)(?P<name>{_NAME})\b\.?\s*(?:the\s+)?{_DAY}(?![\d:])",
        rf"(?<!\w)(?P<name>{_NAME})\b\.?{_OF}{_YEAR}(?!\d)",
        r"(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]",
        r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月",
        r"(?<![\d./-])(?P<y>1\d{3}|20\d{2})-(?P<m>0[1-9]|1[0-2])(?![\d/-])",
        r"(?<![\d./-])(?P<m>0[1-9]|1[0-2])/(?P<y>1\d{3}|20\d{2})(?![\d/-])",
        r"\b(?:am|vom|bis|zum|den|dem|ab|seit)\s(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?!\d)",
    )
]
"""The fuller forms first."""


@dataclass(frozen=True)
class Dated:
    """A date as it is written, and the days it may name: (year, month, day), 0 for a part that is left open."""

    start: int
    end: int
    days: frozenset[tuple[int, int, int]]


def find(text: str) -> list[Dated]:
    """All dates, none inside another, in order."""
    found: list[Dated] = []
    for form in _FORMS:
        for match in form.finditer(text):
            days = frozenset(_days(match.groupdict()))
            if days and not any(match.start() < one.end and one.start < match.end() for one in found):
                found.append(Dated(match.start(), match.end(), days))
    return sorted(found, key=lambda one: one.start)


def same(one: frozenset[tuple[int, int, int]], other: frozenset[tuple[int, int, int]]) -> bool:
    """Whether both may name the same day; what the first (the reference) leaves open, the second may say."""
    return any(all(a in (0, b) for a, b in zip(a_day, b_day, strict=True)) for a_day, b_day in product(one, other))


def _days(parts: dict[str, str | None]) -> Iterator[tuple[int, int, int]]:
    year = int(parts.get("y") or 0)
    year += 2000 if parts.get("y") and len(str(parts["y"])) == 2 else 0
    if parts.get("a"):
        first, second = int(str(parts["a"])), int(str(parts["b"]))
        # 01.02.2024 is the first of February; 01/02/2024 may be either.
        orders = [(first, second)] if parts["sep"] == "." else [(first, second), (second, first)]
    elif parts.get("name"):
        orders = [(int(parts.get("d") or 0), MONTHS[str(parts["name"]).lower()])]
    else:
        orders = [(int(parts.get("d") or 0), int(parts.get("m") or 0))]
    for day, month in orders:
        if _exists(year or 2024, month, day or 1):
            yield year, month, day


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
