"""Personal data and secrets in text, by their form: where they stand, and the text without them. Keeps no value and knows no rows.

Only what has a form is found: names, addresses and birthdays are not. A bare run of digits is never taken for a telephone number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["email", "phone", "card", "iban", "key"]
KINDS: tuple[Kind, ...] = ("key", "email", "iban", "card", "phone")
"""In the order in which they are looked for: what belongs to one kind is never taken for a later one."""

KEY = re.compile(
    r"-----BEGIN (?P<what>[A-Z ]{0,30})PRIVATE KEY-----.*?(?:-----END (?P=what)PRIVATE KEY-----|\Z)"
    r"|(?<![\w-])(?:sk-(?=[\w-]*?(?<![A-Za-z0-9])(?=[A-Za-z]{0,60}\d)[A-Za-z0-9]{16})[\w-]{20,200}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}|glpat-[\w-]{20,64}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,250}|AIza[\w-]{35}|hf_[A-Za-z0-9]{30,60})(?![\w-])",
    re.DOTALL,
)
EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?=[\w-]*[^\W\d_])(?:[\w-]{1,63}\.){1,8}(?P<end>[^\W\d_]{2,24})(?![\w-])")
FILE_ENDINGS = frozenset(("png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "html", "pdf"))
"""`logo@2x.png` is no address."""
IBAN = re.compile(r"(?<![A-Za-z0-9])(?=(?P<body>[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}))[A-Za-z]{2}\d{2}")
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22,
    "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30,
    "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27,
    "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
"""Characters by country, as the SWIFT registry of IBAN formats has them."""
CARD = re.compile(
    r"(?<![\w.-])(?:\d{4}(?P<a>[ -]?)\d{4}(?P=a)\d{4}(?P=a)\d{4}(?:(?P=a)\d{3})?|3\d{3}(?P<b>[ -]?)\d{6}(?P=b)\d{4,5})(?![\w-]|\.\d)"
)
ISSUERS = re.compile(
    r"4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14}(?:\d{3})?|35(?:2[89]|[3-8]\d)\d{12}"
)
"""Visa, Mastercard, American Express, Diners, Discover, UnionPay, JCB: a number of another beginning is not taken for a card's."""
INTERNATIONAL = re.compile(r"(?<![\w+=.])\+[1-9]\d{0,2}(?:[ .\-/]?(?:\(\d{1,5}\)|\d{2,12}+)){1,6}+(?![\w%])")
NATIONAL = re.compile(
    r"(?<![\w+.,/-])(?<!\d )(?:\(0\d{1,5}\)[ -/]?\d{2,8}(?:[ -]\d{2,6}){0,3}|\([2-9]\d\d\) ?[2-9]\d\d[-. ]\d{4}"
    r"|[2-9]\d\d(?P<dash>[-.])[2-9]\d\d(?P=dash)\d{4}|0[1-9]\d{1,3} \d{3,8}(?: \d{2,6}){0,3})(?![\w-]|[.,/]\d)"
)
ANNOUNCED = re.compile(
    r"(?<!\w)(?:tele(?:phone|fon|fono)|phone|mobile?|fax|handy|rufnummer|durchwahl|tél|tel|whatsapp)\b"
    r"(?: ?(?:no|nr|number|nummer|numéro)\b)?[.: ]{0,3}(?:is )?(?!\d{4}-\d\d-\d\d|\d\d?[./-]\d\d?[./-]\d\d)"
    r"(?P<number>[(+]?\d(?:[ ./()-]{0,2}\d){6,14})(?!\w)",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"(?:#|\b(?:order|no|nr|id|invoice|inv|ref|reference|sku|ticket|case|po|part|serial|version|isbn|account|konto|bestellung|rechnung|auftrag|artikel)\b)"
    r"[\s.:#№-]*(?:(?:no|nr|number|nummer|id)\b)?[\s.:#]*$",
    re.IGNORECASE,
)
"""What stands before a number that counts things."""
CARD_WORD = re.compile(r"card|karte|carte|visa|amex|debit|kredit", re.IGNORECASE)
DIGIT = re.compile(r"\d")


class Found(NamedTuple):
    """Where something stands in a text, as character offsets."""

    kind: Kind
    start: int
    end: int


def find(text: str) -> list[Found]:
    """Everything found, in the order of the text, without overlaps."""
    taken: list[Found] = []
    for kind in KINDS:
        for start, end in _spans(kind, text):
            if all(end <= other.start or start >= other.end for other in taken):
                taken.append(Found(kind, start, end))
    return sorted(taken, key=lambda found: found.start)


def mask(text: str) -> str:
    """The text with each replaced by its kind: [EMAIL], [PHONE], [CARD], [IBAN], [KEY]."""
    found = find(text)
    if not found:
        return text
    parts, place = [], 0
    for kind, start, end in found:
        parts += [text[place:start], f"[{kind.upper()}]"]
        place = end
    return "".join([*parts, text[place:]])


def hint(text: str, found: Found) -> str:
    """What may be shown of a value: its first character and its length."""
    return f"{text[found.start]}… ({found.end - found.start} characters)"


def _spans(kind: Kind, text: str) -> Iterator[tuple[int, int]]:
    if kind == "key":
        yield from (match.span() for match in KEY.finditer(text))
    elif kind == "email":
        if "@" in text:
            yield from (m.span() for m in EMAIL.finditer(text) if m["end"].lower() not in FILE_ENDINGS and not m[0].startswith("git@"))
    elif DIGIT.search(text):
        yield from {"iban": _ibans, "card": _cards, "phone": _phones}[kind](text)


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match[0][:2].upper(), 0)
        places = [place for place in range(match.start(), match.end("body")) if text[place].isalnum()]
        if not length or len(places) < length:
            continue
        end = places[length - 1] + 1
        if not text[end : end + 1].isalnum() and _is_iban("".join(text[place] for place in places[:length])):
            yield match.start(), end


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in CARD.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        if _is_card(_digits(match[0])) and (CARD_WORD.search(before) or not NUMBERED.search(before)):
            yield match.span()


def _is_iban(value: str) -> bool:
    """ISO 13616: the first four moved to the end, letters as 10 to 35, leaves 1 when divided by 97."""
    moved = (value[4:] + value[:4]).upper()
    return moved.isascii() and int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def _is_card(digits: str) -> bool:
    """An issuer's beginning and length, and the check digit of ISO/IEC 7812 (Luhn 1960)."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return bool(ISSUERS.fullmatch(digits)) and (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for match in ANNOUNCED.finditer(text):
        yield match.span("number")
    for match in INTERNATIONAL.finditer(text):
        if 10 <= len(_digits(match[0])) <= 15 and not re.fullmatch(r"\+\d+\.\d+", match[0]):
            yield match.span()
    for match in NATIONAL.finditer(text):
        if 9 <= len(_digits(match[0])) <= 12 and not NUMBERED.search(text[max(0, match.start() - 40) : match.start()]):
            yield match.span()


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
