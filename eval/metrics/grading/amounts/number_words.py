"""Numbers in words → digits: seven languages by text2num, Chinese numerals here. Changes nothing else."""

from __future__ import annotations

import re
from fractions import Fraction

from text_to_num import alpha2digit

from eval.metrics.grading.amounts.numbers import marked
from eval.metrics.grading.amounts.units import UNITS

SPOKEN = ("en", "de", "fr", "es", "it", "nl", "pt")
_DIGITS = {sign: value for value, signs in enumerate(("〇零", "一", "二两兩", "三", "四", "五", "六", "七", "八", "九")) for sign in signs}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_HAN = "".join([*_DIGITS, *_STEPS, *_BIG])
_COUNTED = "点點天日月年个個人元岁歲小时時分秒周週次名位米公里度件条條章页頁层層楼號号倍"
"""What may stand behind a single Chinese numeral that counts something."""
_RUN = re.compile(rf"(?P<share>百分之)?(?P<run>[{_HAN}]{{2,}}|[{_HAN}](?=[{_COUNTED}])|(?<=百分之)[{_HAN}])")


_MIXED = re.compile(r"(?<![\d.,])(?:\d[\d,]*(?:\.\d+)?[千百]?[万萬億亿兆千])+(?:\d{2,4}(?!\d))?")
"""Figures with a Chinese scale: `1万5千`, `3億`, `2千万`."""
_PIECE = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?)|(?P<step>[千百])|(?P<big>[万萬億亿兆])")


_PARTS = {
    "half": "1/2", "third": "1/3", "thirds": "/3", "quarter": "1/4", "quarters": "/4", "hälfte": "1/2", "drittel": "/3", "viertel": "/4",
    "moitié": "1/2", "tiers": "/3", "quart": "1/4", "quarts": "/4", "mitad": "1/2", "tercio": "1/3", "tercios": "/3", "cuarto": "1/4",
    "cuartos": "/4", "fifth": "/5", "fifths": "/5", "sixth": "/6", "sixths": "/6", "eighth": "/8", "eighths": "/8", "tenth": "/10",
    "tenths": "/10", "fünftel": "/5", "zehntel": "/10",
}  # fmt: skip
_COUNTS = {
    **dict.fromkeys(("one", "an", "a", "eine", "ein", "une", "una", "un"), 1), "two": 2, "zwei": 2, "deux": 2, "dos": 2,
    "three": 3, "drei": 3, "trois": 3, "tres": 3,
}  # fmt: skip
_COUNT, _PART = "|".join(_COUNTS), "|".join(sorted(_PARTS, key=len, reverse=True))
_SHARE = re.compile(rf"(?<!\w)(?:(?P<count>{_COUNT})[\s-])?(?P<part>{_PART})(?!\w)(?!\s(?:past|to|hour)\b)", re.IGNORECASE)
_SHARE_ZH = re.compile(rf"(?P<under>[{_HAN}]+)分之(?P<over>[{_HAN}]+)")


_HALF = re.compile(r"(?<!\w)(?:half an? |halbe[nrs]? |demi[- ]|media )(?=[^\W\d_]{3})", re.IGNORECASE)


_COUNT_WORDS = {"dozen": "12", "dutzend": "12", "douzaine": "12", "docena": "12", "twice": "2 times", "thrice": "3 times"}
_DOZENS = re.compile(
    r"(?<!\w)(?P<count>\d+|two|three|four|five|six|zwei|drei|deux|trois|dos|tres) (?:dozen|dutzend|douzaines?|docenas?)(?!\w)", re.I
)
_FEW = {"four": 4, "five": 5, "six": 6}
_COUNT_WORD = re.compile(rf"(?<!\w)(?:(?:an?|ein|une|una) )?({'|'.join(_COUNT_WORDS)})(?!\w)", re.IGNORECASE)


_WHOLE = {
    **dict.fromkeys(("a", "an", "one", "un", "une", "una", "ein", "eine"), 1),
    **{word: count for count, words in enumerate(("two zwei deux dos", "three drei trois tres", "four vier quatre cuatro",
       "five fünf cinq cinco", "six sechs seis", "seven sieben sept siete", "eight acht huit ocho", "nine neun neuf nueve",
       "ten zehn dix diez"), start=2) for word in words.split()},
}  # fmt: skip
_AND_A_HALF = re.compile(
    rf"(?<![\w-])(?P<count>\d+|{'|'.join(_WHOLE)}) (?:(?P<unit>[^\W\d_]+) (?:and a half|et demie?|y medi[oa])|"
    r"and a half(?: (?P<more>[^\W\d_]+))?)(?!\w)",
    re.IGNORECASE,
)

_EIN = {"ein": 1, "ander": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8}
_EINHALB = re.compile(rf"(?<!\w)({'|'.join(_EIN)})(?:(?<!ander)einhalb|(?<=ander)thalb)\s", re.IGNORECASE)
_FEET = re.compile(r"(?<![\w.,])(\d{1,3})\s?(?:ft\.?|feet|foot|['’′])\s?(\d{1,2})\s?(?:in\b\.?|inch(?:es)?\b|[\"”″])", re.IGNORECASE)


