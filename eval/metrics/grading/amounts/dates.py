"""Dates in their usual forms → the days they may name. Knows month names in thirteen languages, and 年月日."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

_MONTHS = (
    "january jan januar jänner janvier janv enero ene gennaio janeiro januari stycznia styczeń января январь يناير जनवरी",
    "february feb februar février févr fevrier febrero febbraio fevereiro fev februari lutego luty февраля февраль فبراير फरवरी फ़रवरी",
    "march mar märz mrz maerz mars marzo março marco maart mrt marca marzec марта март مارس मार्च",
    "april apr avril avr abril abr aprile kwietnia kwiecień апреля апрель أبريل ابريل अप्रैल",
    "may mai mayo maggio maio mei maj maja мая май مايو मई",
    "june jun juni juin junio giugno junho czerwca czerwiec июня июнь يونيو जून",
    "july jul juli juillet juil julio luglio julho lipca lipiec июля июль يوليو जुलाई",
    "august aug août aout agosto ago augustus augusti sierpnia sierpień августа август أغسطس اغسطس अगस्त",
    "september sep sept septembre septiembre settembre setembro września wrzesień сентября сентябрь سبتمبر सितंबर सितम्बर",
    "october oct oktober okt octobre octubre ottobre outubro października październik октября октябрь أكتوبر اكتوبر अक्टूबर अक्तूबर",
    "november nov novembre noviembre novembro listopada listopad ноября ноябрь نوفمبر नवंबर नवम्बर",
    "december dec dezember dez décembre decembre diciembre dic dicembre dezembro grudnia grudzień декабря декабрь ديسمبر दिसंबर दिसम्बर",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY, _YEAR = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|o(?=\sde\b)|°|\.)?", r"(?P<y>\d{4})"
_OF = r"[\s,.]*(?:of|de|del|den|the)?[\s,.]*"
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<![\d.])(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?![\d.]*\d)(?:t\d{2}:\d{2}(?::\d{2})?z?)?",
        r"(?<![\d.])(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})(?!\d)",
        r"(?P<y>\d{4})\s*[年년]\s*(?P<m>\d{1,2})\s*[月월]\s*(?P<d>\d{1,2})\s*[日号號일]",
        rf"(?<!\w){_DAY}{_OF}(?P<name>{_NAME})(?!\w)\.?{_OF}{_YEAR}(?!\d)",
        rf"(?<!\w)(?P<name>{_NAME})(?!\w)\.?\s*(?:the\s+)?{_DAY}{_OF}{_YEAR}(?!\d)",
        rf"(?<!\w){_DAY}{_OF}(?P<name>{_NAME})(?!\w)\.?",
        rf"(?<!\w)(?P<name>{_NAME})(?!\w)\.?\s*(?:the\s+)?{_DAY}(?![\d:])",
        rf"(?<!\w)(?P<name>{_NAME})(?!\w)\.?{_OF}{_YEAR}(?!\d)",
        r"(?P<m>\d{1,2})\s*[月월]\s*(?P<d>\d{1,2})\s*[日号號일]",
        r"(?P<y>\d{4})\s*[年년]\s*(?P<m>\d{1,2})\s*[月월]",
        r"(?<![\d./-])(?P<y>1\d{3}|20\d{2})-(?P<m>0[1-9]|1[0-2])(?![\d/-])",
        r"(?<![\d./-])(?P<m>0[1-9]|1[0-2])/(?P<y>1\d{3}|20\d{2})(?![\d/-])",
        r"\b(?:am|vom|bis|zum|den|dem|ab|seit)\s(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?!\d)",
    )
]
"""The fuller forms first."""
_WEEKDAY_NAMES = """
monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo lunedì martedì mercoledì giovedì
venerdì sabato domenica segunda-feira terça-feira quarta-feira quinta-feira sexta-feira maandag dinsdag woensdag donderdag vrijdag zaterdag
zondag poniedziałek wtorek środa czwartek piątek sobota niedziela понедельник вторник среда четверг пятница суббота воскресенье"""
WEEKDAYS = _WEEKDAY_NAMES.split()
_ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GERMAN_DAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_NUMBER = {name: number for names in (_ENGLISH_DAYS, _GERMAN_DAYS) for number, name in enumerate(names)}
_ANY_DAY = re.compile(rf"(?<!\w)(?:{'|'.join(_NUMBER)})(?=s?(?!\w))", re.IGNORECASE)


def weekdays(text: str) -> set[int]:
    """Those that an English or German text names, Monday as 0."""
    return {_NUMBER[found[0].lower()] for found in _ANY_DAY.finditer(text)}


_WEEKDAY = re.compile(
    rf"(?<!\w)(?:(?:on|am|le|el|il|op|w|в)\s)?(?:{'|'.join(WEEKDAYS)})\.?,?\s(?:(?:the|den|dem|le|el|il|de|dia)\s)?\Z", re.IGNORECASE
)
_ARTICLE = re.compile(r"(?<!\w)il\s\Z", re.IGNORECASE)
_WEEKDAY_BEHIND = re.compile(r"\s?[（(](?:[月火水木金土日](?:曜日?)?|(?:周|星期|週)[一二三四五六日天]|[월화수목금토일])[)）]")
LONGEST = 24
"""Signs before a date among which its weekday is looked for."""


@dataclass(frozen=True)
class Dated:
    """A date as it is written, and the days it may name: (year, month, day), 0 for a part that is left open."""

    start: int
    end: int
    days: frozenset[tuple[int, int, int]]


def find(text: str) -> list[Dated]:
    """All dates, none inside another, in order."""
    found: list[Dated] = []
    low = text.lower()
    named = any(name in low for name in MONTHS)
    for form in _FORMS:
        if not named and "name" in form.groupindex:
            continue
        for match in form.finditer(text):
            days = frozenset(_days(match.groupdict())) if not _is_verb(text, match) else frozenset()
            if days and not any(match.start() < one.end and one.start < match.end() for one in found):
                found.append(_with_weekday(text, Dated(match.start(), match.end(), days)))
    return sorted(found, key=lambda one: one.start)


_VERB_BEHIND = re.compile(r"\s(?!(?:to|until|till|and|or|at|in|by|for|the|of|is|was)\b)[a-z]{3,}")


def _is_verb(text: str, match: re.Match[str]) -> bool:
    """`12 may join`, where `may` in small letters has a verb behind it."""
    return match.groupdict().get("name") == "may" and not match.groupdict().get("y") and bool(_VERB_BEHIND.match(text, match.end()))


def _with_weekday(text: str, dated: Dated) -> Dated:
    """The weekday of a day is a part of its date: `Friday, 3 May 2024`, `2024年5月3日（金）`."""
    if any(0 in day for day in dated.days):
        return dated
    low = max(0, dated.start - LONGEST)
    before, behind = text[low : dated.start], _WEEKDAY_BEHIND.match(text, dated.end)
    ahead = _WEEKDAY.search(before) or _ARTICLE.search(before)
    return Dated(low + ahead.start() if ahead else dated.start, behind.end() if behind else dated.end, dated.days)


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
