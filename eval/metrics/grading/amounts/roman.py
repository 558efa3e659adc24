"""Roman numerals → numbers. Whether a word is meant as one its reader must know."""

from __future__ import annotations

import re

_FORM = re.compile(r"(?=.)m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_SIGNS = {"m": 1000, "d": 500, "c": 100, "l": 50, "x": 10, "v": 5, "i": 1}


def value(word: str) -> int | None:
    """Of a word in lower case; None where it is no Roman numeral as they are written today."""
    if not _FORM.fullmatch(word):
        return None
    values = [_SIGNS[sign] for sign in word]
    return sum(-one if one < following else one for one, following in zip(values, [*values[1:], 0], strict=True))
