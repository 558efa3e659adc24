"""Questions that yes or no answers: said outright, or by what the answer says of what is asked."""

from __future__ import annotations

import re

from eval.metrics.grading import key_facts, negation, statement
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.asked import Asked, Grade
from eval.metrics.grading.choices import YES_NO, chosen
from eval.metrics.grading.contrary import opposites
from eval.metrics.grading.forms.spelling import stem
from eval.metrics.grading.questions import asked_for
from eval.metrics.grading.words import listed, plain, words

_SAYINGS = re.compile(
    r"(?:(?:they|it|he|she|you|we|that|this|one) (?:may|can|could|is|are|was|were|do|does|did|has|have|had|will|would|must|should)|"
    r"(?:thats?|that is|its|it is) (?:right|correct|so|true|fine|ok|okay)|(?:sure )?(?:thats|that is) (?:fine|ok|okay)|exactly|right|"
    r"unbedingt|auf jeden fall|selbstverstandlich|genau|richtig|(?:das )?stimmt|so ist es|"
    r"tout a fait|exactement|en effet|cest exact|evidemment|asi es|exacto|exactamente|por supuesto|en efecto)"
)
"""A whole answer that says yes in other words."""
_PERMITS = re.compile(
    r"\b(?:allowed|permitted|possible|welcome|erlaubt|gestattet|zulassig|moglich|permise?s?|autorisee?s?|permitid[oa]s?|autorizad[oa]s?)\b"
)
_ASKS_LEAVE = re.compile(
    r"\b(?:may|can|could|allowed|permitted|possible|darf|durfen|durfte|kann|konnen|erlaubt|peut|peuvent|puis|permis|puede|pueden|puedo|"
    r"admiten|permiten?|permitido)\b"
)
_THAN = re.compile(r"\b(?:than|als|que)\b")
_BOUNDS = re.compile(
    r"\b(?:(?:after|from|since|above|over|more than|nach|ab|seit|uber|mehr als|apres|depuis|plus de|despues de|desde|mas de)|"
    r"(?P<low>until|till|before|by|up to|below|under|less than|bis|vor|unter|weniger als|avant|jusqua|moins de|antes de|hasta|menos de)) "
    r"(?:the |dem |der |den |le |la |el )?(?P<what>\w+)"
)
_MAY_I = re.compile(r"\b(?:may|can|could|am i allowed to|are \w+ allowed to) (?:(?:i|we|one|you|they|the|a|an|my|our) )*(?:\w+ )?(\w+)")
"""The verb of a question for leave, or the word ahead of it."""
_YOU_MAY = re.compile(r"\b(?:can|may|could|allowed to) (?:also |only |\w+ly )?(\w+)")
_ON_CONDITION = re.compile(
    r"\b(?:but not|as long as|provided|unless|if|except|sofern|solange|wenn|ausser|tant que|si|sauf|mientras|salvo)\b"
)
"""Behind it a `not` is of the condition: `permitted, as long as it is not programmable`."""
_INTERJECTION = re.compile(
    r"\A\W*(?:(?:great|good|excellent) question|thanks? (?:you )?for (?:asking|your question)|hello|hi)\W+", re.IGNORECASE
)
WHOLE = 4
"""Words of a clause that may stand by itself."""
_SAME = re.compile(r"\b(?:same|equal(?:ly)?|alike|gleich\w*|genauso|ebenso|memes?|egaux|egales?|aussi|igual(?:es)?|mism[oa]s?)\b")
_OUTRIGHT = re.compile(r"\W*\w+\s*(?:[,.;:!–-]|\Z)")
"""Its first word is an answer by itself, and no part of `No information is given`."""
_ASKING = listed("do does did can could may might must should would will shall has have had any")
_NO_NAMES = listed("more less plus moins mas menos mehr weniger")


def graded(asked: Asked, short: list[str], said: str) -> Grade | None:
    """Where yes or no is what is wanted, what the answer begins with decides, or what it says of what is asked; None: neither tells."""
    wanted = {key_facts.polarity(one) for one in short if " ".join(words(one)) in (*YES_NO["yes"], *YES_NO["no"])}
    if len(wanted) != 1:
        return None
    (yes,) = wanted
    if not (key_facts.polarity(said) is not None and _OUTRIGHT.match(said)) and declines(said, asked.question):
        return Grade("abstained", "it declines and claims nothing")
    told = chosen(said, ("yes", "no"), signs=False) or _implied(asked.question, said)
    if told is None:
        return None
    return Grade("right", f"it says {told}") if (told == "yes") == yes else Grade("wrong", f"it says {told}")


def _implied(question: str, said: str) -> str | None:
    """`It is not allowed` says no; without a `not`, words of the question say yes. None where the question asks for a `not` itself."""
    if asked_for(question) or declines(said, question):
        return None
    first = re.split(r"[.!?;\n。！？；]", _INTERJECTION.sub("", said), maxsplit=1)[0]
    bare = plain(first)
    if (meant := negation.not_said(bare)) is not None:
        return meant
    forbidden = negation.forbids(bare)
    if negation.denied(_unconditional(bare), "") or negation.given_up(bare):
        return "yes" if forbidden else "no"
    if forbidden or opposites.opposite(question, first):
        return "no"
    if _SAYINGS.fullmatch(" ".join(words(first))) or (_PERMITS.search(bare) and _ASKS_LEAVE.search(plain(question))):
        return "yes"
    leave = "yes" if _given_leave(question, _unconditional(bare)) else None
    return leave or _compared(question, first) or _bounded(question, first) or _in_words(question, first)


def _given_leave(question: str, said: str) -> bool:
    """`You can carry over five days` to `May I carry over leave?`."""
    asked = {word for found in _MAY_I.finditer(plain(question)) for word in found[0].split()[-2:]}
    return any(found[1] in asked for found in _YOU_MAY.finditer(said))


def _unconditional(text: str) -> str:
    """Its first clause, where that says something by itself."""
    head = _ON_CONDITION.split(text)[0]
    return head if len(head.split()) >= WHOLE else text


def _in_words(question: str, first: str) -> str | None:
    """Half of the question's own words, or all but one of them in any form: what is asked is said."""
    asked, said = [word for word in words(question) if word not in statement.SMALL], words(first)
    if asked and sum(word in said for word in set(asked)) * 2 >= len(set(asked)):
        return "yes"
    wanted, held = {stem(word) for word in asked if word not in _ASKING}, set(map(stem, said))
    return "yes" if wanted & held and len(wanted - held) <= 1 else None


def _bounded(question: str, first: str) -> str | None:
    """`After six?` `Until six`: no, where the same thing stands behind the opposite word."""
    asked, said = ({match["what"]: match["low"] is None for match in _BOUNDS.finditer(plain(text))} for text in (question, first))
    return "no" if any(asked.get(what, side) is not side for what, side in said.items()) else None


def _compared(question: str, first: str) -> str | None:
    """`Is Mara older than Tom?`: no where both are called the same, or where what stands behind `than` comes first."""
    parts = _THAN.split(plain(question))
    if len(parts) != 2 or not first:
        return None
    if _SAME.search(plain(first)):
        return "no"
    left, right = ({word for word in words(part) if word not in statement.SMALL and word not in _NO_NAMES} for part in parts)
    named = [word for word in words(first) if word in left ^ right]
    return "no" if named and named[0] in right and left & set(words(first)) else None
