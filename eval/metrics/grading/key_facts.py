"""The facts of a long reference that can be checked without understanding it: figures, dates, names, yes or no. Judges no meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from eval.metrics.grading import negation, tokens
from eval.metrics.grading.amounts.numbers import Style
from eval.metrics.grading.amounts.rates import ONCE
from eval.metrics.grading.choices import YES_NO
from eval.metrics.grading.contrary import contradiction, opposites
from eval.metrics.grading.statement import Stands, content, stands
from eval.metrics.grading.words import plain, words

NAME = re.compile(
    r"(?<![.!?:]\s)(?<!\A)(?<![\"“„(])\b(?:[A-ZÀ-Þ][\w'’-]+(?:\s+(?:of|de|von|van|der|du|la|le)\s+|\s+)?)+|\b[A-Z]{2,}\b|"
    r"\b[A-Z][a-z]+[A-Z]\w*"
)
_OFTEN = re.compile(rf"\b{ONCE} \w+")
ENOUGH = 0.75
"""Of the key facts that an answer must hold."""


@dataclass(frozen=True)
class Found:
    """What became of a reference's key facts in an answer."""

    facts: int
    held: int
    against: str
    """A fact that the answer contradicts, in words; empty: none."""


def compare(reference: str, answer: str, language: str, style: Style | None, question: str = "") -> Found:
    """Figures and dates by value, how often by its unit, names by their words, and whether both say yes or no alike."""
    wanted, said = tokens.read(reference, language, style), tokens.read(answer, language, style)
    facts = [tokens.Text(one.text, (one,)) for one in wanted.tokens if one.kind != "word"]
    facts += [tokens.read(often, language, style) for often in dict.fromkeys(_OFTEN.findall(wanted.text))]
    facts += [found for name in names(_without(wanted), language) if (found := tokens.read(name, language, style)).tokens]
    known = [*wanted.tokens, *tokens.read(question, language, style).tokens]
    facts = [fact for fact in facts if not _given(fact, tokens.read(question, language, style))] or facts
    held = [_as_in(fact, wanted, said) for fact in facts]
    against = next((fact.text for fact, how in zip(facts, held, strict=True) if how in ("denied", "out of date")), "")
    others = [
        _other(fact, known, said) or _other_number(fact, wanted, said) for fact, how in zip(facts, held, strict=True) if how == "absent"
    ]
    against = against or next(filter(None, others), "") or _other_name(facts, held, known, answer, language)
    against = against or contradiction.between(wanted, said)
    yes = polarity(reference)
    if yes is not None:
        told = _told(answer, wanted, said, yes and negation.negative(words(reference)))
        against = against or ("yes and no" if told is not None and told != yes else "")
        return Found(len(facts) + 1, held.count("stated") + (told == yes), against)
    if not against and not opposites.agrees(reference, answer) and _negative(reference) != _negative(answer) and _shared(wanted, said):
        against = "what is denied"
    return Found(len(facts), held.count("stated"), against)


def _given(fact: tokens.Text, question: tokens.Text) -> bool:
    """Whether it is a name or a code that the question gives: an answer may say `it`."""
    named = all(token.kind == "word" for token in fact.tokens)
    return named and all(any(token.matches(other) for other in question.tokens) for token in fact.tokens)


def _negative(text: str) -> bool:
    return negation.negative(words(negation.without_idioms(plain(text))))


_FIRST = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ'’-]+ ((?:[A-ZÀ-Þ][a-zß-ÿ'’-]+ ?)+)")
"""A name that an answer begins with, with a verb ahead of it or without."""


def held(fact: tokens.Token, reference: tokens.Text, answer: tokens.Text) -> Stands:
    """How the answer stands to one token of the reference."""
    return _as_in(tokens.Text(fact.text, (fact,)), reference, answer)


_SEVERAL = re.compile(
    r"\b(?:or|oder|ou|o|(?:from|between|von|zwischen|de|entre)\b.*\b(?:to|and|until|bis|und|a|à|et|y))\b|\d ?[-–] ?\d", re.DOTALL
)
"""In a reference: what it names as one of several or as an end of a range, the answer may."""
_OLD = re.compile(r"\b(?:from|von|de|desde) (?:the |der |dem )?[€$£¥]?\Z")
"""Ahead of what a change begins with: `€882 instead of €840` tells the old rent."""


def _as_in(fact: tokens.Text, reference: tokens.Text, answer: tokens.Text) -> Stands:
    """What the reference itself denies, the answer may deny (`not after 14 days`); and what it names as one of several or as the old."""
    there, how = stands(fact, reference), stands(fact, answer)
    if how == there and how in ("denied", "out of date"):
        return "stated"
    if how == "one of several" and (how == there or _SEVERAL.search(plain(reference.text))):
        return "stated"
    old = any(fact.tokens[0].matches(one) and _OLD.search(plain(reference.text[: one.start])) for one in reference.tokens)
    return "stated" if how in ("denied", "out of date") and old else how