_AND_A_PART = re.compile(r"(?<![\w./,-])(\d{1,3}) (?:and|und|et|y) (\d)/(\d{1,2})(?![\w/])")
_ONE_UNIT = re.compile(r"(?:an?|eine?n?|une?|una?) ([^\W\d_]+)[.!]?", re.IGNORECASE)
"""`A week` as a whole answer."""
_MILES = re.compile(r"(?<=\w )miles(?!\w)", re.IGNORECASE)
"""Not the thousands of Spanish."""
_SPANNING = re.compile(
    r"(?<!\w)(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{3,5}teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)-"
    r"(?=(?:second|minute|hour|day|week|month|year|mile|pound)\b)",
    re.IGNORECASE,
)
"""Of `two-year`."""
_BELOW = re.compile(
    r"(?<![\w.,-])(\d+(?:[.,]\d+)?)(\s?°?\s?[CF]?\b|\s(?:degrees|grad|degrés|grados)(?:\s(?:celsius|fahrenheit))?)"
    r"\s(?:below (?:zero|freezing)|unter (?:null|0)|(?:au-)?dess?ous de zéro|sous zéro|bajo cero)(?!\w)",
    re.IGNORECASE,
)
_COINS = re.compile(
    r"(?<![\w.,])(?P<whole>\d+)\s?(?P<unit>euros?|dollars?|pounds?|francs?|franken|€|\$|£)\s"
    r"(?:(?:(?:and|und|et|y|con)\s)?(?P<part>\d\d?)\s(?:cents?|¢|pence|centimes?|c[ée]ntimos?)(?!\w)|(?P<bare>\d\d)\s*(?=[.,;!?]|\Z))",
    re.IGNORECASE,
)
"""A bare `and` joins a range, too: `between 5 euros and 20`."""


def to_digits(text: str, language: str) -> str:
    """`forty-two days` → `42 days`, `三十天` → `30天`, `百分之五` → `5%`, `12 euros and 50 cents` → `12.50 euros`."""
    text = _SPANNING.sub(r"\1 ", _MILES.sub("mile", _BELOW.sub(r"-\1\2", text)))
    if (one := _ONE_UNIT.fullmatch(text.strip())) and one[1].lower() in UNITS:
        text = f"1 {one[1]}"
    text = _DOZENS.sub(lambda match: str(12 * _few(match["count"].lower())), text)
    text = _COUNT_WORD.sub(lambda match: _COUNT_WORDS[match[1].lower()], text)
    text = _FEET.sub(r"\1 feet \2 inches", _AND_A_HALF.sub(_and_a_half, text))
    text = _EINHALB.sub(lambda match: f"{2 * _EIN[match[1].lower()] + 1}/2 ", text)
    if not text.isascii():
        text = _MIXED.sub(_mixed, text)
    text = _SHARE.sub(_share, _HALF.sub("1/2 ", marked(text)))
    if not text.isascii() and re.search(rf"[{_HAN}]", text):
        text = _RUN.sub(_chinese, _SHARE_ZH.sub(_share_zh, text))
    for spoken in dict.fromkeys((language if language in SPOKEN else "en", "en")):
        text = str(alpha2digit(text, spoken, threshold=0))
    text = _AND_A_PART.sub(lambda match: f"{int(match[1]) * int(match[3]) + int(match[2])}/{match[3]}", text)
    return _COINS.sub(lambda match: f"{match['whole']}.{int(match['part'] or match['bare']):02d} {match['unit']}", text)


def _mixed(match: re.Match[str]) -> str:
    """`1万5千` → `15000`."""
    total = section = number = Fraction(0)
    for piece in _PIECE.finditer(match[0]):
        if piece["number"]:
            number = Fraction(piece["number"].replace(",", ""))
        elif piece["step"]:
            section, number = section + (number or 1) * _STEPS[piece["step"]], Fraction(0)
        else:
            total, section, number = total + (section + number or 1) * _BIG[piece["big"]], Fraction(0), Fraction(0)
    whole = total + section + number
    return str(int(whole)) if whole.denominator == 1 else match[0]


def _and_a_half(match: re.Match[str]) -> str:
    """`an hour and a half` → `3/2 hour`, `two and a half hours` → `5/2 hours`; not `a dog and a half`."""
    if match["unit"] and match["unit"].lower() not in UNITS:
        return match[0]
    count = int(match["count"]) if match["count"].isdigit() else _WHOLE[match["count"].lower()]
    return f"{2 * count + 1}/2 {match['unit'] or match['more'] or ''}".rstrip()


def _few(word: str) -> int:
    return int(word) if word.isdigit() else {**_COUNTS, **_FEW}[word]


def _share(match: re.Match[str]) -> str:
    """`two thirds` → `2/3`; a lone `third` or `fifth` is left to be an ordinal."""
    part, count = _PARTS[match["part"].lower()], _COUNTS.get((match["count"] or "").lower())
    if count is None and (part == "1/3" or (part.startswith("/") and match["part"].lower().endswith(("fth", "xth", "hth", "nth")))):
        return match[0]
    return f"{count or 1}{part[part.index('/') :]}"


def _share_zh(match: re.Match[str]) -> str:
    under, over = _value(match["under"]), _value(match["over"])
    return match[0] if under is None or over is None or under == 100 else f"{over}/{under}"


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
