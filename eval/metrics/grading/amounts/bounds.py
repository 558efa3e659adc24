"""Words that make a number a bound: at least, at most, more than, less than, in English, German, French, Spanish and Chinese."""

from __future__ import annotations

import re
from typing import Literal

Bound = Literal["", "least", "most", "over", "under", "above", "below"]
_AHEAD: dict[Bound, tuple[str, str]] = {
    "least": (
        r"at (?:the )?(?:very )?least|(?:no|not) (?:less|fewer|earlier) than|(?:a )?minimum(?: of)?|mindestens|wenigstens|"
        r"nicht weniger als|"
        r"au moins|pas moins de|au minimum|al menos|por lo menos|como mínimo|no menos de",
        "至少|不少于|最少",
    ),
    "most": (
        r"at (?:the )?(?:very )?most|(?:no|not) (?:more|later|longer) than|(?:a )?maximum(?: of)?|up to|within|höchstens|maximal|bis zu|"
        r"nicht (?:mehr|länger|später) als|innerhalb von|au plus|pas plus de|jusqu['’]?à|au maximum|como máximo|no más de|"
        r"a lo sumo|hasta",
        "至多|最多|不超过",
    ),
    "over": (
        r"more than|greater than|longer than|mehr als|länger als|plus de|más de|mas de", "超过|大于|多于",
    ),
    "under": (r"less than|fewer than|shorter than|weniger als|moins de|menos de", "不到|少于|小于"),
    "above": (r"over|above|exceeding|exceeds|beyond|from|über|ab|oberhalb von|à partir de|desde|a partir de", "高于"),
    "below": (r"under|below|unter|unterhalb von", "低于"),
}  # fmt: skip
_BEHIND: dict[Bound, str] = {
    "least": r"\+(?!\d)|\s(?:or|and) (?:more|longer|above|over|older|up)\b|\soder mehr\b|\sou plus\b|\so más\b|\sminimum\b|以上",
    "most": r"\s(?:or|and) (?:less|fewer|below|under|younger|earlier)\b|\soder weniger\b|\sou moins\b|\so menos\b|\sat most\b|"
    r"\smaximum\b|以下|以内",
}
_BEFORE = re.compile(
    "(?:" + "|".join(rf"(?P<{name}>(?<!\w)(?:{spaced})|{unspaced})" for name, (spaced, unspaced) in _AHEAD.items()) + r")\s*\Z",
    re.IGNORECASE,
)
_AFTER = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _BEHIND.items()), re.IGNORECASE)
LONGEST = 24
"""Signs before a number among which such words are looked for."""


def bound(text: str, start: int, end: int) -> tuple[int, int, Bound]:
    """The number's span widened by its bound's words, and the bound."""
    low = max(0, start - LONGEST)
    if ahead := _BEFORE.search(text[low:start]):
        return low + ahead.start(), end, _named(ahead)
    if behind := _AFTER.match(text, end):
        return start, behind.end(), _named(behind)
    return start, end, ""


_SAME: dict[Bound, tuple[Bound, ...]] = {
    "": ("", "least", "most", "above", "below"),
    "least": ("", "least", "above"), "most": ("", "most", "below"),
    "over": ("over", "above"), "under": ("under", "below"),
    "above": ("", "least", "over", "above"), "below": ("", "most", "under", "below"),
}  # fmt: skip


def fits(reference: Bound, answer: Bound) -> bool:
    """Whether a number under one bound may be given for one under another: `at least 5` may be called 5, `more than 5` may not."""
    return answer in _SAME[reference]


def _named(match: re.Match[str]) -> Bound:
    return next(name for name in _AHEAD if name in match.re.groupindex and match[name])
