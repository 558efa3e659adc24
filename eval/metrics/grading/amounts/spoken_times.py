"""Times of day as people say them → by the clock: `halb acht`, `huit heures moins le quart`, `7時半`. Changes nothing else.

English, German, Dutch, French, Spanish, Italian, Portuguese, Chinese, Japanese and Korean. What may be an amount as well (`sept heures et
demie`) is a time where it stands behind `à` or before a part of the day.
"""

from __future__ import annotations

import re

_NAMES = (
    "one eins ein één een une una uma", "two zwei twee deux dos due duas", "three drei drie trois tres tre três",
    "four vier quatre cuatro quattro quatro", "five fünf vijf cinq cinco cinque", "six sechs zes seis sei",
    "seven sieben zeven sept siete sette sete", "eight acht huit ocho otto oito", "nine neun negen neuf nueve nove",
    "ten zehn tien dix diez dieci dez", "eleven elf onze once undici", "twelve zwölf twaalf douze doce dodici doze",
)  # fmt: skip
_HOURS = {name: hour for hour, names in enumerate(_NAMES, 1) for name in names.split()}
_MINUTE_NAMES = {
    5: "five fünf vijf cinq cinco cinque", 10: "ten zehn tien dix diez dieci dez", 15: "viertel kwart quart cuarto quarto quarter quinze",
    20: "twenty zwanzig twintig vingt veinte venti vinte",
    25: "twenty-five fünfundzwanzig vijfentwintig vingt-cinq veinticinco venticinque", 30: "media mezza mezzo meia",
}  # fmt: skip
_MINUTES = {name: minutes for minutes, names in _MINUTE_NAMES.items() for name in names.split()}
_H = rf"(?P<h>{'|'.join(sorted(_HOURS, key=len, reverse=True))}|[01]?\d|2[0-4])"
_M = rf"(?P<m>{'|'.join(sorted(_MINUTES, key=len, reverse=True))}|[1-5]?\d)"
_M_DE, _M_NL = "(?P<m>fünf|zehn|zwanzig|fünfundzwanzig|5|10|20|25)", "(?P<m>vijf|tien|twintig)"
_M_EN = "(?P<m>five|ten|twenty|twenty-five)"
_STOP = (
    r"(?=\s*(?:[.,;:!?)]|\Z|uhr\b|uur\b|o['’]?clock\b|[ap]\.?m\b|(?:am|in the|at|in der|nachts?|morgens|vormittags|nachmittags|abends|und|"
    r"bis|oder|'?s|of|tot|en|du|de l|de la|da|del|della|di|et|ou|y|o|and|or|to|until)(?!\w)))"
)
"""Behind it stands nothing that is counted."""
_FORMS = tuple((cue, re.compile(rf"(?<![\w:.,/]){form}", re.IGNORECASE), sign, base) for cue, form, sign, base in (
    (" hal", rf"{_M} (?:minuten )?(?:vor|voor) hal[bf] {_H}{_STOP}", -1, -30),
    (" hal", rf"{_M} (?:minuten )?(?:nach|over) hal[bf] {_H}{_STOP}", 1, -30),
    ("halb ", rf"halb {_H}{_STOP}", 0, -30), ("om half ", rf"(?<=om )half {_H}{_STOP}", 0, -30),
    ("half ", rf"half (?P<h>één|een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf){_STOP}", 0, -30),
    ("viertel ", rf"drei ?viertel {_H}{_STOP}", 0, -15),
    ("viertel nach ", rf"(?P<m>viertel) nach {_H}{_STOP}", 1, 0), ("viertel vor ", rf"(?P<m>viertel) vor {_H}{_STOP}", -1, 0),
    ("kwart over ", rf"(?P<m>kwart) over {_H}{_STOP}", 1, 0), ("kwart voor ", rf"(?P<m>kwart) voor {_H}{_STOP}", -1, 0),
    (" nach ", rf"{_M_DE} (?:minuten )?nach {_H}{_STOP}", 1, 0), (" vor ", rf"{_M_DE} (?:minuten )?vor {_H}{_STOP}", -1, 0),
    (" over ", rf"{_M_NL} (?:minuten )?over {_H}{_STOP}", 1, 0), (" voor ", rf"{_M_NL} (?:minuten )?voor {_H}{_STOP}", -1, 0),
    (" moins ", rf"{_H} ?h(?:eures?)? moins (?:le )?{_M}{_STOP}", -1, 0),
    (" et quart", rf"{_H} ?h(?:eures?)? et (?P<m>quart){_STOP}", 1, 0),
    (" et demi", rf"(?:(?<=[àa] )|(?<=vers )|(?<=dès )|(?<=est )){_H} ?h(?:eures?)? et demie?{_STOP}", 0, 30),
    (" et demi", rf"{_H} ?h(?:eures?)? et demie?(?= (?:du (?:matin|soir)|de l['’]après))", 0, 30),
    (" y ", rf"las? {_H} y {_M}{_STOP}", 1, 0), (" e ", rf"(?:le|alle|dalle|[àa]s) {_H} e (?:un |uma? )?{_M}{_STOP}", 1, 0),
    (" men", rf"(?:(?:las?|le|alle|dalle|[àa]s) )?{_H} men(?:os|o) (?:un |uma? )?{_M}{_STOP}", -1, 0),
    (" para a", rf"(?P<m>vinte|dez|cinco|quinze|um quarto) para as? {_H}{_STOP}", -1, 0),
    (" past ", rf"{_M} minutes? past {_H}{_STOP}", 1, 0), (" to ", rf"{_M} minutes? to {_H}{_STOP}", -1, 0),
    (" past ", rf"{_M_EN} past {_H}{_STOP}", 1, 0), (" to ", rf"(?<=at ){_M_EN} to {_H}{_STOP}", -1, 0),
))  # fmt: skip
"""The cue is what the form cannot do without."""
_ALONE = re.compile(rf"\s*{_H} (?:y|e) (?P<m>media|cuarto|mezza|mezzo|meia|un quarto)(?: in punto)?[.!]?\s*", re.IGNORECASE)
"""As a whole answer."""
_HALF_NOON = re.compile(r"(?<!\w)(?P<noon>midi|minuit) (?P<part>et demie?|et quart|moins le quart)(?!\w)", re.IGNORECASE)
_PARTS = {"et demi": 30, "et demie": 30, "et quart": 15, "moins le quart": -15}
_KE = re.compile(r"(?P<h>[01]?\d|2[0-4]|[一二两兩三四五六七八九十]{1,2})[点點](?P<ke>[一三])刻")
_HAN = {sign: hour for hour, sign in enumerate("〇一二三四五六七八九十")} | {"两": 2, "兩": 2, "十一": 11, "十二": 12}
_NATIVE = ("열두", "열한", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열")
_KOREAN = re.compile(rf"(?<![가-힣])(?:{'|'.join(_NATIVE)})(?=\s?시(?!간))")
_KOREAN_HOURS = dict(zip(_NATIVE, (12, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))


def to_clock(text: str) -> str:
    """`halb acht` → `7:30`, `les huit heures moins le quart` → `7:45`, `三点一刻` → `3:15`; parts of the day stay behind it."""
    low = text.lower()
    for cue, form, sign, base in _FORMS:
        if cue in low:
            text = form.sub(lambda match, sign=sign, base=base: _said(match, sign, base), text)  # type: ignore[misc]
    if alone := _ALONE.fullmatch(text):
        return _clock(_hour(alone["h"]), _MINUTES[alone["m"].lower().split()[-1]])
    if "mi" in low:
        text = _HALF_NOON.sub(_half_noon, text)
    if text.isascii():
        return text
    text = _KE.sub(lambda match: _clock(_hour(match["h"]), 15 * _HAN[match["ke"]]), text)
    return _KOREAN.sub(lambda match: str(_KOREAN_HOURS[match[0]]), text)


def _said(match: re.Match[str], sign: int, base: int) -> str:
    minutes = match.groupdict().get("m") or "0"
    many = int(minutes) if minutes.isdigit() else _MINUTES[minutes.lower().split()[-1]]
    return _clock(_hour(match["h"]), base + sign * many)


def _half_noon(match: re.Match[str]) -> str:
    return _clock(12, _PARTS[match["part"].lower()]) + (" pm" if match["noon"].lower() == "midi" else " am")


def _hour(said: str) -> int:
    return int(said) if said.isdigit() else _HOURS.get(said.lower()) or _HAN[said]


def _clock(hour: int, minutes: int) -> str:
    """`halb eins` is 12:30, and no time of the night."""
    at = (60 * hour + minutes) % 1440
    return f"{at // 60 or (12 if hour == 1 else 0)}:{at % 60:02}"
