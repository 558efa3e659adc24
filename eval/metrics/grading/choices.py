"""Which of a closed set of choices or labels an answer names: by its words, its letter or its number, and not where it denies it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.metrics.grading import negation
from eval.metrics.grading.reading import bare
from eval.metrics.grading.spelling import singular
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
_CLAUSE = re.compile(rf"[,;.!?，。；：:]\s*|\n+|\s+(?=(?:{negation.BUT})\b)")
YES_NO = {
    "yes": ("yes", "yeah", "yep", "correct", "true", "ja", "oui", "si", "sim", "是", "是的", "对"),
    "no": ("no", "nope", "nah", "false", "nein", "non", "nao", "不", "不是", "否", "没有"),
}
POLAR = {"true": "yes", "false": "no"}
UNTRUE = {"false": ("incorrect", "wrong", "untrue")}
"""Of a statement; of a question `wrong` is no `no`."""
ADVERBS = {
    "yes": ("of course", "certainly", "absolutely", "definitely", "sure", "indeed", "naturlich", "bien sur", "claro",
            "desde luego", "当然", "可以", "允许", "without doubt", "no doubt", "without question", "ohne zweifel", "sin duda"),
    "no": ("of course not", "certainly not", "absolutely not", "definitely not", "not really", "not at all", "by no means", "never",
           "keineswegs",
           "auf keinen fall", "naturlich nicht", "bien sur que non", "pas du tout", "claro que no", "de ninguna manera", "当然不",
           "不可以", "不能", "不行", "不允许"),
}  # fmt: skip


@dataclass(frozen=True)
class Mention:
    """A choice as it stands in an answer."""

    choice: str
    start: int
    end: int
    denied: bool


def chosen(answer: str, choices: Sequence[str], signs: bool = True) -> str | None:
    """The one choice that the answer names; None where it names none, or several. `signs`: letters and numbers stand for their "
    "choices."""
    told = bare(answer)
    exact = [choice for choice in choices if _key(choice) == _key(told)]
    if exact:
        return exact[0]
    inflected = [choice for choice in choices if _singular(_key(choice)) == _singular(_key(told)) and len(_key(told)) > 3]
    if len(inflected) == 1:
        return inflected[0]
    single = all(len(choice.strip()) == 1 for choice in choices)
    if (by_sign := _by_sign(told, choices) if signs and _may_be_sign(told, choices) else None) is not None:
        return by_sign
    found = _mentions(told, choices, single)
    held = [one for one in found if not one.denied]
    if len({one.choice for one in held}) > 1 and _only_listed(told, held):
        return None
    if held and held[0].start == 0 and not found[0].denied and _leads(told, held[0]):
        return held[0].choice
    named = list(dict.fromkeys(one.choice for one in held)) or _opposite(found, choices)
    return named[0] if len(named) == 1 else _signed(answer, choices) if signs else None


def _may_be_sign(told: str, choices: Sequence[str]) -> bool:
    """Not where the choices are single signs themselves, but a letter may stand for one of several digits."""
    single = all(len(choice.strip()) == 1 for choice in choices)
    return not single or (all(choice.strip().isdigit() for choice in choices) and bool(re.fullmatch(r"\W*[A-Za-z]\W*", told)))


def _opposite(denied: Sequence[Mention], choices: Sequence[str]) -> list[str]:
    """Of true and false the other one, where the one is denied."""
    pair = {POLAR.get(plain(choice).strip()): choice for choice in choices}
    if len(choices) != 2 or set(pair) != {"yes", "no"} or len({one.choice for one in denied}) != 1:
        return []
    return [choice for choice in choices if choice != denied[0].choice]


def _singular(key: str) -> str:
    """`deliveries` names `delivery`."""
    return " ".join(singular(word) for word in key.split())


def _key(text: str) -> str:
    found = words(text)
    return " ".join(found) if found else text.strip().casefold()


def _only_listed(told: str, held: Sequence[Mention]) -> bool:
    """Whether the answer is several choices and nothing else: `billing, account`."""
    told = plain(told)
    for one in reversed(held):
        told = told[: one.start] + told[one.end :]
    return not re.search(r"\w", told)


