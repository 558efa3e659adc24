"""What a question asks for that turns the sense of an answer: what is not so, what once was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from eval.metrics.grading.negation import FORBIDS, NOT, given_up
from eval.metrics.grading.words import plain


@dataclass(frozen=True)
class Asks:
    """What a question asks for that turns the sense of an answer."""

    negative: bool = False
    """What is not so: a `not` in the answer denies nothing."""
    past: bool = False
    """What once was: it may hold no longer."""
    then: bool = False
    """Something in the past tense: `used to be` may tell it."""
    denied: str = ""
    """The verb that the question denies, as its beginning: `cover` of `What is not covered?`."""
    who: bool = False
    """A person: somebody's assistant is somebody else."""
    compares: frozenset[str] = frozenset()
    """What it may ask for more of, as beginnings: `larg` of `Which is the larger one?`."""
    won: bool = False
    """Who won: who was beaten is the other."""
    question: str = ""
    """Itself, for the words that name what its answer belongs to."""


NOTHING_SPECIAL = Asks()


@lru_cache(maxsize=4096)
def asks_of(question: str) -> Asks:
    """Read from its words."""
    past = asks_of_the_past(question) or bool(_NO_MORE.search(plain(question)))
    then = past or bool(_PAST_TENSE.search(plain(question)))
    negative = asked_for(question) or asks_for_what_is_left_out(question)
    won = bool(_WON.search(plain(question)))
    return Asks(
        negative,
        past,
        then,
        denied_verb(question),
        bool(_WHO.search(plain(question))),
        compared(question),
        won,
        question,
    )


def asked_for(question: str) -> bool:
    """Whether the question itself asks for what is not so, so that a `not` in the answer denies nothing."""
    bare = plain(question)
    return bool(FORBIDS.search(bare)) or given_up(bare) or any(word in NOT for word in re.findall(r"\w+", bare))


_WON = re.compile(r"\b(?:won|wins?|winners?|champions?|victor|gewann|gewonnen|sieger|gagne|vainqueur|gano|ganador)\b")
_WHO = re.compile(r"^(?!.*\bwhose\b).*\b(?:who|whom|wer|wen|wem)\b")
_COMPARED = re.compile(r"\b(?:(?P<way>more|most|less|least)(?: (?P<what>\w+))?|(?P<word>\w{3,}?)(?:er|est))\b")


def compared(text: str) -> frozenset[str]:
    """The comparisons of a text, as beginnings: `cheap` of `cheaper` and `cheapest`, `more expensive` of `most expensive`; and of other
    words that end like them, which compare nothing and are never followed by `than`."""
    return frozenset(
        found["word"].removesuffix("i") if found["word"] else f"{_WAYS[found['way']]} {found['what'] or ''}".strip()
        for found in _COMPARED.finditer(plain(text))
        if found["word"] not in ("oth", "rath")
    )


_WAYS = {"more": "more", "most": "more", "less": "less", "least": "less"}
_LEFT_OUT = re.compile(r"\b(?:exclud\w*|exclus\w*|exclu[ets]{0,2}|ausgeschlossen|ausgenommen|excluid\w+)\b")


def asks_for_what_is_left_out(question: str) -> bool:
    """Whether the question asks what is excluded, so that `X is excluded` states X."""
    return bool(_LEFT_OUT.search(plain(question)))


_ASKS_PAST = re.compile(
    r"\b(?:formerly|former|previous(?:ly)?|used to|originally|initially|in the past|old name|fruher(?:e[nrsm]?)?|ehemals|ehemalige\w*|"
    r"ursprunglich|zuvor|bisher|anciennement|ancien(?:ne)?s?|auparavant|anterior(?:mente)?|antigu[oa]s?)\b|以前|之前|原来|原名|曾|"
    r"\bfrom (?:what|where|which|whom)\b|\bfrom\W*$|"
    r"\b(?:until|till|before|prior to|bis|vor|jusqu\w*|avant|antes de|hasta)\W+(?:\w+\W+){0,2}(?:1[5-9]|20)\d\d\b"
)
"""`Until when must I register?` asks of no past, `until 2023` does."""


def asks_of_the_past(question: str) -> bool:
    """Whether the question asks for what once was, so that an answer may say that it holds no longer."""
    return bool(_ASKS_PAST.search(plain(question)))


_NO_MORE = re.compile(r"\b(?:no longer|not any ?more|anymore|nicht mehr|ya no|ne plus)\b|不再")
_PAST_TENSE = re.compile(
    r"\b(?:did|was|were|had|before|earlier|war|waren|hatte\w*|wurde\w*|etait|etaient|avait|fue|fueron|era|eran|habia)\b"
)
_DENIED_VERB = re.compile(
    r"\b(?:not|isnt|arent|doesnt|dont|cannot|cant|wont|never|(?:doesnt|dont|isnt|arent|not) (?:the|a|an|my|our|your|this) \w+) "
    r"(?:(?:be|being|always|usually|actually) )*(?P<verb>cover|includ|allow|permit|accept|support|requir|deliver|refund|reimburs|provid|"
    r"offer|contain|appl|count|work|need|eligib|insur|tax|charg|return)\w*"
)


def denied_verb(question: str) -> str:
    """The beginning of the verb that the question denies; empty: none, or one that is not known here."""
    found = _DENIED_VERB.search(plain(question))
    return found["verb"] if found else ""
