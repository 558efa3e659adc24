"""Whether what stands in a clause is denied, out of date, or one of several alternatives: English, German, French, Spanish, Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.metrics.grading.words import listed, plain

NOT = listed(
    "not no never neither nor none cannot cant isnt arent wasnt werent doesnt dont didnt wont wouldnt shouldnt couldnt "
    "without aint nicht kein keine keinen keiner keines keinem nie niemals weder ohne ne pas jamais aucun aucune ni sans nunca "
    "ningun ninguno ninguna jamas tampoco sin non"
)
_BEFORE = re.compile(r"不是|并非|並非|不|没有|沒有|非|未")
_HARMLESS = re.compile(
    r"\b(?:not only|nicht nur|pas seulement|no solo|no doubt|without (?:a )?doubt|no other than|none other than|nothing but|not until|"
    r"(?:not|no|nicht|pas|no) (?:more|less|fewer|later|earlier|longer|higher|lower|mehr|weniger|plus|moins|mas|menos) (?:than|als|"
    r"de|que)|"
    r"no later than|kein zweifel|sans doute|sin duda|no problem|erst)\b"
)
BUT = r"but|rather|instead|sondern|aber|doch|mais|sino|pero|而是|但是|但"
_AFTER = re.compile(
    r"^\W*(?:(?:which |that |this |it )?(?:(?:is|was|are|were|would be|ist|war|sind|est|etait|es|era|seria)\s+(?:\w+\s+)?(?:not|"
    r"nicht|pas|no)"
    r"|isnt|wasnt|arent|nest pas|no es|(?:(?:is|was|are|were|ist|war|est|es|era)\s+)?"
    r"(?:no longer|nicht mehr|ya no|wrong|incorrect|false|untrue|outdated|falsch|veraltet|faux|falso|incorrecto))"
    r"\b(?!\s+(?:only|just|more|less|later|nur))|不是|是错|错误)"
)
_FORBIDS = re.compile(
    r"\b(?:off limits|forbidden|prohibited|banned|avoid|nobody|nothing|except|verboten|untersagt|vermeiden|interdit|prohibid\w|"
    r"evitar)\b|禁止|不能|不可|不得"
)
NO_LONGER = re.compile(r"\b(?:no longer|not any ?more|anymore|nicht mehr|ne [\w ]{1,20} plus|ya no)\b|不再")
_PAST = re.compile(
    r"\b(?:was|were|used to|formerly|previously|until|once|war|waren|bis|fruher|etait|jusqu\w*|autrefois|era|fue|hasta|antes)\b|曾|"
    r"以前|之前|原来"
)
_NOW = re.compile(
    r"\b(?:now|today|currently|since then|nowadays|jetzt|heute|inzwischen|nun|seither|maintenant|aujourdhui|desormais|ahora|hoy|"
    r"actualmente)\b|现在|如今|目前"
)
_OR = re.compile(r"(?<!\w)(?:or|either|oder|entweder|ou|soit|o|u|bien)(?!\w)|或者|或|还是")
_OR_MORE = re.compile(
    r"\b(?:or (?:more|less|fewer|later|earlier|so|above|below|over|under|not)|oder (?:mehr|weniger|nicht)|ou (?:plus|moins)|o "
    r"(?:mas|menos|no))\b"
)


def denied(before: str, after: str) -> bool:
    """Of what stands between `before` and `after` in its clause, both in plain letters."""
    bare = _HARMLESS.sub(" ", before)
    if any(word in NOT for word in re.findall(r"\w+", bare)):
        return True
    if _BEFORE.search(bare.rstrip()[-6:]):
        return True
    return bool(_AFTER.match(after))


def asked_for(question: str) -> bool:
    """Whether the question itself asks for what is not so, so that a `not` in the answer denies nothing."""
    bare = plain(question)
    return bool(_FORBIDS.search(bare)) or any(word in NOT for word in re.findall(r"\w+", bare))


def out_of_date(before: str, after: str, rest: str) -> bool:
    """`was X until 2023, now Y`: said of the past, while something else is said of today. `rest`: what follows X in its sentence."""
    if NO_LONGER.search(after) or NO_LONGER.search(before):
        return True
    return bool(_PAST.search(before) or _PAST.search(after)) and bool(_NOW.search(rest)) and not _NOW.search(before)


def one_of_several(before: str, after: str) -> bool:
    """Whether an `or` stands right before or right behind it."""
    ahead, behind = _OR_MORE.sub(" ", " ".join(before.split()[-4:])), _OR_MORE.sub(" ", " ".join(after.split()[:4]))
    return bool(_OR.search(ahead) or _OR.search(behind))


def negative(words: Sequence[str]) -> bool:
    """Whether a text denies anything."""
    return any(word in NOT for word in words)
