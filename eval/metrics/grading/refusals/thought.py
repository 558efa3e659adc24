"""A thought in the open ahead of an answer, `Let me check the text`: it claims nothing."""

from __future__ import annotations

import re
from collections.abc import Collection

from eval.metrics.grading.forms.spelling import stem
from eval.metrics.grading.refusals.english import ENGLISH
from eval.metrics.grading.words import listed, words

_THOUGHT = re.compile(
    r"(?:(?:first(?: of all)?|alright|right|now|next|step by step|let us see|lets see|let me see)\b ?)*"
    r"(?:(?:(?:let (?:me|us)|lets|ill|i will|im going to|i am going to|i need to|we need to|i have to|i should) "
    r"(?:\w+ly |first |now |just )?(?:look|check|think|see|read|search|go (?:through|over|back)|review|scan|verify|start|begin|find|"
    r"examine|consider|analy[sz]e|work)|(?:looking|checking|reading|searching|going through|scanning|reviewing)|"
    r"i(?: have|ve)? (?:looked|checked|searched|read|gone|went|reviewed|scanned)|i can only (?:rely on|use|see|go by|answer from)|"
    r"the (?:question|user) (?:is|asks|wants|is asking))\b)?"
)
_BESIDE = listed("again carefully closely step into over know whether out up first once quickly now rely all of")


def thinks(text: str, asked: Collection[str]) -> bool:
    """Whether it begins like a thought and goes on with words of the source and the question alone; of plain words."""
    found = _THOUGHT.match(text)
    if found is None or not found[0]:
        return False
    known = {stem(word) for word in asked}
    rest = words(text[found.end() :])
    return all(word in ENGLISH.fill or word in ENGLISH.asks or word in _BESIDE or stem(word) in known for word in rest)


_IT = re.compile(r"\A\s*it\b", re.IGNORECASE)
_LOOKED = re.compile(
    r"\b(?:look|check|read|search|scan|go|going|review|examin)\w* [\w ]*(?:text|document|passage|context|handbook|manual|page)",
    re.IGNORECASE,
)


_NAMED = re.compile(
    r"\b(?:passages|documents|texts|sources|pages|excerpts|articles|sections)\b(?P<gap>.{0,40}?)\b(?:they|them)\b",
    re.IGNORECASE | re.DOTALL,
)


def said_of_sources(text: str) -> str:
    """`I looked through the passages, but none of them mentions it`: of the passages."""
    return _NAMED.sub(lambda found: f"{found[0][: -len('they')]}the passages", text)


def the_source(sentence: str, before: str) -> str:
    """`It does not mention …` behind `Let me check the text` says so of the text."""
    return _IT.sub("the text", sentence) if before and _LOOKED.search(before) else sentence
