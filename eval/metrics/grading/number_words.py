"""Numbers in words → digits: English, German, French and Spanish by text2num, Chinese numerals here. Changes nothing else."""

from __future__ import annotations

import re

from text_to_num import alpha2digit

from eval.metrics.grading.numbers import marked

SPOKEN = ("en", "de", "fr", "es")
_DIGITS = {sign: value for value, signs in enumerate(("〇零", "一", "二两", "三", "四", "五", "六", "七", "八", "九")) for sign in signs}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10**4, "亿": 10**8}
_HAN = "".join([*_DIGITS, *_STEPS, *_BIG])
_COUNTED = "天日月年个個人元岁歲小时時分秒周週次名位米公里度件条條章页頁层層楼號号倍"
"""What may stand behind a single Chinese numeral that counts something."""
_RUN = re.compile(rf"(?P<share>百分之)?(?P<run>[{_HAN}]{{2,}}|[{_HAN}](?=[{_COUNTED}])|(?<=百分之)[{_HAN}])")


def to_digits(text: str, language: str) -> str:
    """`forty-two days` → `42 days`, `三十天` → `30天`, `百分之五` → `5%`."""
    text = marked(text)
    if re.search(rf"[{_HAN}]", text):
        text = _RUN.sub(_chinese, text)
    for spoken in dict.fromkeys((language if language in SPOKEN else "en", "en")):
        text = str(alpha2digit(text, spoken, threshold=0))
    return text


def _chinese(match: re.Match[str]) -> str:
    value = _value(match["run"])
    if value is None:
        return match[0]
    return f"{value}%" if match["share"] else str(value)


def _value(run: str) -> int | None:
    """None for a run that is no number, such as 千万."""
    if not any(sign in _DIGITS or sign == "十" for sign in run):
        return None
    if all(sign in _DIGITS for sign in run):
        return int("".join(str(_DIGITS[sign]) for sign in run))
    total = part = digit = 0
    for sign in run:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _STEPS:
            part, digit = part + (digit or 1) * _STEPS[sign], 0
        else:
            total, part, digit = (total + part + digit or 1) * _BIG[sign], 0, 0
    return total + part + digit
