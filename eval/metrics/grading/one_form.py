"""Other wordings of the same thing, brought to one form before a text is read: US and United States, Art. and Article, free of charge."""

from __future__ import annotations

import re

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


def in_one_form(text: str) -> str:
    """`4 to 1` of a ratio becomes `4:1`, `§ 5` `section 5`, `at no charge` `free`; `no. 7` and addresses lose what says nothing."""
    text = _STATES.sub("USA", _US_DOLLAR.sub("", text))
    text = _NUMBERED.sub("", _NO_ONE.sub("nobody", _SCHEME.sub("", text)))
    text = _FREE.sub("free", text)
    if re.search(r"\d", text):
        for pattern, name in _PARTS:
            text = pattern.sub(name, text)
        text = _RATIO.sub(lambda match: f"{match['ahead'] or ''}:", text)
    return text
