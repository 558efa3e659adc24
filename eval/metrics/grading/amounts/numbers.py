"""Numbers in a text → values with their unit, whatever separators, signs, currencies and scales they are written with.

A number with two readings (`1.250`) keeps both until a style settles it. Versions, codes, decades and times of day are no numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from eval.metrics.grading.amounts.bounds import Bound, bound, fits
from eval.metrics.grading.amounts.units import MONEY, UNITS, adds_up, scale

Style = Literal["point", "comma"]
"""Which sign begins the decimals."""
COMMA_LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "pl", "ru", "tr", "sv", "da", "nb", "cs")
_SCALES = {
    "hundred": 2, "thousand": 3, "million": 6, "millions": 6, "mio": 6, "billion": 9, "billions": 9, "trillion": 12,
    "tausend": 3, "tsd": 3,
    "millionen": 6, "milliarde": 9, "milliarden": 9, "mrd": 9, "mille": 3, "milliard": 9, "milliards": 9, "mil": 3, "millón": 6,
    **dict.fromkeys(("duizend", "mila", "tysięcy", "tysiące", "tys", "тысяч", "тысячи", "тыс"), 3),
    **dict.fromkeys(("milione", "milioni", "milhão", "milhões", "miljoen", "mln", "milion", "miliony", "milionów", "миллион", "миллиона",
                     "миллионов", "млн"), 6),
    **dict.fromkeys(("miliardo", "miliardi", "miljard", "mld", "миллиарда", "миллиардов", "млрд"), 9),
    "millones": 6, "万": 4, "亿": 8, "k": 3, "m": 6, "mn": 6, "bn": 9,
}  # fmt: skip
_WORDS = "|".join(sorted((re.escape(word) for word in UNITS), key=len, reverse=True))
_BEFORE = r"(?:(?P<before>us\$|r\$|[€$£¥₹₩₽]|\b(?:eur|usd|gbp|chf|cny|jpy|brl|pln)|人民[币幣])\s?)?"
_BODY = r"(?:\d+\s)?\d+/\d+(?![\d/])|\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*"
_SCALE = "|".join(sorted((one for one in _SCALES if len(one) > 2 or not one.isascii()), key=len, reverse=True))
_SCALED = re.compile(rf"(?<=\d)\s?(?:(?P<word>{_SCALE})(?![a-zà-ÿ])\.?)", re.IGNORECASE)
_ORDINAL = r"(?:st|nd|rd|th|ème|eme|er|ère|º|ª|°(?=\s?[a-z]{3}))"
LONGEST = 40
"""Signs of a number; a longer run of digits is a code."""
SPACELESS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Signs of scripts that put no space before a number."""
NUMBER = re.compile(
    rf"(?<![.,/])(?<![^\W{SPACELESS}])(?P<sign>(?:[-−–](?=[\d€$£¥₹rR₩₽])|(?:minus|negative|moins|menos|零下|负)\s*(?=[\d€$£¥₹rR₩₽])))?{_BEFORE}(?P<body>{_BODY})"
    rf"(?:{_ORDINAL}(?!\w)|\s?×(?P<power>\d{{1,2}})(?!\d)|(?P<short>k|m|bn|mn)\b)?(?:(?:\s{{1,2}}|-)?(?P<unit>{_WORDS})(?![a-zà-ÿ]))?",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?:version|release|ver\.|v\.)\s*\d+(?:\.\d+)+|[a-z]{1,40}[-.]?\d[\w.]*|\d{1,40}[a-z][a-z0-9_]*|\d{1,40}(?:\.\d+){2,}|"
    r"(?<![\w.,])(?<!\d[\s'’])0\d{2,}(?![\d.,]*[.,]\d)|[a-z]\+\+|c#",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\d+(?P<unit>[^\W\d_]+)")
