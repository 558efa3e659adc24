"""A name and its first letters: WHO, the World Health Organization; PPE, personal protective equipment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from eval.metrics.grading.words import listed

_WHOLE = re.compile(r"(?:the )?([A-Z]{2,6})\.?", re.IGNORECASE)
_SHORT = re.compile(r"(?<![\w&-])[A-Z]{2,6}(?![\w&-])")
_WORD = r"[^\W\d_][\w'’]*"
_JOINTS = listed("the a an of for and de la du des van von der und et y del")
"""Words that lend no letter."""
_KINDS = listed("department team division unit office section group")
"""Words behind a name that its first letters may leave out."""
_PRONOUNS = listed("it who us is am an or in on at so do go he me my no of to up we be by if as all are can and for")
"""Words that are no abbreviation unless they stand in capitals."""
_KNOWN = listed(
    "it:information_technology hr:human_resources pr:public_relations ai:artificial_intelligence pe:physical_education vp:vice_president "
    "qa:quality_assurance gp:general_practitioner id:identity_document pc:personal_computer uk:united_kingdom eu:european_union"
)
"""Of two letters, which two words in lower case may have by chance."""


def abbreviates(short: str, long: str) -> bool:
    """Whether the one is the first letters of the other, which is a name of several words: UK, United Kingdom."""
    found = _WHOLE.fullmatch(short.strip())
    parts = re.findall(_WORD, long)
    if found is None or not found[1].isupper() or len(parts) < 2 or not (parts[-1][0].isupper() and len(parts) <= 2 * len(found[1]) + 1):
        return False
    return "".join(part[0] for part in parts if part[0].isupper() and part != "The") == found[1]


def written_alike(text: str, references: Sequence[str]) -> str:
    """The text with a name written as a reference writes it, in full or by its first letters."""
    for reference in references:
        whole = _WHOLE.fullmatch(reference.strip())
        if whole and whole[1].isupper():
            text = _shortened(_without_pronouns(text, whole[1]), whole[1])
        elif letters := _letters(reference):
            text = _SHORT.sub(lambda found, one=reference, of=letters: one if found[0] in of else found[0], text)  # type: ignore[misc]
            text = _once(text, reference)
    return text


def _once(text: str, name: str) -> str:
    """`the Fund, or the Fund`, which gave it in full and by its letters, is no choice between two."""
    one = re.escape(name)
    return re.sub(rf"({one}),? (?:or|oder|ou|o) (?:the )?{one}", r"\1", text)


@lru_cache(maxsize=4096)
def _letters(name: str) -> tuple[str, ...]:
    """Its first letters; with and without a last `department`."""
    parts = [part for part in re.findall(_WORD, name) if part.casefold() not in _JOINTS]
    if not 2 <= len(parts) <= 7 or len(parts) != len([part for part in re.split(r"[\s-]+", name) if part.casefold() not in _JOINTS]):
        return ()
    named = [parts, parts[:-1]] if parts[-1].casefold() in _KINDS else [parts]
    return tuple("".join(part[0] for part in one).upper() for one in named if len(one) > 1)


def _shortened(text: str, letters: str) -> str:
    """The text with the letters for every run of words that they begin."""
    words = [*re.finditer(_WORD, text)]
    for start in range(len(words) - 1, -1, -1):
        end, held = start, 0
        while end < len(words) and held < len(letters):
            word = words[end][0]
            if word[0].upper() == letters[held] and word.casefold() not in _JOINTS:
                held += 1
            elif not held or word.casefold() not in _JOINTS:
                break
            end += 1
        run = [word[0] for word in words[start:end] if word[0].casefold() not in _JOINTS]
        if held == len(letters) == len(run) and _spells(run, letters):
            text = f"{text[: words[start].start()]}{letters}{text[words[end - 1].end() :]}"
    return text


def _spells(run: list[str], letters: str) -> bool:
    """Whether these words may be what the letters stand for, and no chance."""
    if all(word[0].isupper() for word in run) or f"{letters}:{'_'.join(run)}".casefold() in _KNOWN:
        return True
    return len(letters) > 2 and all(len(word) > 3 for word in run)


def _without_pronouns(text: str, letters: str) -> str:
    """`it` is not IT, unless it is all that is said or names a department."""
    if letters.casefold() not in _PRONOUNS or text.strip(" .").casefold() == letters.casefold():
        return text
    kinds = "|".join(_KINDS)
    return re.sub(rf"(?<!\w)(?!{letters}\b)(?i:{letters})\b(?! (?:{kinds})\b)", "", text)
