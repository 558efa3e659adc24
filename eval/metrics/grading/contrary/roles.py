"""Who does what to whom, as far as the words on both sides of a verb tell: `A reports to B` and `B reports to A` say the contrary."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from eval.metrics.grading.forms.spelling import stem
from eval.metrics.grading.words import Word, language_of, listed, plain, spans

_VERBS = """
report inform notify sue train invite appoint elect acquire supply exceed overtake outnumber send forward refer overrule advise nominate
promote assist help support protect cause influence sponsor fund finance visit attack invade conquer kill monitor audit control review
replace succeed owe marry cover contain convert follow succeed owe give pay hire employ supervise manage own sell beat defeat lend teach
precede rent lease host sign outrank
"""
_CONVERSE = (
    "sell buy purchase : beat lose : defeat lose : lend borrow : employ work : precede follow : own belong : teach learn : give receive"
)
_SKIPPED = listed(
    "the a an of to in on at for is are was were be been being it its this that these those and by with from as or has have had do does "
    "did can may must will would shall should who which whom there her his their our your my then also directly always against"
)
_PASSIVE = listed("is are was were be been being")
_END = re.compile(r"[,;:.!?()]\s")
WINDOW = 8
"""Words on either side of a verb."""


def _concepts() -> dict[str, list[tuple[str, bool]]]:
    out = {stem(verb): [(verb, False)] for verb in _VERBS.split()}
    for pair in _CONVERSE.split(":"):
        first, *others = pair.split()
        for other in others:
            out.setdefault(stem(other), []).append((first, True))
    return out


_CONCEPTS = _concepts()


@dataclass(frozen=True)
class Deed:
    """A verb with what stands on its two sides."""

    verb: str
    doer: frozenset[str]
    other: frozenset[str]


@lru_cache(maxsize=4096)
def deeds(text: str) -> tuple[Deed, ...]:
    """In order; a passive and a converse verb (`buys` for `sells`) are turned round."""
    found, out = spans(text), []
    for place, word in enumerate(found):
        left, right = (
            _side(text, found[max(0, place - WINDOW) : place][::-1], word.start),
            _side(text, found[place + 1 : place + 1 + WINDOW], word.end),
        )
        left, right = left - right, right - left
        for verb, converse in _CONCEPTS.get(stem(word.text), ()):
            passive = any(one.text in _PASSIVE for one in found[max(0, place - 2) : place]) and any(
                one.text == "by" for one in found[place + 1 : place + 3]
            )
            out.append(Deed(verb, right, left) if passive is not converse else Deed(verb, left, right))
        if word.text == "from":
            to = next((later for later in range(place + 2, min(place + WINDOW, len(found))) if found[later].text == "to"), None)
            if to is not None:
                out.append(Deed("from", _side(text, found[place + 1 : to], word.end), _side(text, found[to + 1 : to + 3], found[to].end)))
    return tuple(out)


def _side(text: str, near: Sequence[Word], edge: int) -> frozenset[str]:
    """Content words up to the end of the clause; where there are names, the nearest one alone."""
    kept: list[Word] = []
    for word in near:
        if _END.search(text[min(edge, word.end) : max(edge, word.start)]):
            break
        kept.append(word)
    first = next((place for place, word in enumerate(kept) if _is_name(text, word)), None)
    if first is not None:
        named = [_is_name(text, word) or word.text in _INSIDE for word in kept]
        end = named.index(False, first) if False in named[first:] else len(kept)
        kept = kept[first:end]
    return frozenset(stem(word.text) for word in kept if word.text not in _SKIPPED)


_INSIDE = listed("of de du von van der la the")
"""Small words inside of a name."""


def _is_name(text: str, word: Word) -> bool:
    return text[word.start].isupper() and word.text not in _SKIPPED


def exchanged(reference: str, answer: str) -> str:
    """A verb of the reference whose two sides have changed places in the answer; empty: none."""
    theirs = deeds(answer)
    for one in deeds(reference):
        same = [other for other in theirs if other.verb == one.verb]
        if any(_crossed(one, other) for other in same) and not any(one.doer & other.doer or one.other & other.other for other in same):
            return f"who does what ({one.verb})"
    return _names_exchanged(reference, answer)


_NAME = re.compile(r"(?<![\w'’])[A-ZÀ-Þ][\w'’-]*(?: [A-ZÀ-Þ][\w'’-]*)*")
_PARTICIPLE = re.compile(r",\s(?=\w+ing\b)")
_PASSIVE_MARK = "is … by"
_MUTUAL = listed("and or with between met meet meets marry married near next than versus vs against border borders equal equals like")
"""Words that say the same from either side."""


def _names_exchanged(reference: str, answer: str) -> str:
    """Two names that have changed places round the same English words: `Nair takes over from Cho`, `Cho takes over from Nair`."""
    if language_of(reference) not in ("en", "") or not reference.isascii():
        return ""
    theirs = _between_names(answer)
    for (one, other), words_ in _between_names(reference).items():
        turned = theirs.get((other, one))
        if turned and words_ & turned and (one, other) not in theirs and (_PASSIVE_MARK in words_) is (_PASSIVE_MARK in turned):
            return f"{one} and {other}"
    return ""


def _between_names(text: str) -> dict[tuple[str, str], frozenset[str]]:
    """Two names in a row within a clause, and the words between them; names by their last word, without titles."""
    names = [(found, found[0].split()) for found in _NAME.finditer(text)]
    names = [(found, parts) for found, parts in names if plain(parts[-1]) not in _SKIPPED]
    out = {}
    for (first, one), (second, other) in itertools.pairwise(names):
        between = text[first.end() : second.start()]
        said = {stem(word.text) for word in spans(between)}
        if said - _SKIPPED and not said & _MUTUAL and not _END.search(_PARTICIPLE.sub(" ", between)):
            passive = {_PASSIVE_MARK} if "by" in said and said & _PASSIVE else set[str]()
            out[plain(one[-1]), plain(other[-1])] = frozenset(said - _SKIPPED | passive)
    return out


def _crossed(one: Deed, other: Deed) -> bool:
    return bool(one.doer & other.other and one.other & other.doer)
