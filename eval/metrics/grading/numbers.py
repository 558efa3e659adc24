"""Numbers in a text → values with their unit, whatever separators, signs, currencies and scales they are written with.

A number with two readings (`1.250`) keeps both until a style settles it. Versions, codes and times of day are no numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Style = Literal["point", "comma"]
"""Which sign begins the decimals."""
COMMA_LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "pl", "ru", "tr", "sv", "da", "nb", "cs")
_SCALES = {
    "hundred": 2, "thousand": 3, "million": 6, "millions": 6, "mio": 6, "billion": 9, "billions": 9, "trillion": 12, "tausend": 3, "tsd": 3,
    "millionen": 6, "milliarde": 9, "milliarden": 9, "mrd": 9, "mille": 3, "milliard": 9, "milliards": 9, "mil": 3, "millón": 6,
    "millones": 6, "万": 4, "亿": 8, "k": 3, "m": 6, "mn": 6, "bn": 9,
}  # fmt: skip
_UNITS = {
    "%": "% percent pct prozent pourcent porcent ％ per\u00a0cent pour\u00a0cent por\u00a0ciento", "‰": "‰ promille permille",
    "eur": "€ eur euro euros", "usd": "$ usd dollar dollars dólares dólar us$", "gbp": "£ gbp pound pounds", "jpy": "¥ jpy yen",
    "cny": "元 cny rmb yuan 人民币", "chf": "chf franken", "inr": "₹ inr rupees rupee",
    "day": "day days tag tage tagen tages jour jours día días dia dias 天", "week": "week weeks woche wochen semaine semaines semana "
        "semanas 周 星期",
    "month": "month months monat monate monaten mois mes meses 个月", "year": "year years yr yrs jahr jahre jahren an ans année "
        "années año años 年",
    "hour": "hour hours hr hrs h stunde stunden heure heures hora horas 小时", "minute": "minute minutes min mins minuten minuto "
        "minutos 分钟",
    "second": "second seconds sec secs s sekunde sekunden seconde secondes segundo segundos 秒",
    "km": "km kilometre kilometres kilometer kilometers kilómetros 公里", "m": "metre metres meter meters metros 米",
    "cm": "cm", "mm": "mm",
    "kg": "kg kilogram kilograms kilo kilos kilogramm 公斤", "g": "gram grams gramm", "°": "° degree degrees grad °c °f",
    "gb": "gb", "mb": "mb", "kb": "kb", "l": "litre litres liter liters",
}  # fmt: skip
UNITS = {word.replace("\u00a0", " "): unit for unit, words in _UNITS.items() for word in words.split(" ")}
_MONEY = ("eur", "usd", "gbp", "jpy", "cny", "chf", "inr")
_WORDS = "|".join(sorted((re.escape(word) for word in UNITS), key=len, reverse=True))
_BEFORE = r"(?:(?P<before>us\$|[€$£¥₹]|\b(?:eur|usd|gbp|chf|cny|jpy))\s?)?"
_BODY = r"\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*"
_SCALE = "|".join(sorted((one for one in _SCALES if len(one) > 2 or not one.isascii()), key=len, reverse=True))
_SCALED = re.compile(rf"(?<=\d)\s?(?:(?P<word>{_SCALE})(?![a-zà-ÿ])\.?)", re.IGNORECASE)
NUMBER = re.compile(
    rf"(?<![\w.,])(?P<sign>(?:[-−–](?=[\d€$£¥₹])|(?:minus|negative|moins|menos)\s+))?{_BEFORE}(?P<body>{_BODY})"
    rf"(?:\s?×(?P<power>\d+)|(?P<short>k|m|bn|mn)\b)?(?:[\s-]?(?P<unit>{_WORDS})(?![a-zà-ÿ]))?",
    re.IGNORECASE,
)
_CODE = re.compile(r"[a-z]+[-.]?\d[\w.]*|\d+[a-z][\w]*|\d+(?:\.\d+){2,}|[a-z]\+\+|c#", re.IGNORECASE)
_TIME = re.compile(r"(?<!\d)(?P<h>[01]?\d|2[0-3]):(?P<min>[0-5]\d)(?!\d)(?:\s?(?P<half>[ap])\.?m\b)?", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:-|–|—|to|bis|à|a|und|and|et|y|至|到|~)\s*$", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:between|zwischen|entre|from|von|de|desde)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Quantity:
    """One number, or a range of two, with its unit."""

    start: int
    end: int
    values: frozenset[Decimal]
    """All readings; one where there is no doubt."""
    unit: str = ""
    upper: frozenset[Decimal] = frozenset()
    """Of a range its end; empty: no range."""

    def equals(self, other: Quantity) -> bool:
        """The same number or range, and no two units that differ."""
        if bool(self.upper) != bool(other.upper) or (self.unit and other.unit and self.unit != other.unit):
            return False
        return bool(self.values & other.values) and (not self.upper or bool(self.upper & other.upper))


def marked(text: str) -> str:
    """`1.5 million` → `1.5 ×6`, so that nothing reads the scale as a number of its own."""
    return _SCALED.sub(lambda match: f" ×{_SCALES[match['word'].lower()]} ", text)


def find(text: str, style: Style | None = None) -> list[Quantity]:
    """All quantities in order; `style` settles numbers with two readings. Times of day are left out (see `times`)."""
    taken = [match.span() for match in _TIME.finditer(text)]
    taken += [match.span() for match in _CODE.finditer(text) if not _counted(match[0])]
    found = []
    for match in NUMBER.finditer(text):
        if any(match.start("body") < end and start < match.end("body") for start, end in taken):
            continue
        found.append(_quantity(match, style))
    return _ranges(text, found)


def times(text: str) -> list[tuple[int, int, int]]:
    """(start, end, minutes since midnight) of every time of day."""
    out = []
    for match in _TIME.finditer(text):
        hour, half = int(match["h"]), (match["half"] or "").lower()
        hour = hour % 12 + 12 if half == "p" else 0 if half == "a" and hour == 12 else hour
        out.append((match.start(), match.end(), 60 * hour + int(match["min"])))
    return out


def style_of(texts: Iterable[str], language: str) -> Style | None:
    """How these texts write decimals, where one of their numbers can be read in one way alone; else as the language does, if it is "
    "known."""
    for text in texts:
        for match in NUMBER.finditer(text):
            body = match["body"]
            if told := _told_style(body):
                return told
    return None if not language else "comma" if language in COMMA_LANGUAGES else "point"


