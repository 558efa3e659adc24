"""What a list names, and whether an answer names more than its reference does: `S, M, L and XL` for `S, M, L`."""

from __future__ import annotations

import re

from eval.metrics.grading.forms.spelling import stem
from eval.metrics.grading.words import listed, plain, words

_COMMA = r",(?!\d{3}(?!\d))(?!(?:(?<=[a-z] \d,)|(?<=[a-z] \d\d,)) (?:1[5-9]|20)\d\d\b)"
"""One that parts items, and neither the thousands of 1,200 nor the year of March 1, 2024."""
ITEMS = re.compile(
    rf"\s*(?:{_COMMA}|[;，、]|\band\b|&|\bund\b|\bet\b|\by\b|和|与|及び|および|以及)\s*|"
    r"(?<=[\u4e00-\u9fff\u30a1-\u30fa])と(?=[\u4e00-\u9fff\u30a1-\u30fa])"
)
_AND = re.compile(r"\b(?:and|und|et|y)\b|&|和|与|及び|および|以及")
_OPENS = listed(
    "it they all each every which who that these those this both is are was were in on at for with from but not as so there you we he she "
    "none only too also including especially mostly er sie es alle jede das die der dans en avec mais ils elles"
)
"""Words that open another clause behind a list."""
_SAYS = listed("is are was were has have had can may must will it they you we ist sind est sont es son")


def items(text: str) -> list[str]:
    """What a list names, one by one; a text without commas and `and` is a list of one."""
    return [part.strip(" .") for part in ITEMS.split(text) if part.strip(" .")]


def items_wanted(reference: str) -> list[str]:
    """The same of a reference, which is short: in kana, too, `と` parts what is longer than one sign."""
    parts = [part.split("と") for part in items(reference)]
    return [one for part in parts for one in (part if min(map(len, part)) > 1 else ["と".join(part)])]


def more_than(reference: str, answer: str) -> bool:
    """Whether the answer's list has items that a reference of several items does not name. Words may stand ahead of the list and behind."""
    wanted = [_stems(one) for one in items(reference)]
    if len(wanted) < 2:
        return False
    said = _pieces(answer)
    held = [place for place, (_, one) in enumerate(said) if any(_at_an_end(item, _stems(one)) for item in wanted)]
    if len(held) < len(wanted):
        return _bare_more(reference, answer)
    if any(_item(said[place][1]) for place in range(held[0], held[-1]) if place not in held):
        return True
    if held[-1] + 1 == len(said):
        return False
    closed = any(_AND.search(said[place][0]) for place in held[1:])
    mark, behind = said[held[-1] + 1]
    joined, clause = bool(_AND.search(mark)), len(behind.split()) > 3 or bool(set(words(behind)) & _SAYS)
    return _item(behind) and (not clause if joined is closed else joined)


def _pieces(text: str) -> list[tuple[str, str]]:
    """The items of a text, each with what parts it from the one ahead."""
    out, ahead, low = [], "", 0
    for mark in ITEMS.finditer(text):
        if piece := text[low : mark.start()].strip(" ."):
            out.append((ahead, piece))
            ahead = ""
        ahead, low = ahead + mark[0], mark.end()
    return [*out, (ahead, text[low:].strip(" ."))] if text[low:].strip(" .") else out


def _stems(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


def _at_an_end(item: list[str], said: list[str]) -> bool:
    """Whether the words begin with those of the item, or end with them."""
    return bool(item) and item in (said[: len(item)], said[-len(item) :])


def _item(text: str) -> bool:
    """Whether it may be one more thing of a list, and no clause."""
    first = words(text)[:1]
    return bool(first) and first[0] not in _OPENS


def _bare_more(reference: str, answer: str) -> bool:
    """The same of a bare list, whose items are written in another way."""
    wanted, said = items(reference), items(answer)
    if any(len(one.split()) > 4 for one in said):
        return False
    known = {plain(one) for one in wanted}
    return len(said) > len(wanted) and any(plain(one) not in known for one in said)