def _other_name(facts: Sequence[tokens.Text], held: Sequence[Stands], known: Sequence[tokens.Token], answer: str, language: str) -> str:
    """A name of several words of which the answer holds none, while it gives another such name; empty: there is none."""
    missed = [fact for fact, how in zip(facts, held, strict=True) if how == "absent" and _named(fact.tokens)]
    first = _FIRST.match(answer) if language != "de" else None  # where every noun has a capital
    called = [*names(answer, language), *([first[0], first[1]] if first else [])]
    given = [tokens.read(name, language, None) for name in called]
    others = [name for name in given if _named(name.tokens) and not any(one.matches(other) for one in known for other in name.tokens)]
    said = tokens.read(answer, language, None).tokens
    lost = [fact for fact in missed if not any(one.matches(other) for one in content(fact.tokens) for other in said)]
    return f"{lost[0].text} (it says {others[0].text})" if lost and others else ""


def _named(found: Sequence[tokens.Token]) -> bool:
    return len(found) > 1 and all(token.kind == "word" for token in found)


def _other(fact: tokens.Text, known: Sequence[tokens.Token], said: tokens.Text) -> str:
    """What the answer says instead of this figure: another amount in the same unit, another day; empty: nothing."""
    (one, *more) = fact.tokens
    for other in said.tokens if not more and one.kind != "word" else ():
        same = other.kind == one.kind and (one.quantity is None or bool(one.quantity.unit and _unit(one) == _unit(other)))
        if same and not any(token.matches(other) for token in known):
            return f"{fact.text} (it says {other.text})"
    return ""


def _other_number(fact: tokens.Text, wanted: tokens.Text, said: tokens.Text) -> str:
    """Of a bare number another one behind the same word, `room 412` for `room 214`; empty: there is none."""
    (one, *more) = fact.tokens
    if more or one.quantity is None or one.quantity.unit:
        return ""
    behind = _behind(wanted)
    named = next((word for word, token in behind if token == one), "")
    others = [token for word, token in _behind(said) if word == named and not any(known.matches(token) for _, known in behind)]
    return f"{fact.text} (it says {others[0].text})" if named and others else ""


def _behind(text: tokens.Text) -> list[tuple[str, tokens.Token]]:
    """Each bare number with the word ahead of it."""
    pairs = zip(text.tokens, text.tokens[1:], strict=False)
    return [
        (word.text, one) for word, one in pairs if word.kind == "word" and len(word.text) > 3 and one.quantity and not one.quantity.unit
    ]


def _unit(token: tokens.Token) -> str:
    return token.quantity.unit if token.quantity else ""


def _without(text: tokens.Text) -> str:
    """The text with a dash for every figure and date, so that no part of one passes for a name."""
    out = text.text
    for token in reversed([token for token in text.tokens if token.kind != "word"]):
        out = f"{out[: token.start]}–{out[token.end :]}"
    return out


def names(text: str, language: str) -> list[str]:
    """Words with a capital inside a sentence; in German, where all nouns have one, those in capitals or of several parts alone."""
    found = list(dict.fromkeys(match[0].strip() for match in NAME.finditer(text)))
    return [name for name in found if language != "de" or name.isupper() or " " in name]


def polarity(text: str) -> bool | None:
    """Whether a text begins with a yes or a no."""
    first = re.match(r"\W*(\w+)", plain(text))
    if first is None:
        return None
    return True if first[1] in YES_NO["yes"] else False if first[1] in YES_NO["no"] else None


def _told(answer: str, wanted: tokens.Text, said: tokens.Text, both: bool) -> bool | None:
    """Yes or no as the answer begins, or as it speaks of the same with or without a `not`. `both`: the reference says yes with a `not`
    of its own, so that one in the answer tells nothing."""
    outright = polarity(answer)
    if outright is not None or not answer.strip():
        return outright
    begun = re.split(r"[,;:.!?]\s", answer, maxsplit=1)[0]
    if not both and (negation.negative(words(begun)) or negation.forbids(plain(begun))):
        return False
    return True if _shared(said, wanted) else None


def _shared(wanted: tokens.Text, said: tokens.Text) -> bool:
    """Whether both speak of the same: half of the reference's words stand in the answer."""
    own = [token for token in content(wanted.tokens) if token.kind == "word" and token.text not in negation.NOT]
    return bool(own) and sum(any(token.matches(other) for other in said.tokens) for token in own) * 2 >= len(own)
