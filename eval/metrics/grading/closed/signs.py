"""Letters, numbers and places in the order that stand for choices: `B`, `(2)`, `the last option`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from eval.metrics.grading import negation
from eval.metrics.grading.words import plain, words

_LETTER = re.compile(
    r"\A\W*(?:(?:option|choice|answer|label|antwort|réponse|respuesta|选项|选)\s*)?[(\[]?(?P<sign>[A-Za-z]|\d{1,2})[)\].:]*(?:\s|\Z|"
    r"(?<=[)\].:]))"
)
_MENTIONED = re.compile(
    r"\b(?:option|choice|answer|antwort|réponse|respuesta)\s+[(\[]?(?P<sign>[A-Z]|\d{1,2})[)\]]?(?!\w)|[(\[](?P<other>[A-Z])[)\]]|"
    r"\b(?:so|thus|therefore|hence|leaves|is|its|it['’]s|choose|pick|select|with|take|also|donc|luego)[,:]?\s+"
    r"(?:it(?:'s| is)\s+)?(?P<last>[A-Z])\W*\Z"
)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
LAST = re.compile(r"\blast (?:option|choice|answer|one)\b", re.IGNORECASE)
_ORDINAL = re.compile(rf"\b({'|'.join(ORDINALS)}) (?:option|choice|answer|one)\b", re.IGNORECASE)
CLAUSE = re.compile(rf"[,;.!?，。；：:]\s*|\n+|\s+(?=(?:{negation.BUT})\b)")
_SIGN = re.compile(
    r"(?:(?:the|die|der|la|le|el|l['’]|il|a|o|het|de)\s?)?(?:(?:option|choice|letter|answer|antwort|buchstabe|réponse|lettre|opción|"
    r"letra|opzione|lettera|opção|optie|вариант|选项|選項)\s*)?[(（\[\"“'*]*(?P<sign>(?-i:[A-Z])|[a-z](?=\W*\Z)|\d{1,2})(?![A-Za-z0-9'’.]\w)",
    re.IGNORECASE,
)
_REASON = (
    r"because|since|as|for|weil|da|denn|parce|car|puisque|porque|ya|perché|pois|omdat|want|bo|ponieważ|потому|which|and|or|not|is|was|"
    r"und|oder|ist|et|ou|est|y|o|u|es|e|è|é|of|en|lub|i|или|и"
)
_GOES_ON = re.compile(rf"\W*\Z|[)）\].,;:/，、\"”'*]|\s+(?:[&+/]|(?:{_REASON})(?!\w))|\s*[^\x00-\u024f]", re.IGNORECASE)
"""Behind a letter that is no word, such as the `A` of `A dog`."""
_ANOTHER = re.compile(
    r"[)）\].\"”'*]*\s*(?:[,;/&+、，]|(?<!\w)(?:and|or|und|oder|et|ou|y|o|u|e|en|of|i|lub|или|и)(?!\w)|或者?|和|と|か|또는|과|와)+\s*"
    r"(?:(?:option|choice|answer)\s*)?[(（\[\"“]?(?:[A-Z]|\d{1,2})(?!\w)"
)


def several_or_denied(after: str) -> bool:
    """`B or C`, `B is wrong`; of what stands behind a letter."""
    return bool(_ANOTHER.match(after)) or negation.denied("", plain(CLAUSE.split(after)[0]))


def of_sign(sign: str, choices: Sequence[str]) -> str | None:
    """The choice that a letter or number stands for; of choices that are such signs themselves, its own."""
    own = [choice.strip().upper() for choice in choices]
    if sign.upper() in own:
        return choices[own.index(sign.upper())]
    letters = all(len(one) == 1 and one.isalpha() for one in own)
    if letters or (sign.isdigit() and any(map(str.isdigit, "".join(choices)))):
        return None
    place = int(sign) - 1 if sign.isdigit() else ord(sign.upper()) - ord("A")
    return choices[place] if 0 <= place < len(choices) else None


@dataclass(frozen=True)
class Sign:
    """A letter or number at the beginning of what is told."""

    choice: str
    """That it stands for."""
    after: str


def first_sign(told: str, choices: Sequence[str]) -> Sign | None:
    """None where none stands there, or one that is a word."""
    match = _SIGN.match(told)
    choice = of_sign(match["sign"], choices) if match else None
    if match is None or choice is None or not _GOES_ON.match(told, match.end("sign")):
        return None
    return Sign(choice, told[match.end() :])


def begins(text: str, choice: str) -> bool:
    """Whether the choice stands there first and is no part of a longer phrase."""
    return bool(re.match(rf"\W*{re.escape(plain(choice).strip())}(?:\W*\Z|\s?[,;:.()\"'’”*，、]|\s+(?:{_REASON})\b)", plain(text)))


def by_sign(told: str, choices: Sequence[str]) -> str | None:
    """The choice whose letter or number begins the answer, where the rest of it names no other."""
    match = _LETTER.match(told)
    if match is None:
        return None
    rest, sign = told[match.end() :].strip(), match["sign"]
    choice = of_sign(sign, choices)
    if choice is None or (sign == "a" and rest) or (sign in "Ii" and rest and match[0].strip() == sign):
        return None
    if rest and several_or_denied(f" {rest}"):
        return None
    if rest and key(rest) != key(choice) and (match[0].strip() == sign or key(rest) in map(key, choices)):
        return None
    return choice


def signed(answer: str, choices: Sequence[str]) -> str | None:
    """The one choice whose letter, number or place (`the second option`) the answer names and does not deny."""
    held = (match for match in _MENTIONED.finditer(answer) if not negation.denied("", plain(CLAUSE.split(answer[match.end() :])[0])))
    named = [of_sign(match["sign"] or match["other"] or match["last"], choices) for match in held]
    named += [choices[place] for match in _ORDINAL.finditer(answer) if (place := ORDINALS.index(match[1].lower())) < len(choices)]
    named += [choices[-1]] if choices and LAST.search(answer) else []
    usable = list(dict.fromkeys(filter(None, named)))
    return usable[0] if len(usable) == 1 else None


def may_be_sign(told: str, choices: Sequence[str]) -> bool:
    """Not where the choices are single signs themselves, but a letter may stand for one of several digits."""
    single = all(len(choice.strip()) == 1 for choice in choices)
    return not single or (all(choice.strip().isdigit() for choice in choices) and bool(re.fullmatch(r"\W*[A-Za-z]\W*", told)))


def key(text: str) -> str:
    found = words(text)
    return " ".join(found) if found else text.strip().casefold()
