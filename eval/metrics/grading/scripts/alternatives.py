"""Words of other languages for `or` → `or`, so that an answer of two alternatives is seen to be one. Changes nothing else."""

from __future__ import annotations

import re

_WORDS = re.compile(r"(?<!\w)(?:oppure|lub|albo|либо|eller|veya|ya da|nebo|vagy|أو|أم|या|अथवा|또는|혹은)(?!\w)", re.IGNORECASE)
_LATIN = ("oppure", "lub", "albo", "eller", "veya", "ya da", "nebo", "vagy")
_DUTCH = re.compile(r"(?<!\w)(?<!niet )(?<!vraag )of(?: (?P<less>minder|korter|eerder)| (?P<more>meer|langer|later))?(?!\w)", re.IGNORECASE)
_SIGN = r"[\u4e00-\u9fff\u30a1-\u30fcA-Za-z\d]"
_KA = re.compile(rf"(?<![確静豊僅遥何誰幾])(?:(?<={_SIGN})|(?<=[々ん]))か(?![国所年]|月(?!曜))(?=、?{_SIGN})|あるいは|或いは")
"""Between two things that are named: no `確か`, `3か月` and `から`."""


def to_or(text: str, language: str) -> str:
    """`Utrecht of Zwolle` in Dutch alone, `東京か大阪`, `Warszawa lub Kraków`."""
    if language == "nl":
        text = _DUTCH.sub(_dutch, text)
    if not text.isascii() or any(word in text for word in _LATIN):
        text = _WORDS.sub("or", text)
    return text if text.isascii() else _KA.sub("または", text)


def _dutch(match: re.Match[str]) -> str:
    return "or less" if match["less"] else "or more" if match["more"] else "or"
