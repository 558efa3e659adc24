"""Whether an answer states a short reference: all of it there, not denied, not out of date, not one of several alternatives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from eval.metrics.grading import negation
from eval.metrics.grading.another import another, left
from eval.metrics.grading.contrary import assigned, limits, outdated
from eval.metrics.grading.contrary import stance as stances
from eval.metrics.grading.questions import NOTHING_SPECIAL, Asks
from eval.metrics.grading.tokens import Text, Token
from eval.metrics.grading.words import listed, plain, spans, unspaced

Stands = Literal["stated", "denied", "out of date", "one of several", "other", "absent"]
SMALL = listed(
    "the a an of to in on at for is are was were be it its this that and by with from as der die das den dem des ein "
    "eine einen einem einer im am zum zur von und ist sind war es le la les l un une des du de et est sont en au aux el los las una "
    "unos y es son del al between zwischen entre"
)
"""Words that carry no answer of their own; of a reference made of nothing else all count."""
_SENTENCE = re.compile(r"(?<=[a-zà-ÿ)\]\"'0-9%€$][.!?])\s+(?=\S)|[!?](?=[^\s\x00-\x7f])|[。！？；;\n]+")
_WHEN = r"when|if|while|because|unless|wenn|falls|weil|sobald|quand|lorsque|parce|cuando|porque"
_CLAUSE = re.compile(rf"\b(?=(?:{_WHEN})\b)|,(?!\d)\s*|[，、:：]\s*|\s+[-–—]\s+|\s+(?=(?:{negation.BUT})\b)|(?=而是|但是|但)|\((?=.)")
PARTS = 4
"""Pieces in which one word may be written."""
GAP = 3
"""Words that may stand between those of a reference, as a middle name does."""


@dataclass(frozen=True)
class Place:
    """Where a reference stands in an answer."""

    first: int
    last: int
    """Of its first and last token."""


def stands(reference: Text, answer: Text, asks: Asks = NOTHING_SPECIAL) -> Stands:
    """How the answer stands to the reference; `stated` where any mention of it holds."""
    wanted = _unaged(_untitled(content(reference.tokens), answer.tokens), answer.tokens)
    wanted = _counted(_without_initials(wanted, reference.text, answer.text), answer.tokens)
    there = places(wanted, answer.tokens) or places(_told_apart(wanted, reference.text, asks.question), answer.tokens)
    found = [_judged(place, answer, reference, asks) for place in there[:MOST]]
    if not found:
        return "absent"
    return "stated" if "stated" in found else found[0]


TITLES = listed("mr mrs ms miss dame dr prof professor herr frau mme mlle monsieur madame senor senora sig signora")
RANKS = listed("king queen prince princess sir lord lady president chancellor pope emperor duke senator mayor konig konigin kaiser papst")
NAMED = 2
"""Words that must be left of a name without its rank: King Charles III is Charles III, but Queen Street is no Street."""


def _untitled(wanted: tuple[Token, ...], said: tuple[Token, ...]) -> tuple[Token, ...]:
    """Without titles, of a last name alone where the answer gives none: `Keller` names Frau Keller, and Herr Keller does not."""
    bare = tuple(token for token in wanted if token.text not in TITLES)
    if len(bare) > 1 or (bare and not any(token.text in TITLES for token in said)):
        wanted = bare
    ranked = len(wanted) > NAMED and wanted[0].text in RANKS and not any(token.text in RANKS for token in said)
    return wanted[1:] if ranked else wanted


def _told_apart(wanted: tuple[Token, ...], reference: str, question: str) -> tuple[Token, ...]:
    """Without words of the question, where a name or a figure is left: to `Which hotel?` the Meridian is the Hotel Meridian."""
    asked = {word.text for word in spans(question)}
    left = tuple(token for token in wanted if token.kind != "word" or token.text not in asked)
    telling = any(token.figure or reference[token.start : token.start + 1].isupper() for token in left)
    return left if left != wanted and telling else ()


_INITIALS = re.compile(r"(?<!\w)(?:([A-ZÀ-Þ][\w'’-]+) )?([A-ZÀ-Þ]{1,3})\.? (?=([A-ZÀ-Þ][a-zß-ÿ'’-]+))")


def _without_initials(wanted: tuple[Token, ...], reference: str, answer: str) -> tuple[Token, ...]:
    """`John F. Kennedy` is named by John Kennedy and John Fitzgerald Kennedy, `J. S. Bach` by Johann Sebastian Bach; not by others."""
    if not (name := _INITIALS.search(reference)):
        return wanted
    first, initials, last = (plain(part or "") for part in name.groups())
    given = re.search(rf"(?<!\w){re.escape(first)}\W*((?:\w+\W+){{0,3}}?){re.escape(last)}(?!\w)", plain(answer))
    if given is None or "".join(word[0] for word in given[1].split()) not in (initials, *([""] if first else [])):
        return wanted
    return tuple(token for token in wanted if token.text != initials)


_AGES = listed("age ages aged")


def _unaged(wanted: tuple[Token, ...], said: tuple[Token, ...]) -> tuple[Token, ...]:
    """`ages 6 to 12` without its first word, where the answer says `aged` or `years`."""
    bare = tuple(token for token in wanted if token.text not in _AGES)
    aged = any(token.text in _AGES or (token.quantity and token.quantity.unit == "year") for token in said)
    return bare if aged and any(token.quantity for token in bare) else wanted


def _counted(wanted: tuple[Token, ...], said: tuple[Token, ...]) -> tuple[Token, ...]:
    """The number alone, where the answer is a number alone: `42` answers a question whose answer is `42 employees`."""
    bare = len(said) == 1 and said[0].kind == "quantity"
    counts = len(wanted) == 2 and wanted[0].kind == "quantity" and wanted[1].kind == "word" and not wanted[0].text.endswith("%")
    return wanted[:1] if bare and counts else wanted


def content(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Without small words, unless there is nothing else."""
    kept = tuple(token for token in tokens if token.kind != "word" or token.text not in SMALL)
    return kept or tokens