def _leads(told: str, mention: Mention) -> bool:
    """Whether the answer begins with this choice and goes on about it: `Yes, …`, `maybe not`; not `A dog or a cat`."""
    return not re.match(r"\s*(?:(?:or|oder|ou|o|and|und|et|y|或|和)(?!\w)|/)", told[mention.end :], re.IGNORECASE)


def _by_sign(told: str, choices: Sequence[str]) -> str | None:
    """The choice whose letter or number begins the answer, where the rest of it names no other."""
    match = _LETTER.match(told)
    if match is None:
        return None
    rest, sign = told[match.end() :].strip(), match["sign"]
    place = int(sign) - 1 if sign.isdigit() else ord(sign.upper()) - ord("A")
    if not 0 <= place < len(choices) or (sign == "a" and rest) or (sign in "Ii" and rest and match[0].strip() == sign):
        return None
    if rest and _key(rest) != _key(choices[place]) and (match[0].strip() == sign or _key(rest) in map(_key, choices)):
        return None
    return choices[place]


def _signed(answer: str, choices: Sequence[str]) -> str | None:
    signs = {match["sign"] or match["other"] or match["last"] for match in _MENTIONED.finditer(answer)}
    signs |= {str(ORDINALS.index(match[1].lower()) + 1) for match in _ORDINAL.finditer(answer)}
    signs |= {str(len(choices))} if LAST.search(answer) else set()
    places = {int(sign) - 1 if sign.isdigit() else ord(sign) - ord("A") for sign in signs}
    usable = [place for place in places if 0 <= place < len(choices)]
    return choices[usable[0]] if len(usable) == 1 else None


def _mentions(told: str, choices: Sequence[str], single: bool) -> list[Mention]:
    """In order, the longer form where one holds another; letters as choices by capitals alone, and not the article `A`."""
    text = told if single else negation.without_idioms(plain(told))
    return _found(text, choices, single, _forms) or ([] if single else _found(plain(told), choices, single, _adverbs))


def _found(text: str, choices: Sequence[str], single: bool, forms_of: Callable[[str, bool], tuple[str, ...]]) -> list[Mention]:
    found: list[Mention] = []
    pairs = sorted(((form, choice) for choice in choices for form in forms_of(choice, single)), key=lambda pair: -len(pair[0]))
    for form, choice in pairs:
        edges = (r"(?<!\w)", r"(?!\w)") if form.isascii() else ("", "")
        article = r"(?! [a-z])" if single and form == "A" else ""
        for match in re.finditer(f"{edges[0]}{re.escape(form)}{edges[1]}{article}", text):
            if not any(match.start() < one.end and one.start < match.end() for one in found):
                found.append(Mention(choice, match.start(), match.end(), _denied(text, match.start(), match.end(), form)))
    return sorted(found, key=lambda one: one.start)


def _forms(choice: str, single: bool) -> tuple[str, ...]:
    if single:
        return (choice.strip().upper(),)
    own = plain(choice).strip()
    return tuple(
        dict.fromkeys(
            form
            for form in (
                own,
                own.replace("_", " "),
                own.replace("-", " "),
                *_third_person(own),
                *YES_NO.get(POLAR.get(own, own), ()),
                *UNTRUE.get(own, ()),
            )
            if form
        )
    )


def _third_person(own: str) -> tuple[str, ...]:
    """`It increases` names `increase`."""
    return (f"{own}s",) if re.fullmatch(r"[a-z]{4,}[^s\W]", own) else ()


def _adverbs(choice: str, single: bool) -> tuple[str, ...]:
    """`Of course not` where neither yes nor no is said."""
    return ADVERBS.get(plain(choice).strip(), ())


def _denied(text: str, start: int, end: int, form: str) -> bool:
    before = _CLAUSE.split(text[:start])[-1]
    after = _CLAUSE.split(text[end:])[0]
    if form in YES_NO["no"] and not before.strip():
        return False
    if negation.asked_back(text[end:]) or negation.set_aside(plain(text[:start]), plain(text[end:])):
        return True
    return negation.denied(plain(before), plain(after))
