"""One word written in two ways: British and American, singular and plural, umlauts. Both forms are brought to one; neither is corrected."""

from __future__ import annotations

import re
from functools import lru_cache

from eval.metrics.grading.scripts.han import VARIANTS
from eval.metrics.grading.words import listed

_WHOLE: dict[str, str] = dict(
    pair.split(":")
    for pair in listed("""
grey:gray greyer:grayer greyish:grayish aluminium:aluminum defence:defense offence:offense pretence:pretense licence:license
practise:practice programme:program tyre:tire kerb:curb plough:plow draught:draft sulphur:sulfur moustache:mustache pyjama:pajama
pyjamas:pajamas judgement:judgment ageing:aging yoghurt:yogurt doughnut:donut cosy:cozy jewellery:jewelry maths:math
fulfil:fulfill enrol:enroll skilful:skillful instalment:installment centre:center metre:meter litre:liter theatre:theater
fibre:fiber calibre:caliber lustre:luster sombre:somber kilometre:kilometer centimetre:centimeter millimetre:millimeter
millilitre:milliliter cheque:check whisky:whiskey mould:mold storey:story artefact:artifact catalogue:catalog
dialogue:dialog analogue:analog monologue:monolog
""")
)
"""Words whose spelling follows no rule that is safe for others."""
_RULES = tuple((re.compile(pattern), to) for pattern, to in (
    (r"(?<=[a-z]{3})our(?=$|s$|ed$|ing$|ite|able|ful|less|hood|ly$|er)", "or"),
    (r"(?<=[a-z]{3})is(?=e$|es$|ed$|ing$|ation|er$|ers$)", "iz"),
    (r"(?<=[a-z]{2})ys(?=e$|es$|ed$|ing$|er$|ers$)", "yz"),
    (r"(?<=[a-z]{5})ll(?=ed$|ing$|er$|ers$)", "l"),
    (r"^aero(?=plane)", "air"), (r"^plough", "plow"), (r"^sceptic", "skeptic"), (r"^mould", "mold"), (r"man(?:oeuvr|euver)e?", "maneuver"),
    (r"(?<=an)ae(?=sth|m)|(?<=p)ae(?=d)|(?<=^h)ae(?=m)|(?<=^arch)ae(?=o)|(?<=^gyn)ae|(?<=lop)ae|(?<=leuk)ae|(?<=medi)ae", "e"),
    (r"(?<=^f)oe(?=t|d)|^oe(?=str|soph|dem)|(?<=rh)oe(?=a)", "e"),
))  # fmt: skip


@lru_cache(maxsize=50_000)
def american(word: str) -> str:
    """A word in lower case as it is written in American English; most words as they are. It need not be a word: two forms are compared."""
    singular = word[:-1] if word.endswith("s") and word[:-1] in _WHOLE else word
    if singular in _WHOLE:
        return _WHOLE[singular] + word[len(singular) :]
    for pattern, to in _RULES:
        word = pattern.sub(to, word)
    return word


def singular(word: str) -> str:
    """A word in lower case without the ending of an English plural."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def two_letters(text: str) -> str:
    """German umlauts as they are written where a keyboard has none: `Müller` → `Mueller`."""
    return text.translate(_TWO_LETTERS)


_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


_ENDING = re.compile(r"(?<=[a-z]{3})(?:ing|(?<!e)ed|es|(?<!s)s|(?<!e)e)$")


_PAST: dict[str, str] = dict(
    pair.split(":")
    for pair in listed("""
met:meet sold:sell bought:buy paid:pay won:win lost:lose wrote:write written:write taught:teach sent:send built:build beaten:beat led:lead
gave:give given:give took:take taken:take made:make held:hold kept:keep left:leave began:begin begun:begin rose:rise risen:rise fell:fall
fallen:fall grew:grow grown:grow ran:run spoke:speak spoken:speak drove:drive driven:drive chose:choose chosen:choose found:find told:tell
lent:lend spent:spend broke:break broken:break forbade:forbid forbidden:forbid got:get drew:draw drawn:draw threw:throw thrown:throw
sang:sing sung:sing came:come became:become went:go gone:go wore:wear worn:wear brought:bring thought:think stood:stand sat:sit
agreed:agree freed:free stuck:stick caught:catch fought:fight sought:seek won:win
understood:understand heard:hear lay:lie slept:sleep flew:fly flown:fly
""")
)
"""Of verbs whose past has another form."""


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word in lower case without its English ending, for `open`, `opens` and `opened`; need not be a word."""
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    bare = _ENDING.sub("", _PAST.get(word, word))
    return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] and bare[-1] not in "sl" else bare


_GERUND = re.compile(r"([a-z]{3,}ing) (?:the|a|an|your|it|on|in|to)\b", re.IGNORECASE)


def inflected_alike(text: str, reference: str) -> str:
    """The text with its verb as a reference has it that begins with one: `the case is opened` for `opening the case`."""
    begun = _GERUND.match(reference)
    if begun is None:
        return text
    wanted = stem(begun[1].casefold())
    return re.sub(r"[^\W\d_]+", lambda found: begun[1] if stem(found[0].casefold()) == wanted else found[0], text)


def simplified(text: str) -> str:
    """Chinese signs in their simplified forms: `臺北` → `台北`, `図書` → `图书`."""
    return text if text.isascii() else text.translate(VARIANTS)
