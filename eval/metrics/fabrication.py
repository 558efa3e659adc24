"""How a fabricated answer stands to the gold evidence: against it, nowhere in it, or neither. Plain rules over words; calls no model.

The evidence is the accepted answers and the gold passages. The rules see what can be checked word by word, in English sentences:

- *contradicts*: a value differs where both speak of the same thing. An accepted answer speaks of the same thing, being one to the same
  question; a sentence of the evidence does where it shares at least half of the answer's content words. What differs: all numbers
  against an accepted answer's; a number that stands nowhere, beside another in the evidence; yes against no; a "not" on one side
  alone; or, where both are nothing but capitalised words, every one of them.
- *unfounded*: else, a sentence with less than half of its content words in the evidence (words of the question aside); and every
  claim where there is no evidence to look in, as on a row that nobody can answer.
- *neither*: all the rest: words of the evidence that are not the answer, or a part of it.

What they cannot see: a contradiction in other words ("closed" against "open"), units, names in lower case, who did what to whom. So
*contradicts* is a lower bound of what a person would call one. Not fitted to anything and not held against people's labels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, get_args

from eval.metrics.grounding.text import Words, sentences, stem, words

Kind = Literal["contradicts", "unfounded", "neither"]
KINDS: tuple[Kind, ...] = get_args(Kind)
COLUMNS = tuple(f"fabricated_{kind}" for kind in KINDS)
"""In the table of scores: 1 for one of them where the answer is fabricated, so that the three add up to `fabricated` on every row."""
NOTE = (
    "Wrong answers are parted by plain rules over English words, held against no labels: a contradiction in other words than the gold "
    "evidence's is not seen, and where nobody can know every claim counts as not found"
)
"""What has to be known wherever the three shares stand."""
SAME = 0.5
"""The share of content words from which on two sentences speak of the same thing, or a sentence is found."""
_WORD = re.compile(r"[^\W\d_]+")
_YES, _NO = frozenset({"yes", "true"}), frozenset({"no", "false"})


def kind_of(answer: str, references: Sequence[str], passages: Sequence[str], question: str = "") -> Kind:
    """Of an answer that is known to be wrong and claims something; the order of references and passages does not matter."""
    evidence = [sentence for text in (*references, *passages) for sentence in sentences(text)]
    if not evidence:
        return "unfounded"
    asked, said = words(question), sentences(answer)
    if references and _against_references(answer, references, asked):
        return "contradicts"
    known = [words(sentence) for sentence in evidence]
    if any(_against_evidence(words(sentence), known, asked) for sentence in said):
        return "contradicts"
    stems = frozenset[str]().union(*(one.stems for one in known))
    return "unfounded" if any(_lost(words(sentence).stems - asked.stems, stems) for sentence in said) else "neither"


def _against_references(answer: str, references: Sequence[str], asked: Words) -> bool:
    """Whether a value of the answer differs from those of all accepted answers."""
    said, accepted = words(answer), [words(reference) for reference in references]
    figures = frozenset[str]().union(*(one.numbers for one in accepted))
    if figures and said.numbers - asked.numbers and not said.numbers & figures:
        return True
    sides = {_side(reference) for reference in references}
    if None not in sides and _side(answer) not in (None, *sides):
        return True
    mine, theirs = _names(answer, asked), [_names(reference, asked) for reference in references]
    return bool(mine) and all(theirs) and not mine & frozenset[str]().union(*theirs)


def _against_evidence(said: Words, known: Sequence[Words], asked: Words) -> bool:
    """Whether every sentence nearest to this one, if they are near at all, has another number or is its negation."""
    plain = said.stems - said.numbers
    near = [len(plain & one.stems) / len(plain) if plain else 0.0 for one in known]
    if max(near) < SAME:
        return False
    nearest = [one for one, share in zip(known, near, strict=True) if share == max(near)]
    new = said.numbers - asked.numbers - frozenset[str]().union(*(one.numbers for one in known))
    return all((new and one.numbers - said.numbers) or one.negated != said.negated for one in nearest)


def _lost(stems: frozenset[str], known: frozenset[str]) -> bool:
    return bool(stems) and len(stems & known) / len(stems) < SAME


def _side(text: str) -> bool | None:
    """Whether the text begins with a yes or a no; None: with neither."""
    first = next(iter(_WORD.findall(text.lower())), "")
    return True if first in _YES else False if first in _NO else None


def _names(text: str, asked: Words) -> frozenset[str]:
    """The stems of its content words, those of the question aside, where all of them are capitalised; else none."""
    found = words(text)
    new = found.stems - asked.stems
    capitalised = {stem(token.lower()) for token in _WORD.findall(text) if token[0].isupper()}
    return new if new <= capitalised and not found.negated else frozenset()
