"""Whether what an answer names is something else than the reference, whose words it holds: somebody's assistant, the lesser of two."""

from __future__ import annotations

import re

from eval.metrics.grading.questions import Asks, compared
from eval.metrics.grading.tokens import CHANGES
from eval.metrics.grading.words import plain

_PLACED = re.compile(r"(?<!\w)(?:New|North|South|East|West|Northern|Southern|Eastern|Western|Saint|Upper|Lower)[ -]\Z")
_DEPUTY = re.compile(r"(?<!\w)(?:(?:vice|deputy|assistant)[ -]|(?:ex|non|anti|half|step)-)\Z", re.IGNORECASE)
_PERSON = (
    r"(?:deputy|assistant|secretary|brother|sister|wife|husband|son|daughter|mother|father|cousin|aunt|uncle|friend|colleague|neighbour|"
    r"neighbor|successor|predecessor|substitute|replacement)"
)
_PERSON_DE = (
    r"(?:stellvertreter|assistent|sekretar|vertreter|bruder|schwester|frau|mann|sohn|tochter|mutter|vater|nachfolger|vorganger|kolleg|"
    r"vorgesetzte|anwalt)\w{0,3}"
)
_OF_THEIRS = re.compile(rf"['’]s (?:own |former |new |personal )?{_PERSON}\b")
"""Of the text as it is written: `Mary's brother`."""
_THEIR = re.compile(
    rf"\b(?:{_PERSON} (?:of|to|for) (?:(?:the|our|your|my|a|mr|mrs|ms|dr) )*|{_PERSON_DE} (?:von |(?:des|der|dem|unserer|unseres) )+)\Z"
)
_FIGURE = re.compile(r"\W*\d")
_LESSER = re.compile(
    r"(?<!no )(?<!not )(?<!nothing )(?<!nobody )(?P<how>\b(?:(?:more|less)(?: \w+)?|\w+er)) than "
    r"(?:(?:the|a|an|our|your|those|that|in|of|from) )*\Z"
)
_BEATEN = re.compile(
    r"\b(?:(?:beat|beats|beating|defeat(?:s|ed|ing)?|overcame|won against|victory over|win over|triumph over) (?:the )?|"
    r"(?:schlug|besiegte) (?:die |den )?|a battu (?:la |le )?|vencio a )\Z"
)
_BEHIND = re.compile(r"\b(?:followed by|ahead of|gefolgt von|vor) (?:the |der |dem )?\Z")
"""Of the most or the largest: what comes after it."""
_BESIDE = re.compile(r"\w, (?:just |right |directly )?(?:opposite|next to|near|beside|behind|across from|close to|adjacent to) (?:the )?\Z")
"""`In the south wing, opposite the north wing café`: a place that tells where the other one is."""
_LEFT = re.compile(rf"\b(?:moved|relocated|switched|transferred|renamed|{CHANGES})(?: \w+){{0,4}} from (?:the |a |an )?[€$£¥]?\Z")
_LEFT_DE = re.compile(r"\bvon (?:der |dem )?\Z")
_FOR = re.compile(r"\W*(?:\w+ ){0,3}to\b")
_FOR_DE = re.compile(
    r"\W*(?:nach|auf|zu)\b.{0,40}\b(?:umgezogen|verlegt|erhoht|gesenkt|geandert|umbenannt|verlangert|verkurzt|gewechselt)\b"
)


def another(reference: str, answer: str, start: int, end: int, asks: Asks) -> bool:
    """New York is not York, a vice president no president; Mary's brother is not Mary, where a person is asked for; and `B is larger
    than A` names B as the larger one; who was beaten did not win, what the largest is followed by is not
    the largest. The mention stands from `start` to `end`."""
    before, named = answer[:start], answer[start : start + 1].isupper() and reference[:1].isupper()
    if _DEPUTY.search(before) or (named and _PLACED.search(before)):
        return True
    told = plain(before[-80:])
    if (asks.won and _BEATEN.search(told)) or (asks.compares and _BEHIND.search(told)) or _BESIDE.search(told):
        return True
    owned = _OF_THEIRS.match(answer[max(start, end - 2) : end + 40].casefold()) or _OF_THEIRS.match(answer[end : end + 40].casefold())
    if asks.who and (_THEIR.search(told) or owned):
        return True
    lesser = None if _FIGURE.match(reference) else _LESSER.search(told)  # "later than 5 pm" may be a bound, and no comparison
    return lesser is not None and bool(compared(lesser["how"]) & asks.compares)


def left(before: str, named: str, after: str) -> bool:
    """`moved from X to Y`: it is Y now; of its sentence, in plain letters. `named`: the mention, which may begin with its `from`."""
    if _LEFT.search(f"{before}from " if named.startswith("from ") else before) and _FOR.match(after):
        return True
    return bool(_LEFT_DE.search(before) and _FOR_DE.match(after))
