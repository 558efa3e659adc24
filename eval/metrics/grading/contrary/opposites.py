"""Words of which one says the contrary of the other, in English: accepts and rejects, before and after. A `not` turns either."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from eval.metrics.grading.amounts.units import UNITS
from eval.metrics.grading.forms.spelling import stem
from eval.metrics.grading.negation import NOT, without_idioms
from eval.metrics.grading.words import Word, listed, plain, spans

_PAIRS = """
accept/reject refuse : allow permit let/forbid ban banned prohibit disallow : include/exclude omit : increase rise raise grow/decrease fall
reduce drop lower shrink decline cut down : open/close shut : begin start/end stop finish cease : meet reach fulfil achieve/miss fail :
approve/disapprove veto reject : win/lose : arrive/depart : enter/exit : enable activate/disable deactivate : lock/unlock : add/remove
delete : hire/fire dismiss : mandatory obligatory required/optional voluntary : possible/impossible : valid/invalid void : first/last :
minimum/maximum : earliest/latest : legal/illegal : public/private : full/empty : always/never : upper/lower : left/right : north/south :
east/west : upload/download : install/uninstall : deposit/withdraw : confirm/deny : agree/disagree refuse : like/dislike : expand/shrink :
available/unavailable : able/unable : free/charged chargeable : gain/lose : lengthen extend/shorten : encourage/discourage :
strengthen/weaken : keep retain/discard : inside/outside : visible/hidden : taxable/exempt
"""
_ALONE = (
    "cancel pay use apply need cover work refund return transfer change share store smoke eat bring park contact respond sign renew count "
    "qualify transferable refundable eligible deliver ship charge expire earn hold own serve know see provide offer contain belong"
)
"""Verbs without an opposite: a `not` alone turns them."""
_PLACED = "before until till by/after from since : above over/below under : with/without : more/less fewer : inside/outside"
"""Of these what follows tells what they are said of."""
_DATED = listed("by from since")
"""Of these only what a figure follows is of time: `by 3 May`, and not `by the office`."""
WINDOW = 5
"""Words on either side that tell what a word is said of."""
_CLAUSE_END = re.compile(r"[,;:.!?()]\s|\b(?:and|but|while|whereas)\b")
_SMALL = listed(
    "the a an of to in on at for is are was were be been being it its this that these those and by with from as or has have had do does "
    "did can may must will would shall should not no never there but if you your we our they their he she his her all any each "
    "every which who"
)
_TURNS = listed("fail fails failed refuse refuses refused unable decline declines declined stop stops stopped")
"""Verbs that deny the one behind them: `failed to meet`."""
_NONE_IS = re.compile(r"\bno \w+ (?:is|are|was|were|(?:has|have|had|will) (?:be|been)) \Z")
"""Ahead of a participle: `no data was lost`."""
_BETWEEN = re.compile(r"\w+ly|yet|longer|always|ever|currently|even|so|long")


def _table(pairs: str) -> dict[str, list[tuple[int, bool]]]:
    out: dict[str, list[tuple[int, bool]]] = {}
    for number, pair in enumerate(pairs.split(":")):
        for side, held in zip((True, False), pair.split("/"), strict=True):
            for word in held.split():
                out.setdefault(stem(word), []).append((number, side))
    return out


_OPPOSITES, _PREPOSITIONS = _table(f"{_PAIRS}:{':'.join(f'{verb}/' for verb in _ALONE.split())}"), _table(_PLACED)


@dataclass(frozen=True)
class Said:
    """One word of a pair in a text."""

    pair: str
    first: bool
    """Whether the word is the first of the pair."""
    turned: bool
    """Whether a `not` turns it."""
    unsure: bool
    """Whether a `not` of its clause may turn it and does not for certain: `you won't get a refund`."""
    of: frozenset[str]
    """What it is said of."""
    clause: frozenset[str]
    """The same within its clause."""

    @property
    def side(self) -> bool:
        """Whether it says what the first of the pair says."""
        return self.first is not self.turned


@lru_cache(maxsize=4096)
def sayings(text: str) -> tuple[Said, ...]:
    """In order."""
    found = spans(bare := without_idioms(plain(text)))
    stems, ends, out = [stem(word.text) for word in found], [match.end() for match in _CLAUSE_END.finditer(bare)], []
    for place, word in enumerate(found):
        for table, low, high in ((_OPPOSITES, max(0, place - WINDOW), place + WINDOW), (_PREPOSITIONS, place + 1, place + 3)):
            for number, side in table.get(stems[place], ()):
                begun = max((end for end in ends if end <= word.start), default=0)
                ended = min((end for end in ends if end > word.start), default=len(bare))
                near = [at for at in range(low, min(high + 1, len(found))) if at != place and stems[at] not in _SMALL]
                if word.text in _DATED and not any(stems[at][0].isdigit() for at in near):
                    continue
                clause = frozenset(stems[at] for at in near if begun <= found[at].start < ended)
                turned = _turned(found[:place], begun, low > place) or bool(_NONE_IS.search(bare[begun : word.start]))
                unsure = not turned and any(
                    one.text in NOT or one.text in _TURNS for one in found if begun <= one.start < ended and one is not word
                )
                out.append(Said(f"{low > place}{number}", side, turned, unsure, frozenset(stems[at] for at in near), clause))
    return tuple(out)


def _turned(ahead: Sequence[Word], begun: int, placed: bool) -> bool:
    """Whether a `not` stands ahead: right ahead of a verb, anywhere in the clause of a preposition; two are none."""
    turns = 0
    for word in reversed(ahead):
        denies = word.text in NOT or word.text in _TURNS
        if word.start < begun or not (placed or denies or word.text in _SMALL or _BETWEEN.fullmatch(word.text)):
            break
        turns += denies
    return turns % 2 == 1


def opposite(reference: str, answer: str) -> str:
    """What the answer says the contrary of, in words; empty: nothing."""
    ours, theirs = sayings(reference), sayings(answer)
    for one in ours if theirs else ():
        against = [other for other in ours if other.pair == one.pair and other.side is not one.side]
        alike = [other for other in theirs if other.pair == one.pair and (other.side is one.side or not (one.unsure or other.unsure))]
        if against:
            near = one.clause.difference(*(other.clause for other in against))
            far = frozenset(word for other in against for word in other.clause - one.clause if word not in UNITS and not word[0].isdigit())
            said = [(len(near & other.clause), other.side is one.side) for other in alike if not far & other.clause]
        else:
            said = [(len(one.of & other.of), other.side is one.side) for other in alike]
        if said and max(said)[0] and not max(said)[1]:
            return f"what it says of {', '.join(sorted(one.of))}"
    return ""


def agrees(reference: str, answer: str) -> bool:
    """Whether both say the same of something, and one of them by a `not`: `is not included` and `excludes`."""
    theirs = sayings(answer)
    return any(
        one.pair == other.pair and one.turned is not other.turned and one.side is other.side and one.of & other.of
        for one in sayings(reference)
        for other in theirs
    )
