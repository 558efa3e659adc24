"""What a number counts, by the words behind it: `3 to 5 working days` are no weeks, and `2 bags of 10 kg` no 10 bags."""

from __future__ import annotations

from eval.metrics.grading.amounts.units import UNITS
from eval.metrics.grading.forms.spelling import stem
from eval.metrics.grading.tokens import Text, Token
from eval.metrics.grading.words import listed

_NO_NOUNS = listed(
    "and or to of in on at for is are was were per a an the until from by with as if but than each every only if when plus minus have has "
    "can may will must it they you we which that"
)


def miscounted(reference: Text, answer: Text) -> str:
    """A number of the reference that the answer gives of something else, in words; empty: none."""
    said = [one for one in answer.tokens if one.quantity]
    for one in reference.tokens:
        if one.quantity is None or one.quantity.unit:
            continue
        alike = [other for other in said if one.matches(other)]
        unit = _unit(reference, one)
        if unit and alike and all(_unit(answer, other) not in ("", unit) for other in alike):
            return f"{one.text} {unit}s"
        noun = _nouns(reference, one)[:1]
        if any(one.matches(other) and other.quantity and not other.quantity.unit and not _nouns(answer, other) for other in said):
            continue
        counts = [other for other in said if noun and _nouns(answer, other)[:1] == noun]
        if counts and not any(one.matches(other) and not _unit(answer, other) for other in counts) and not unit:
            return f"{one.text} {noun[0]}"
    return ""


def _unit(text: Text, number: Token) -> str:
    """Its unit, which an adjective may part from it: `5 working days`."""
    if number.quantity and number.quantity.unit:
        return number.quantity.unit
    return next((UNITS[word] for word in _behind(text, number) if len(word) > 1 and word in UNITS), "")


def _nouns(text: Text, number: Token) -> list[str]:
    return [stem(word) for word in _behind(text, number)]


def _behind(text: Text, number: Token) -> list[str]:
    """The words of a thing right behind it, two at most."""
    place, out = text.tokens.index(number), []
    for token in text.tokens[place + 1 : place + 3]:
        if token.kind != "word" or token.text in _NO_NOUNS or any(sign in text.text[number.end : token.start] for sign in ".,;:"):
            break
        out.append(token.text)
    return out
