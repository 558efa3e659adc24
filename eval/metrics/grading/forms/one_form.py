"""Other wordings of the same thing, brought to one form before a text is read: US and United States, Art. and Article, free of charge."""

from __future__ import annotations

import re

from eval.metrics.grading.amounts.dates import MONTHS

_STATES = re.compile(r"(?<!\w)(?:United States(?: of America)?(?!\w)|US(?![\w$]|[ -](?:\$|dollar)))")
_US_DOLLAR = re.compile(r"(?<!\w)US[ -](?=\$|dollar)")
_NUMBERED = re.compile(r"(?<!\w)(?:(?:no|nr)\.\s?|(?:number|nummer|numéro|número)\s|#|№\s?)(?=\d)", re.IGNORECASE)
_SCHEME = re.compile(r"(?<!\w)https?://(?:www\.)?|(?<=\w)/(?=\s|\Z)", re.IGNORECASE)
_NO_ONE = re.compile(r"(?<!\w)no[ -]one(?!\w)", re.IGNORECASE)
_PARTS = tuple(
    (re.compile(rf"(?<![\w.])(?:{pattern})\s?(?=\d)", re.IGNORECASE), f"{name} ")
    for pattern, name in {
        r"(?:article|artikel|artículo|articolo|artigo|art)\b\.?": "article",
        r"§{1,2}|(?:section|sect|sec)\b\.?": "section",
        r"(?:chapter|chap|ch)\b\.?": "chapter",
        r"(?:figure|fig)\b\.?": "figure",
        r"(?:page|pg)\b\.?|pp?\.": "page",
        r"(?:paragraph|para)\b\.?": "paragraph",
    }.items()
)
"""Where in a text or a law something stands."""
_FREE = re.compile(
    r"(?<!\w)(?:free of (?:any |all )?(?:charges?|costs?)|(?:at |for )?no (?:extra |additional |further )?(?:charge|cost)|"
    r"without (?:any |extra |additional )?(?:charge|cost)|kostenfrei|gebührenfrei|ohne (?:Aufpreis|Zusatzkosten)|sans frais|"
    r"sin (?:coste?|cargo))(?!\w)",
    re.IGNORECASE,
)
_RATIO = re.compile(
    r"(?P<ahead>\b(?:ratio|proportions?|verhältnis|odds)\b\D{0,12}?\d+) (?:to|zu) (?=\d)|(?<=\d) (?:to|zu) (?=\d+ ratio\b)", re.IGNORECASE
)


_MONTH = rf"(?:{'|'.join(sorted((name for name in MONTHS if len(name) > 2), key=len, reverse=True))})\b\.?"
_TO = r"(?: ?[-–—] ?| (?:to|until|till|through|and|bis|und|au|al|y|et) )"
_DAYS_AHEAD = re.compile(
    rf"(?<![\d.,:/])(\d{{1,2}}(?:st|nd|rd|th|\.)?)({_TO})(?=\d{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?({_MONTH}))", re.IGNORECASE
)
_DAYS_BEHIND = re.compile(
    rf"(?<!\w)({_MONTH}) (\d{{1,2}}(?:st|nd|rd|th)?)({_TO})(?=\d{{1,2}}(?:st|nd|rd|th)?(?![\d:.,/]*\d)(?! ?{_MONTH}))", re.IGNORECASE
)
_DATE = rf"(?:\d{{1,2}}\.? (?:of )?{_MONTH}|{_MONTH} \d{{1,2}})(?:,? \d{{4}})?"
_BETWEEN = re.compile(rf"\bbetween ({_DATE}) and (?={_DATE})", re.IGNORECASE)


def _dates_in_full(text: str) -> str:
    """`25 to 29 September` → `25 September to 29 September`, `Sept 25–29` → `Sept 25–Sept 29`; `between` two dates → `from … to`."""
    text = _DAYS_AHEAD.sub(r"\1 \3\2", text)
    return _BETWEEN.sub(r"from \1 to ", _DAYS_BEHIND.sub(r"\1 \2\3\1 ", text))


_NOT_LATER = re.compile(
    r"\b(?:no|not) later than (?=(?:an?|one|two|three|\d+) \w+ (?:before|prior to|ahead of|in advance))|"
    r"\bspätestens (?=(?:eine[nm]?|zwei|drei|\d+) \w+ (?:vor|vorher|im voraus))",
    re.IGNORECASE,
)
"""`no later than a month before it ends`: at least a month before."""


def in_one_form(text: str) -> str:
    """`4 to 1` of a ratio becomes `4:1`, `§ 5` `section 5`, `at no charge` `free`; `no. 7` and addresses lose what says nothing."""
    text = _STATES.sub("USA", _US_DOLLAR.sub("", text))
    text = _NUMBERED.sub("", _NO_ONE.sub("nobody", _SCHEME.sub("", text)))
    text = _FREE.sub("free", _NOT_LATER.sub("at least ", text))
    if re.search(r"\d", text):
        for pattern, name in _PARTS:
            text = pattern.sub(name, text)
        text = _dates_in_full(text)
        text = _RATIO.sub(lambda match: f"{match['ahead'] or ''}:", text)
    return text
