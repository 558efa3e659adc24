"""Times of day in their usual forms → minutes since midnight."""

from __future__ import annotations

import re
from dataclasses import dataclass

_H, _M = r"(?P<h>[01]?\d|2[0-4])", r"(?P<min>[0-5]\d)"
_HALF = (
    r"\s?(?:(?P<half>[ap])\.?m\b\.?|(?P<noonward>in the (?:afternoon|evening)|at night|nachmittags|am nachmittag|abends|am abend|"
    r"de l['’]après-midi|du soir|de la tarde|de la noche)|(?P<early>in the morning|morgens|am morgen|vormittags|du matin|de la mañana))"
)
_NOON = ("noon", "midday", "mittag", "midi", "mediodía", "mezzogiorno", "meio-dia", "południe", "полдень", "正午", "정오")
_LATE, _EARLY = "下午|晚上|傍晚|午後|夜|夕方|오후|저녁|밤", "上午|早上|凌晨|午前|朝|오전|아침|새벽"
_NIGHT = ("midnight", "mitternacht", "minuit", "medianoche", "mezzanotte", "meia-noite", "middernacht", "północ", "полночь")
_NAMED = "|".join((*_NOON, *_NIGHT))
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<word>half|quarter) (?P<way>past|to) {_H}(?!\d)(?:{_HALF})?",
        rf"(?<![\d:.,]){_H}:{_M}(?::[0-5]\d)?(?![\d:])(?:{_HALF}|\s?u[hu]r\b)?",
        rf"(?<![\d:.,]){_H}\.{_M}(?!\d)(?:{_HALF}|\s?u[hu]r\b)",
        rf"(?<![\d:.,]){_H}\s?h\s?{_M}(?!\d|\s?mi?n)",
        rf"(?<![\d:.,]){_H}\s?(?:uhr|uur|o['’]?clock|h|heures|horas)\b(?:\s{_M}\b)?{_HALF}",
        rf"(?<![\d:.,]){_H}(?:{_HALF}|\s?u[hu]r\b(?:\s{_M}\b)?|\s?o['’]?clock\b)",
        rf"\b(?:12 )?(?P<name>{_NAMED})\b",
    )
]
_UNSPACED_FORMS = [
    re.compile(form)
    for form in (
        rf"(?:(?P<noonward>{_LATE})|(?P<early>{_EARLY}))の?\s?{_H}:{_M}(?!\d)",
        rf"(?:(?P<noonward>{_LATE})|(?P<early>{_EARLY}))?の?\s?(?<![\d:.,]){_H}\s?"
        r"(?:[点點时時](?![間间])|시(?!간))\s?(?:(?P<min>\d{1,2})(?:[分분]|(?!\d))|(?P<zh>[半반]))?",
        r"(?P<name>正午|午夜|정오|자정)",
    )
]


_TOLD_ONCE = re.compile(
    rf"(?<![\d:.,])(?P<from>{_H.replace('?P<h>', '?:')}(?::[0-5]\d)?)(?P<gap>\s?(?:-|–|to|and|until|till|through)\s?)"
    rf"(?P<to>{_H.replace('?P<h>', '?:')}(?::[0-5]\d)?)\s?(?P<half>[ap])\.?m\b\.?",
    re.IGNORECASE,
)


_UHR_ONCE = re.compile(
    r"(?<![\d:.,])((?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?)(\s?(?:-|–|bis|und)\s?)(?=(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?\s?uhr\b)", re.IGNORECASE
)

_AT = re.compile(r"(?<!\w)(?:um|om|às|alle)\s+(?=\d{1,2}(?:[:.]\d\d(?!\d)|\s?u[hu]r\b))", re.IGNORECASE)
"""No word of its own: `um 19 Uhr` is 19:00."""
_UHR_TO = re.compile(r"(?<=uhr) bis (?=\d)", re.IGNORECASE)


def both_halves(text: str) -> str:
    """`between 5 and 6 pm` → `between 5 pm and 6 pm`, `11-1 pm` → `11 am-1 pm`, `9-17 Uhr` → `9 Uhr-17 Uhr`, `um 9 Uhr` → `9 Uhr`."""
    text = _AT.sub("", text)
    return _UHR_TO.sub("-", _UHR_ONCE.sub(r"\1 Uhr\2", _TOLD_ONCE.sub(_both_halves, text)))


def _both_halves(match: re.Match[str]) -> str:
    first, last = (int(match[name].split(":")[0]) for name in ("from", "to"))
    half = match["half"].lower()
    if first > 12 or last > 12:
        return match[0]
    if first % 12 > last % 12:
        other = "a" if half == "p" else "p"
        return f"{match['from']} {other}m{match['gap']}{match['to']} {half}m"
    return f"{match['from']} {half}m{match['gap']}{match['to']} {half}m"


@dataclass(frozen=True)
class Time:
    """A time of day as it is written."""

    start: int
    end: int
    minutes: int
    half: bool
    """Whether morning or afternoon is said, so that it can be no other time."""

    def equals(self, other: Time) -> bool:
        """The same time; `3:00` may be called `3:00 pm`, and `15:00` may not be called `3:00`."""
        if self.minutes == other.minutes:
            return True
        return (
            self.half != other.half
            and self.minutes % 720 == other.minutes % 720
            and not {self.minutes, other.minutes} & _exact(self, other)
        )


def _exact(*times: Time) -> set[int]:
    """Afternoons by the clock of 24 hours, which need no `pm`, and its midnight, which is no noon."""
    return {time.minutes for time in times if not time.half and (time.minutes >= 780 or time.minutes < 60)}


def find(text: str) -> list[Time]:
    """All times of day, none inside another, in order."""
    found: list[Time] = []
    for form in _FORMS if text.isascii() else (*_UNSPACED_FORMS, *_FORMS):
        for match in form.finditer(text):
            if not any(match.start() < one.end and one.start < match.end() for one in found):
                found.append(_time(match))
    return sorted(found, key=lambda one: one.start)


def _time(match: re.Match[str]) -> Time:
    parts = match.groupdict()
    if name := parts.get("name"):
        return Time(match.start(), match.end(), 720 if name.lower() in _NOON else 0, True)
    half = (parts.get("half") or ("p" if parts.get("noonward") else "a" if parts.get("early") else "")).lower()
    hour, minute = int(parts["h"]), int(parts.get("min") or (30 if parts.get("zh") else 0))
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if word := parts.get("word"):
        minute = 30 if word.lower() == "half" else 15
        if (parts.get("way") or "").lower() == "to":
            hour, minute = (hour - 1) or 12, 60 - minute
    return Time(match.start(), match.end(), (60 * hour + minute) % 1440, bool(half))