def places(wanted: tuple[Token, ...], said: tuple[Token, ...]) -> list[Place]:
    """Where all wanted tokens stand near each other in any order; signs of a script without spaces in their own."""
    if not wanted:
        return []
    own = [token.text for token in wanted if token.kind == "word"]
    strict = bool(own) and all(len(text) <= 3 and unspaced(text) for text in own)
    found = []
    for start, token in enumerate(said):
        if any(one.matches(token) for one in wanted):
            end = _in_order(wanted, said, start) if strict else _together(wanted, said, start)
            if end is not None:
                found.append(Place(start, end))
    return _tightest(found) or _written_together(wanted, said)


def _tightest(found: list[Place]) -> list[Place]:
    """Without places that overlap a shorter one: in `wheat flour instead of rye flour` rye flour stands at the end."""
    out = []
    for at, one in enumerate(found):
        near = found[max(0, at - BESIDE) : at + BESIDE + 1]  # they stand in order, so that others cannot overlap it
        if not any(o.first <= one.last and one.first <= o.last and o.last - o.first < one.last - one.first for o in near):
            out.append(one)
    return out


MOST = 20
"""Mentions that are judged: who says the same thing for the hundredth time says nothing more."""
BESIDE = 8
"""Places on each side among which those are that overlap one."""


def _written_together(wanted: tuple[Token, ...], said: tuple[Token, ...]) -> list[Place]:
    """`health care` as `healthcare`, `e-mail` as `email`: the same letters in words that are parted elsewhere."""
    letters = "".join(token.text for token in wanted)
    if not all(token.kind == "word" for token in wanted) or len(letters) < 3:
        return []
    found = []
    for start in range(len(said)):
        built = ""
        for end in range(start, min(start + PARTS, len(said))):
            built += said[end].text.casefold() if said[end].kind in ("word", "quantity") else " "
            if built == letters:
                found.append(Place(start, end))
    return found


def _in_order(wanted: tuple[Token, ...], said: tuple[Token, ...], start: int) -> int | None:
    if start + len(wanted) > len(said):
        return None
    same = all(one.matches(other) for one, other in zip(wanted, said[start : start + len(wanted)], strict=True))
    return start + len(wanted) - 1 if same else None