_RANGE = re.compile(r"\s*(?:-|–|—|to|until|till|through|bis|jusqu['’]?à|hasta|à|a|und|and|et|y|至|到|~)\s*", re.IGNORECASE)
_UNTIL = re.compile(r"\s*(?:until|till|through|bis|jusqu['’]?à|hasta)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,|and|und|et|y)?\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:between|zwischen|entre|from|von|de|desde|从|在)\s*\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Quantity:
    """One number, or a range of two, with its unit."""

    start: int
    end: int
    """Of all of it, words such as `at least` among them."""
    values: frozenset[Fraction]
    """All readings; one where there is no doubt."""
    written: str
    """The digits as they stand there."""
    unit: str = ""
    upper: frozenset[Fraction] = frozenset()
    """Of a range its end; empty: no range."""
    bound: Bound = ""

    def equals(self, other: Quantity) -> bool:
        """Whether `other`, of an answer, is this number or range: no two units that differ, no other bound."""
        if bool(self.upper) != bool(other.upper) or not fits(self.bound, other.bound):
            return False
        ours, theirs = self._scaled(other), other._scaled(self)
        if ours is None or theirs is None:
            return False
        return bool(ours[0] & theirs[0]) and (not self.upper or bool(ours[1] & theirs[1]))

    def _scaled(self, other: Quantity) -> tuple[frozenset[Fraction], frozenset[Fraction]] | None:
        """Values and ends in the unit that both can be measured in; None: there is none."""
        if not (self.unit and other.unit) or self.unit == other.unit:
            share = {value / 100 for value in self.values} if self.unit == "%" and not other.unit else set()
            return self.values | share, self.upper
        if "cent" in (self.unit, other.unit):
            return self._in_cents(other.unit)
        (kind, factor, more), (other_kind, _, _) = scale(self.unit), scale(other.unit)
        if "°" in (self.unit, other.unit) and {kind, other_kind} <= {"°", "temperature"}:
            return self.values, self.upper
        if kind != other_kind:
            return None
        return frozenset(factor * value + more for value in self.values), frozenset(factor * value + more for value in self.upper)

    def _in_cents(self, other: str) -> tuple[frozenset[Fraction], frozenset[Fraction]] | None:
        """Beside another unit, of which one of both is the cent: a hundredth of any money."""
        times = 1 if self.unit == "cent" and other in MONEY else 100 if self.unit in MONEY else None
        return None if times is None else (frozenset(times * one for one in self.values), frozenset(times * one for one in self.upper))


def marked(text: str) -> str:
    """`1.5 million` → `1.5 ×6`, so that nothing reads the scale as a number of its own."""
    return _SCALED.sub(lambda match: f" ×{_SCALES[match['word'].lower()]} ", text)


def find(text: str, style: Style | None = None) -> list[Quantity]:
    """All quantities in order; `style` settles numbers with two readings."""
    taken = [match.span() for match in _CODE.finditer(text) if not _counted(match[0]) and not _unit_of_a_range(text, match)]
    found = []
    for match in NUMBER.finditer(text):
        inside = any(match.start("body") < end and start < match.end("body") for start, end in taken)
        if inside or len(match["body"]) > LONGEST:
            continue
        found.append(_quantity(match, style))
    return [_bounded(text, one) for one in _ranges(text, _summed(text, found))]


def style_of(texts: Iterable[str], language: str) -> Style | None:
    """How these texts write decimals, where one of their numbers can be read in one way alone; else as the language does, if known."""
    for text in texts:
        for match in NUMBER.finditer(text):
            if told := _told_style(match["body"]):
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


def _readings(body: str, style: Style | None) -> frozenset[Fraction]:
    if "/" in body:
        over, under = body.rsplit("/", 1)
        *whole, part = over.split()
        return frozenset({sum(map(int, whole)) + Fraction(int(part), int(under))} if int(under) else set())
    plain = re.sub(r"[ \u00a0\u202f'’]", "", body)
    told = _told_style(plain)
    styles: tuple[Style, ...] = (told,) if told else (style,) if style else _guessed(plain)
    out = set()
    for one in styles:
        mark, group = (".", ",") if one == "point" else (",", ".")
        out.add(Fraction(plain.replace(group, "").replace(mark, ".")))
    return frozenset(out)


def _guessed(body: str) -> tuple[Style, ...]:
    """Of a number with two readings where nothing settles it: 10,000 and 1.000 are thousands; 1.250 may be either."""
    if "," in body:
        return ("point",)
    return ("comma",) if body.endswith(".000") else ("point", "comma")


def _quantity(match: re.Match[str], style: Style | None) -> Quantity:
    sign, short = -1 if match["sign"] else 1, (match["short"] or "").lower()
    unit = UNITS.get((match["unit"] or match["before"] or "").lower(), "")
    if match["before"] and unit not in MONEY:
        unit = UNITS[match["before"].lower()]
    if match["short"] == "m" and unit not in MONEY:  # 5m are metres; €5m and 5M are millions
        short, unit = "", unit or "m"
    power = 10 ** (int(match["power"]) if match["power"] else _SCALES.get(short, 0))
    values = frozenset(sign * power * value for value in _readings(match["body"], style))
    return Quantity(match.start(), match.end(), values, match["body"], unit)


def _counted(word: str) -> bool:
    """`42days`, `5km`, `15k`, `3rd`, `EUR45`: a number with its unit written together, `1.000.000`: grouped; `1990s` is a decade."""
    if re.fullmatch(r"(?:eur|usd|gbp|chf|cny|jpy)\d[\d.]*", word, re.IGNORECASE):
        return True
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", word):
        return True
    found = _JOINED.fullmatch(word)
    if found is None or re.fullmatch(r"\d{3,}0s|\d*\d0er", word, re.IGNORECASE):
        return False
    return found["unit"].lower() in UNITS or found["unit"].lower() in ("k", "m", "bn", "mn", "st", "nd", "rd", "th", "er", "ème", "ère")


def _unit_of_a_range(text: str, code: re.Match[str]) -> bool:
    """Whether `h-12` is the end of one number and the beginning of the next: `8 h-12 h`."""
    letters = re.match(r"([a-z]+)-\d", code[0], re.IGNORECASE)
    return bool(letters and letters[1].lower() in UNITS and re.search(r"\d\s\Z", text[: code.start()]))


def _summed(text: str, found: list[Quantity]) -> list[Quantity]:
    """`1 h 30 min` and `3 years and 6 months` as one quantity, in the smaller unit."""
    out: list[Quantity] = []
    for one in found:
        before = out[-1] if out else None
        times = adds_up(before.unit, one.unit) if before and _AND.fullmatch(text[before.end : one.start]) else None
        if before and times and len(before.values) == len(one.values) == 1 and min(one.values) < times:
            whole = frozenset({times * min(before.values) + min(one.values)})
            out[-1] = Quantity(before.start, one.end, whole, before.written, one.unit)
        else:
            out.append(one)
    return out


def _bounded(text: str, one: Quantity) -> Quantity:
    start, end, how = bound(text, one.start, one.end)
    return Quantity(start, end, one.values, one.written, one.unit, one.upper, how) if how else one


def _ranges(text: str, found: list[Quantity]) -> list[Quantity]:
    """Two numbers with `-` or `to` between them, or `between … and …`, as one range."""
    out: list[Quantity] = []
    for one in found:
        before = out[-1] if out else None
        if before and not before.upper and _joins(text, before, one, text[before.end : one.start]):
            opened = _opened(text, before.start)
            start = before.start if opened is None else opened
            out[-1] = Quantity(start, one.end, before.values, before.written, one.unit or before.unit, _unsigned(text, one))
        else:
            out.append(one)
    return out


def _joins(text: str, first: Quantity, second: Quantity, gap: str) -> bool:
    if gap == "" and text[second.start : second.start + 1] in "-−–":  # 5-7: what looks like a sign joins
        return True
    if not gap or not _RANGE.fullmatch(gap) or (first.unit and second.unit and first.unit != second.unit):
        return False
    if first.unit and not second.unit and _UNTIL.fullmatch(gap):  # 30 days until 2023
        return False
    if _IN_YEAR.search(text[max(0, first.start - 4) : first.start]) and _year(first) and not _year(second):
        return False
    opened = _opened(text, first.start) is not None
    return opened if gap.strip().lower() in ("and", "und", "et", "y", "a", "à") else True


_IN_YEAR = re.compile(r"(?<!\w)(?:in|im|en)\s\Z", re.IGNORECASE)


def _year(one: Quantity) -> bool:
    """`from 48,000 in 2020 to 41,500` is no range from 2020 on."""
    return not one.unit and all(1500 <= value <= 2100 for value in one.values)


def _opened(text: str, start: int) -> int | None:
    """Where a `between` stands right before a number."""
    low = max(0, start - 12)
    found = _BETWEEN.search(text[low:start])
    return low + found.start() if found else None


def _unsigned(text: str, one: Quantity) -> frozenset[Fraction]:
    joined = text[one.start : one.start + 1] in "-−–"
    return frozenset(abs(value) for value in one.values) if joined else one.values