def _told_style(body: str) -> Style | None:
    signs = [sign for sign in body if sign in ".,"]
    if not signs:
        return None
    if len(set(signs)) == 2:
        return "point" if signs[-1] == "." else "comma"
    if len(signs) > 1:  # grouped by it, so decimals begin with the other one
        return "comma" if signs[0] == "." else "point"
    ambiguous = len(body.rpartition(signs[0])[2]) == 3 and len(body.partition(signs[0])[0]) <= 3 and body[0] != "0"
    return None if ambiguous else ("point" if signs[0] == "." else "comma")


def _readings(body: str, style: Style | None) -> frozenset[Decimal]:
    plain = re.sub(r"[ \u00a0\u202f'’]", "", body)
    told = _told_style(plain)
    styles: tuple[Style, ...] = (told,) if told else (style,) if style else ("point", "comma")
    out = set()
    for one in styles:
        mark, group = (".", ",") if one == "point" else (",", ".")
        out.add(Decimal(plain.replace(group, "").replace(mark, ".")))
    return frozenset(out)


def _quantity(match: re.Match[str], style: Style | None) -> Quantity:
    sign, short = -1 if match["sign"] else 1, (match["short"] or "").lower()
    unit = UNITS.get((match["unit"] or match["before"] or "").lower(), "")
    if match["before"] and unit not in _MONEY:
        unit = UNITS[match["before"].lower()]
    if short == "m" and unit not in _MONEY:  # 5m are metres, €5m are millions
        short, unit = "", unit or "m"
    scale = Decimal(10) ** (int(match["power"]) if match["power"] else _SCALES.get(short, 0))
    return Quantity(match.start(), match.end(), frozenset(sign * scale * value for value in _readings(match["body"], style)), unit)


def _counted(word: str) -> bool:
    """`42days`, `5km`, `15k`: a number with its unit written together."""
    found = re.fullmatch(r"\d+(?P<unit>[a-z]+)", word, re.IGNORECASE)
    return bool(found) and (found["unit"].lower() in UNITS or found["unit"].lower() in ("k", "m", "bn", "mn"))  # type: ignore[index]


def _ranges(text: str, found: list[Quantity]) -> list[Quantity]:
    """Two numbers with `-` or `to` between them, or `between … and …`, as one range."""
    out: list[Quantity] = []
    for one in found:
        before = out[-1] if out else None
        gap = text[before.end : one.start] if before else ""
        if before and not before.upper and _joins(text, before, one, gap):
            opened = _BETWEEN.search(text[: before.start])
            out[-1] = Quantity(
                opened.start() if opened else before.start, one.end, before.values, one.unit or before.unit, _unsigned(text, one)
            )
        else:
            out.append(one)
    return out


def _joins(text: str, first: Quantity, second: Quantity, gap: str) -> bool:
    if gap == "" and text[second.start : second.start + 1] in "-−–":  # 5-7: what looks like a sign joins
        return True
    if not gap or not _RANGE.fullmatch(gap) or (first.unit and second.unit and first.unit != second.unit):
        return False
    opened = bool(_BETWEEN.search(text[: first.start]))
    return opened if gap.strip().lower() in ("and", "und", "et", "y", "a", "à") else True


def _unsigned(text: str, one: Quantity) -> frozenset[Decimal]:
    joined = text[one.start : one.start + 1] in "-−–"
    return frozenset(abs(value) for value in one.values) if joined else one.values