def _together(wanted: tuple[Token, ...], said: tuple[Token, ...], start: int) -> int | None:
    left, gap = list(wanted), 0
    for place in range(start, len(said)):
        hit = next((i for i, one in enumerate(left) if one.matches(said[place])), None)
        if hit is not None:
            left.pop(hit)
            gap = 0
            if not left:
                return place
        elif said[place].text in negation.NOT:
            return None
        elif said[place].kind != "word" or said[place].text not in SMALL:
            gap += 1
            if gap > GAP:
                return None
    return None


def _judged(place: Place, answer: Text, reference: Text, asks: Asks) -> Stands:
    start, end = answer.tokens[place.first].start, answer.tokens[place.last].end
    sentence = _around(_SENTENCE, answer.text, start, end)
    clause = _around(_CLAUSE, answer.text, start, end, within=sentence)
    before, after = plain(answer.text[clause[0] : start]), plain(answer.text[end : clause[1]])
    whole_before, rest = plain(answer.text[sentence[0] : start]), plain(answer.text[end : sentence[1]])
    told = answer.text[clause[0] : clause[1]]
    stance = None if reference.figures else _stance(reference.text, asks.question, told, before, whole_before)
    if (
        negation.asked_back(answer.text[end:])
        or (stance is None and _denied(before, after, reference, asks))
        or (stance is None and negation.set_aside(whole_before, rest, asks.negative))
        or (asks.denied and stance is None and negation.affirmed(asks.denied, plain(told)))
        or stance is False
        or (bool(reference.figures) and limits.other_side(f"{before}{plain(answer.text[start:end])}", asks.question))
    ):
        return "denied"
    if another(reference.text, answer.text, start, end, asks) or assigned.elsewhere(start, end, reference, answer, asks.question):
        return "other"
    following = plain(answer.text[sentence[1] :])
    if not _no_longer_another(answer.text[end:]) and _of_the_past(whole_before, plain(answer.text[start:end]), rest, following, asks):
        return "out of date"
    if not _OR.search(plain(reference.text)) and negation.one_of_several(whole_before, rest, following):
        return "one of several"
    return "stated"


def _stance(reference: str, question: str, clause: str, before: str, sentence: str) -> bool | None:
    return None if stances.stances(reference) else stances.answers(question, clause, before, sentence)


def _denied(before: str, after: str, reference: Text, asks: Asks) -> bool:
    if asks.negative:
        return False
    own = negation.negative([token.text for token in reference.tokens])
    return (not own and negation.denied(before, after)) or (not reference.figures and negation.given_up(before))


def _of_the_past(before: str, named: str, after: str, following: str, asks: Asks) -> bool:
    """Whether its sentence, or the one that follows, says that it holds no longer, and the question does not ask for the past."""
    if not asks.then and (outdated.used_to_be(before, after) or left(before, named, after)):
        return True
    return not asks.past and (outdated.out_of_date(before, after) or outdated.replaced(before, after, following))


_NO_LONGER_ANOTHER = re.compile(
    r"\W{0,2},? ?(?:and |und |et |y )?(?:no longer|not any ?more|nicht mehr|plus|ya no) (?:in |at |on |auf |à |en )?(?=[A-ZÀ-Þ\d€$£])"
)


def _no_longer_another(after: str) -> bool:
    """`Bonn, no longer Berlin`: something else holds no longer."""
    return bool(_NO_LONGER_ANOTHER.match(after))


_OR = re.compile(r"\b(?:or|oder|ou|o)\b|/|或")


def _around(mark: re.Pattern[str], text: str, start: int, end: int, within: tuple[int, int] | None = None) -> tuple[int, int]:
    """The part between two marks that holds the span."""
    low, high = within or (0, len(text))
    before = [match.end() for match in mark.finditer(text, low, high) if match.end() <= start]
    after = [match.start() for match in mark.finditer(text, low, high) if match.start() >= end]
    return (before[-1] if before else low), (after[0] if after else high)


def all_items(references: list[Text], answer: Text, asks: Asks) -> bool:
    """Whether each item of a list is stated."""
    return len(references) > 1 and all(stands(one, answer, asks) == "stated" for one in references)
