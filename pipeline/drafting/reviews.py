"""What people decided about drafts: appended line by line, many raters, the last word of each counts. Drafts nothing.

A draft that one person accepted is accepted; where any person rejects it, it is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from pipeline.drafting.folder import REVIEWS, DraftSet
from pipeline.drafting.record import ASKED, Draft
from pipeline.errors import UserError
from pipeline.files import append, told_plainly
from pipeline.run_folder.labels import rater_name
from pipeline.run_folder.store import now

State = Literal["draft", "accepted", "edited", "rejected"]
"""Of one draft; `draft`: nobody has decided."""
REASONS = {
    "wrong answer": "the answer is not right, or not the only one", "unclear": "the question cannot be understood without the passage",
    "unnatural": "nobody would ask this", "too easy": "it answers itself", "other": "something else",
}  # fmt: skip
"""Why a draft is rejected."""


@dataclass(frozen=True)
class Review:
    """One person's word on one draft."""

    draft: str
    rater: str
    state: Literal["accepted", "edited", "rejected", ""]
    """Empty: taken back."""
    question: str = ""
    """As it was edited; empty where it was not."""
    answers: tuple[str, ...] = ()
    """All accepted answers, as edited; none where it was not edited, or has no answer."""
    why: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one draft."""

    draft: Draft
    state: State
    raters: tuple[str, ...] = ()
    question: str = ""
    answers: tuple[str, ...] = ()
    """The accepted ones; none where the question has no answer."""
    why: str = ""

    @property
    def taken(self) -> bool:
        return self.state in ("accepted", "edited")


def decide(drafts: DraftSet, draft: Draft, review: Review) -> None:
    """On disk when this returns. UserError for an edit that leaves nothing to ask or to grade."""
    if review.state == "edited":
        _refuse_empty(draft, review)
    line = {
        "time": now(), "draft": review.draft, "state": review.state, "rater": rater_name(review.rater), "why": review.why,
        "question": review.question, "answers": list(review.answers), "generator": draft.generator,
        "passages": [place.id for place in draft.passages], "seed": draft.seed,
    }  # fmt: skip
    path = drafts.path / REVIEWS
    with told_plainly(path):
        append(path, orjson.dumps(line) + b"\n")


def _refuse_empty(draft: Draft, review: Review) -> None:
    if not review.question.strip():
        raise UserError("the question is empty.", remedy="Write one, or reject the draft.")
    if not review.answers and draft.kind not in ("unanswerable", ASKED):
        raise UserError("the answer is empty.", remedy="Write one, or reject the draft.")


def reviews(drafts: DraftSet) -> dict[str, dict[str, Review]]:
    """Rater → draft → the last word, in the order in which they were last decided."""
    found: dict[str, dict[str, Review]] = {}
    path = drafts.path / REVIEWS
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            told = orjson.loads(line)
            review = Review(told["draft"], told["rater"], told["state"], told["question"], tuple(told["answers"]), told["why"])
        except (ValueError, KeyError, TypeError):
            continue  # empty, or cut off by a kill
        own = found.setdefault(review.rater, {})
        own.pop(review.draft, None)
        if review.state:
            own[review.draft] = review
    return {rater: own for rater, own in found.items() if own}


def outcomes(drafts: Iterable[Draft], said: Mapping[str, Mapping[str, Review]]) -> list[Outcome]:
    """Of every draft, in their order."""
    return [_outcome(draft, [own[draft.id] for own in said.values() if draft.id in own]) for draft in drafts]


def _outcome(draft: Draft, said: Sequence[Review]) -> Outcome:
    raters, why = tuple(one.rater for one in said), "; ".join(one.why for one in said if one.why)
    own = (draft.answer,) if draft.answer else ()
    edits = [one for one in said if one.state == "edited"]
    question, answers = (edits[-1].question, edits[-1].answers) if edits else (draft.question, own)
    if any(one.state == "rejected" for one in said):
        return Outcome(draft, "rejected", raters, question, answers, why)
    state: State = "edited" if edits else "accepted" if said else "draft"
    return Outcome(draft, state, raters, question, answers, why)


def left_for(rater: str, found: Sequence[Outcome]) -> list[Draft]:
    """What nobody has decided yet, in an order of this rater's own, so that two at work seldom meet the same draft."""
    left = [one.draft for one in found if one.state == "draft"]
    return sorted(left, key=lambda draft: hashlib.sha256(f"{rater}\n{draft.id}".encode()).hexdigest())


@dataclass(frozen=True)
class Rate:
    """How many of the drafts that people decided were accepted."""

    accepted: int
    decided: int
    low: float
    high: float
    """Wilson's 95 % interval, drafts taken as independent."""


def rates(found: Sequence[Outcome]) -> dict[str, Rate]:
    """By kind, and `all`; only those of which any was decided."""
    kinds = ["all", *dict.fromkeys(one.draft.kind for one in found)]
    made = {kind: _rate([one for one in found if one.state != "draft" and kind in ("all", one.draft.kind)]) for kind in kinds}
    return {kind: rate for kind, rate in made.items() if rate is not None}


def _rate(decided: Sequence[Outcome]) -> Rate | None:
    from scipy.stats import binomtest

    if not decided:
        return None
    accepted = sum(one.taken for one in decided)
    ends: Any = binomtest(accepted, len(decided)).proportion_ci(0.95, "wilson")
    return Rate(accepted, len(decided), float(ends.low), float(ends.high))
