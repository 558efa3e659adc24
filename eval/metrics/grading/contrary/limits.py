"""A limit said by what it rules out: `not before 3 pm` gives the earliest time, `cannot be shorter than 6 characters` the minimum."""

from __future__ import annotations

import re

from eval.metrics.grading.words import plain

_ASKS_LEAST = re.compile(r"\b(?:earliest|minim\w+|at least|least|shortest|youngest|soonest|lowest|smallest|start(?:s|ing)? from)\b")
_ASKS_MOST = re.compile(r"\b(?:latest|maxim\w+|at most|most|longest|oldest|highest|largest|heaviest|limit|deadline|until when)\b")
_MODAL = re.compile(r"\b(?:can|may|must|allowed|possible|should|need)\b")
_DENIED = r"(?:\b(?:not|cannot|never|no|nobody)\b|(?<=\w)n['’]t\b)((?:\s[\w-]+){0,5}?)\s"
_BELOW = r"(?:before|(?:earlier|sooner|less|fewer|shorter|smaller|lighter|younger|lower) than|under|below)\s(?=[\d€$£¥])"
_ABOVE = r"(?:after|(?:later|more|longer|larger|bigger|heavier|older|higher|greater) than|over|above|exceed)\s(?=[\d€$£¥])"
_NOT_BELOW, _NOT_ABOVE = (re.compile(_DENIED + side, re.IGNORECASE) for side in (_BELOW, _ABOVE))
_LESS, _MORE = (re.compile(rf"\b(?:{words})\W*(?:\d[\w.,:% ]*)?\Z") for words in (
    "before|until|till|earlier than|at the latest|up to|no later than|shorter than|less than|under|below",
    "after|no earlier than|later than|longer than|more than|over|above"))  # fmt: skip


def said_outright(text: str, question: str) -> str:
    """The text with `at least 6` for `not less than 6`, where the question asks for such a limit or what may be done."""
    bare = plain(question)
    least, most = bool(_ASKS_LEAST.search(bare)), bool(_ASKS_MOST.search(bare))
    either = not least and not most and bool(_MODAL.search(bare))
    if least or either:
        text = _NOT_BELOW.sub(r"\1 is ", text)
    return _NOT_ABOVE.sub(r"\1 is ", text) if most or either else text


def other_side(said: str, question: str) -> bool:
    """Whether `before 3 pm` is said where the earliest time is asked for, or `after 11 pm` for the latest. `said`: up
    to the end of the figure, in plain letters."""
    bare = plain(question)
    if _ASKS_LEAST.search(bare):
        return bool(_LESS.search(said) or _NOT_ABOVE.search(said))
    return bool(_ASKS_MOST.search(bare) and (_MORE.search(said) or _NOT_BELOW.search(said)))
