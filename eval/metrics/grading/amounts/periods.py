"""Fortnights, weekdays, years, decades and centuries in their usual forms, brought to one. Changes nothing else."""

from __future__ import annotations

import re

_TENS = {
    name: 10 * tens
    for tens, name in enumerate(["twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"], 2)
}
_DECADE = re.compile(rf"(?<!\w)(?:the|nineteen)[ -]((?:early|mid|late)[ -])?({'|'.join(_TENS)})(?!\w)", re.IGNORECASE)
_SHORT_DECADE = re.compile(
    r"(?:(?<!\w)(?P<when>(?:the|her|his|their|early|late|mid)[ -])['’]?|(?<![\w.,$€£])['’]|(?<![\w.,$€£])(?=[2-9]0er))([2-9]0)"
    r"(?:['’]?s|er(?=\s(?:jahre|\Z)))(?!\w)",
    re.IGNORECASE,
)
"""`the 90s`, `'90s`; `30s` alone are seconds."""
_GERMAN_DECADE = re.compile(r"(?<!\w)(\d{3}0)er(?:[ -]jahren?)?(?!\w)", re.IGNORECASE)
_CENTURY = re.compile(r"(?<!\w)(?:the )?(1[0-8])00['’]?s(?!\w)", re.IGNORECASE)
_SHORT_YEAR = re.compile(r"(?<![\w.,])['’](\d\d)(?![\w'’])")
_THIS_CENTURY = 30
"""`'29` is 2029, `'30` is 1930: closer to what people mean than any other rule of thumb."""


_FORTNIGHT = re.compile(r"(?<!\w)(?:(?:a|one) )?fortnight(?!\w)", re.IGNORECASE)
_WEEKDAYS = re.compile(
    r"(?<!\w)(?:(?:(?:on|every|each|all) )?weekdays|(?:every|each) weekday|"
    r"mon(?:days?)?\.?(?: ?[-–] ?| (?:to|through|until|till|thru) )fri(?:days?)?)(?!\w)",
    re.IGNORECASE,
)


def to_days(text: str) -> str:
    """`a fortnight` → `2 weeks`, `on weekdays` and `Mon-Fri` → `Monday to Friday`."""
    return _WEEKDAYS.sub("Monday to Friday", _FORTNIGHT.sub("2 weeks", text))


def to_years(text: str) -> str:
    """`the nineties` → `1990s`, `the 1800s` → `19th century`, `'94` → `1994`."""
    text = _DECADE.sub(lambda match: f"{match[1] or ''}19{_TENS[match[2].lower()]}s", text)
    text = _GERMAN_DECADE.sub(r"\1s", _SHORT_DECADE.sub(lambda match: f"{match['when'] or ''}19{match[2]}s", text))
    text = _CENTURY.sub(lambda match: f"{int(match[1]) + 1}th century", text)
    return _SHORT_YEAR.sub(lambda match: f"{20 if int(match[1]) < _THIS_CENTURY else 19}{match[1]}", text)
