"""An answer that corrects itself: what is said last counts. `It is 30. Wait, I misread that, it is 45` says 45."""

from __future__ import annotations

import re

from eval.metrics.grading.words import listed, words

_TOLD = (
    r"(?:it|they|that|this|he|she|there|the (?:\w+ ){1,3}?)(?:['’]s|\s?\b(?:is|are|was|were|has|have|costs?|takes?))\b"
    r"(?! (?:all|what|not|the only|unclear|unknown|everything|just|no |how|why))|"
    r"[\d€$£¥]|(?:on|in|at|by|about|from) (?=[\d€$£¥A-ZÀ-Þ])|(?:yes|no)\b|(?-i:[A-HJ-ZÀ-Þ]|I[a-z])"
)
"""How what is meant begins: `it is …`, a figure, a name."""
_MISTAKEN = (
    r"(?:(?:that|this|it)(?:['’]s| is| was) (?:wrong|incorrect|not (?:right|correct)|a (?:mistake|typo)|an error)|"
    r"i(?:['’]ve| have)? (?:mis(?:read|spoke|understood|remembered)|made (?:a|an) (?:mistake|error)|was wrong|got (?:that|it) wrong)"
    r"(?: (?:that|it|this|the \w+))?|my (?:mistake|bad|error)|let me correct (?:that|this|it|myself)|"
    r"(?:scratch|strike) that|or rather|make that)"
)
_PAUSE = (
    r"(?:(?:oh|hmm|um|uh|ah|well|actually|so|no|nope|wait|sorry|hold on|hang on|oops|whoops|apologies|i apologi[sz]e)[\s,.:!…–-]+){0,4}"
)
_AHEAD = r"(?<=[\w%€$£°)])[\s.,;:!?…–(-]{1,6}"
_CORRECTED = re.compile(
    rf"(?:{_AHEAD}{_PAUSE}(?:but )?{_MISTAKEN}|"
    r"(?<=[.!?;:\n(–])\s*(?:the )?(?:correction|corrected(?: answer)?)(?=\s?[:,–-]| is\b)(?: is\b)?)[\s,.:;!…–-]+(?=\S)",
    re.IGNORECASE,
)
"""It says so: whatever follows is what is meant."""
_PAUSED = re.compile(
    rf"{_AHEAD}(?:(?:oh|actually|well|no|nope)[\s,]+){{0,3}}(?:(?:wait|hold on|hang on|oops|whoops|sorry|(?:my )?apologies|i apologi[sz]e|"
    r"(?:hmm|actually|well)\W+no)(?: for (?:the|that|my) \w+)?\s?[,.:!…–-][\s.]*(?:actually[\s,]+)?|i meant?[\s,:]+){1,4}"
    rf"(?:the (?:text|document|passage) says[\s:]+)?(?={_TOLD})",
    re.IGNORECASE,
)
"""It stops short: something else must follow, and not `yes, that is right`."""
_CONFIRMED = re.compile(
    r"\W*(?:yes\W+)?(?:(?:that|it)(?:['’]s| is| was) )?(?:right|correct|indeed|confirmed|still|as i said)\b", re.IGNORECASE
)
_LED = re.compile(rf"\A(?:{_PAUSE}{_MISTAKEN}[\s,.:;!…–-]+){{1,4}}(?=\S)", re.IGNORECASE)


def last_said(text: str) -> str:
    """What stands behind the last correction; the text itself where it corrects nothing."""
    if found := _last(_CORRECTED, text):
        return _LED.sub("", found)
    found = _last(_PAUSED, text)
    return _LED.sub("", found) if found and not _CONFIRMED.match(found) else text


def _last(mark: re.Pattern[str], text: str) -> str:
    """What stands behind the last mark that has a claim ahead of it; empty: there is none. `No, sorry, it is 5` corrects no `no`."""
    for found in reversed([*mark.finditer(text)]):
        ahead, rest = words(text[: found.start()]), text[found.end() :]
        if not ahead or ahead[-1] in _SUPPOSING:
            continue
        if (said := words(rest)) and (set(ahead) - _ANSWERS or said[0] in _ANSWERS or _MINE.search(found[0])):
            return rest
    return ""


_SUPPOSING = listed("if when whether unless because where that case think thinks believe say says said while")
"""Ahead of `that is wrong`, which is no correction then."""
_ANSWERS = listed("yes no")
_MINE = re.compile(r"\b(?:i (?!apolog)|my (?:mistake|bad|error)|let me|correct)", re.IGNORECASE)
