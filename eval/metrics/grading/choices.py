"""Which of a closed set of choices or labels an answer names: by its words, its letter or its number, and not where it denies it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from eval.metrics.grading import negation
from eval.metrics.grading.closed.announced import announced, claimed, held_true, last_line
from eval.metrics.grading.closed.signs import CLAUSE, begins, by_sign, first_sign, key, may_be_sign, of_sign, several_or_denied, signed
from eval.metrics.grading.forms.spelling import singular
from eval.metrics.grading.reading import bare
from eval.metrics.grading.words import plain, unspaced

_HANGUL = re.compile("[\uac00-\ud7a3]{2}")
"""Particles stand right behind words of two syllables."""
YES_NO = {
    "yes": ("yes", "yeah", "yep", "correct", "true", "ja", "oui", "si", "sim", "tak", "да", "نعم", "हाँ", "हां", "네", "是", "是的", "对"),
    "no": (
        "no",
        "nope",
        "nah",
        "false",
        "nein",
        "non",
        "nao",
        "nee",
        "nej",
        "nie",
        "нет",
        "لا",
        "नहीं",
        "아니요",
        "아니오",
        "不",
        "不是",
        "否",
        "没有",
    ),
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
    """The one choice that the answer names; None where it names none, or several. What it announces last as its answer counts.
    `signs`: letters and numbers stand for their choices."""
    for said in announced(answer):
        if (found := _told(said, choices, signs)) is not None:
            return found.choice
    if signs and (sign := held_true(answer)) and (held := of_sign(sign, choices)) is not None:
        return held
    return _concluded(answer, choices, signs) or _named(claimed(answer), choices, signs)


@dataclass(frozen=True)
class _Told:
    """What is announced as the answer."""

    choice: str | None
    """None: several, or what is denied."""


def _told(said: str, choices: Sequence[str], signs: bool) -> _Told | None:
    """None where it begins with no choice."""
    told = bare(said)
    if signs and (sign := first_sign(told, choices)) is not None:
        others = (choice for choice in choices if choice != sign.choice and len(choice.strip()) > 1)
        return _Told(None if several_or_denied(sign.after) or any(begins(sign.after, other) for other in others) else sign.choice)
    return _Told(_named(said, choices, signs)) if any(begins(told, choice) for choice in choices if choice.strip()) else None


def _concluded(answer: str, choices: Sequence[str], signs: bool) -> str | None:
    """The choice, or its letter, that stands alone in the last of several lines, where no other line begins with one."""
    ahead, last = last_line(answer)
    if not last or len(last.split()) > max((len(choice.split()) for choice in choices), default=0) + 1:
        return None
    alone = [choice for choice in choices if key(choice) == key(bare(last))]
    sign = first_sign(bare(last), choices) if signs and not alone else None
    alone += [sign.choice] if sign and not re.search(r"\w", sign.after) else []
    return alone[0] if alone and not any(_told(line, choices, signs) for line in ahead) else None


def _named(answer: str, choices: Sequence[str], signs: bool) -> str | None:
    told = bare(answer)
    exact = [choice for choice in choices if key(choice) == key(told)]
    if exact:
        return exact[0]
    inflected = [choice for choice in choices if _singular(key(choice)) == _singular(key(told)) and len(key(told)) > 3]
    if len(inflected) == 1:
        return inflected[0]
    single = all(len(choice.strip()) == 1 for choice in choices)
    if signs and may_be_sign(told, choices) and (choice := by_sign(told, choices)) is not None:
        return choice
    found = _mentions(told, choices, single)
    held = [one for one in found if not one.denied]
    if len({one.choice for one in held}) > 1 and _only_listed(told, held):
        return None
    if held and held[0].start == 0 and not found[0].denied and _leads(told, held[0]):
        return held[0].choice
    named = list(dict.fromkeys(one.choice for one in held)) or _opposite(found, choices)
    return named[0] if len(named) == 1 else signed(answer, choices) if signs else None


def _opposite(denied: Sequence[Mention], choices: Sequence[str]) -> list[str]:
    """Of true and false the other one, where the one is denied."""
    pair = {POLAR.get(plain(choice).strip()): choice for choice in choices}
    if len(choices) != 2 or set(pair) != {"yes", "no"} or len({one.choice for one in denied}) != 1:
        return []
    return [choice for choice in choices if choice != denied[0].choice]


def _singular(key: str) -> str:
    """`deliveries` names `delivery`, and `dog` `a dog`."""
    return " ".join(singular(word) for word in _ARTICLE.sub("", key).split())


_ARTICLE = re.compile(r"\A(?:the|an?|der|die|das|eine?|les?|la|une?|el|los|las) (?=\w)")


def _only_listed(told: str, held: Sequence[Mention]) -> bool:
    """Whether the answer is several choices and nothing else: `billing, account`."""
    told = plain(told)
    for one in reversed(held):
        told = told[: one.start] + told[one.end :]
    return not re.search(r"\w", told)


def _leads(told: str, mention: Mention) -> bool:
    """Whether the answer begins with this choice and goes on about it: `Yes, …`, `maybe not`; not `A dog or a cat`."""
    return not re.match(r"\s*(?:(?:or|oder|ou|o|and|und|et|y|或|和)(?!\w)|/)", told[mention.end :], re.IGNORECASE)


def _with_lists(text: str, found: Sequence[Mention]) -> list[Mention]:
    """`It isn't A, B or C`: the `not` ahead of a list with an `or` is of all its items."""
    out, first = list(found), 0
    for place in range(1, len(found) + 1):
        if place < len(found) and _LISTING.fullmatch(text[found[place - 1].end : found[place].start]):
            continue
        between = (text[found[at].end : found[at + 1].start] for at in range(first, place - 1))
        if found[first].denied and any(map(_ALTERNATIVE.search, between)):
            out[first:place] = [replace(one, denied=True) for one in found[first:place]]
        first = place
    return out


_LISTING = re.compile(r"\s*(?:,|,? ?\b(?:or|nor|and|oder|noch|ou|ni|o)\b)\s*(?:the |an? )?")
_ALTERNATIVE = re.compile(r"\b(?:or|nor|oder|noch|ou|ni|o)\b")


def _mentions(told: str, choices: Sequence[str], single: bool) -> list[Mention]:
    """In order, the longer form where one holds another; letters as choices by capitals alone, and not the article `A`."""
    text = told if single else negation.without_idioms(plain(told))
    return _with_lists(text, _found(text, choices, single, _forms)) or ([] if single else _found(plain(told), choices, single, _adverbs))


def _found(text: str, choices: Sequence[str], single: bool, forms_of: Callable[[str, bool], tuple[str, ...]]) -> list[Mention]:
    found: list[Mention] = []
    pairs = sorted(((form, choice) for choice in choices for form in forms_of(choice, single)), key=lambda pair: -len(pair[0]))
    for form, choice in pairs:
        edges = ("", "") if unspaced(form) else (r"(?<!\w)", "" if _HANGUL.match(form) else r"(?!\w)")
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


NEAR = 400
"""Signs on each side of a choice among which it may be denied."""


def _denied(text: str, start: int, end: int, form: str) -> bool:
    start, end, text = min(start, NEAR), min(start, NEAR) + end - start, text[max(0, start - NEAR) : end + NEAR]
    before = CLAUSE.split(text[:start])[-1]
    after = CLAUSE.split(text[end:])[0]
    if form in YES_NO["no"] and not before.strip():
        return False
    if negation.asked_back(text[end:]) or negation.set_aside(plain(text[:start]), plain(text[end:])):
        return True
    return negation.denied(plain(before), plain(after))
