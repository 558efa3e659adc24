"""What is open or closed, allowed or forbidden: a question asks for the one, and an answer may name it by the other and a `not`."""

from __future__ import annotations

import re
from functools import lru_cache

from eval.metrics.grading.negation import NOT
from eval.metrics.grading.words import plain

_PAIRS = (
    ("open|opens|opened", "closed|shut"),
    (
        "allowed|permitted|accepted|admitted|accepts?|allows?|permits?",
        "forbidden|banned|prohibited|disallowed|rejected|refused|rejects?|refuses?",
    ),
    ("included|includes?|covered|covers?", "excluded|excludes?"),
    ("available|sold|offered", "unavailable|discontinued"),
    ("valid", "void|invalid"),
)
"""The words of each stance and of its contrary."""
_WORDS = tuple(re.compile(rf"\b(?:(?P<held>{held})|(?:{other}))\b") for held, other in _PAIRS)
_EXCEPT = re.compile(r"\b(?:except(?: for)?|apart from|other than|but|save)(?: (?:on|in|for|the|a|an|at))*\W*$")
_ALL = re.compile(r"\b(?:(?:once)?per|every|all|each|daily|everything|everyone|anything|always)\b")


@lru_cache(maxsize=4096)
def stances(text: str) -> tuple[tuple[int, bool], ...]:
    """Which pairs a text speaks of, and whether it holds what the first words of each do, the `not`s ahead taken into account."""
    bare, out = plain(text), []
    for pair, pattern in enumerate(_WORDS):
        if (found := pattern.search(bare)) and not pattern.search(bare, found.end()):
            ahead = re.findall(r"\w+", bare[: found.start()])
            out.append((pair, (found["held"] is not None) is (sum(word in NOT for word in ahead) % 2 == 0)))
    return tuple(out)


def answers(question: str, clause: str, before: str, sentence: str) -> bool | None:
    """Whether a clause names what the question asks for by its stance; None: it takes none. `before` and `sentence`: what stands ahead of
    the mention in its clause and in its sentence, in plain letters. A clause without a stance has that of its sentence: `open daily, not
    on Sunday`."""
    asked, excepted = dict(stances(question)), bool(_EXCEPT.search(before))
    if not asked or _UNTIL.search(before):
        return None
    taken, turned = stances(clause), False
    if not taken:
        taken, turned = stances(sentence), any(word in NOT for word in re.findall(r"\w+", before))
    for pair, side in taken:
        if pair in asked:
            return (side is asked[pair]) is not (excepted or turned)
    return not next(iter(asked.values())) if excepted and _ALL.search(before) else None


_UNTIL = re.compile(r"\b(?:until|till)\W*$")


def said_alike(text: str, reference: str) -> str:
    """The text with the reference's word of a stance for its synonyms, and with a `not` for the contrary: `is forbidden`."""
    for pattern in _WORDS:
        if wanted := pattern.search(reference):
            text = _NO_SUBJECT.sub(r"\1 not", _NOT.sub(" not", text))
            text = pattern.sub(lambda one, of=wanted: of[0] if bool(one["held"]) is bool(of["held"]) else f"not {of[0]}", text)  # type: ignore[misc]
            text = text.replace("not not ", "")
    return text


_NOT = re.compile(r"(?<=\w)(?:n['’]t| ?not)\b")
_NO_SUBJECT = re.compile(r"\bno ((?:\w+ ){1,2}(?:is|are|may be|can be))\b", re.IGNORECASE)
