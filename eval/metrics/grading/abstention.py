"""Whether an answer declines: it says that the answer is not known, and claims nothing else.

A refusal is recognised sentence by sentence: every sentence must be one, or an apology, or an offer of help. Whatever else stands there is
a claim. Phrases of English, German, French, Spanish and Chinese are whole sentences with slots for the source and the subject; those of
other languages (`refusal_phrases`) may have a few words beside them, and no figure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.metrics.grading.refusal_phrases import SPACED, UNSPACED
from eval.metrics.grading.refusal_sentences import CHINESE, DOCUMENT, ENGLISH, FILLER, FRENCH, GERMAN, SPANISH
from eval.metrics.grading.words import plain, unspaced, words

_LEADS = re.compile(
    r"^(?:(?:i am |im |we are )?(?:so |very )?(?:sorry|afraid)|i (?:think|believe|fear|regret)|unfortunately|regrettably|sadly|well|"
    r"hmm+|um+|honestly|actually|leider|malheureusement|lo siento|lamentablemente|"
    rf"desole|(?:based on|according to|from|given|with|in|per) {DOCUMENT}|(?:the )?answer(?: is)?|to be honest|laut \w+ \w+|selon "
    rf"\w+ \w+|segun \w+ \w+|"
    r"en tant qu ?\w+(?: \w+){0,3}|como (?:una? )?(?:ia|modelo de lenguaje|asistente)(?: \w+){0,3}|"
    r"抱歉|对不起|很抱歉)[\s,]+(?:but |that |and |pero |mais |aber )?"
)
_WHOLE = [re.compile(plain(phrase)) for phrase in (*ENGLISH, *GERMAN, *FRENCH, *SPANISH, *CHINESE)]
_BESIDE = [re.compile(phrase) for phrase in FILLER]
_PARTS = re.compile(r"(?<=[^\W\d_]{2}[.!?)])\s+|[.!?]+$|[。！？；;\n]+|\s[-–—]\s")
_BUT = re.compile(r"[,\s]+(?:but|however|though|although|nevertheless|aber|jedoch|mais|cependant|pero|aunque)[,\s]+|[，,]?(?:但是|但|不过)")
_SILENT = re.compile(r"[\W_]*")
LONGEST = 60
"""Words of an answer beyond which something must be claimed in it."""


def declines(text: str, question: str = "") -> bool:
    """Whether the answer declines and nothing else; an answer without a letter or digit claims nothing, nor do words of the question."""
    if _SILENT.fullmatch(text):
        return True
    if len(text.split()) > LONGEST:
        return False
    refused = False
    for part in _sentences(text):
        kind = _kind(part, question)
        if kind == "claim":
            return False
        refused = refused or kind == "refusal"
    return refused


def _sentences(text: str) -> list[str]:
    parts = [part for whole in _PARTS.split(text) if whole and whole.strip() for part in _BUT.split(whole)]
    return [plain(part).strip() for part in parts if part and part.strip()]


def _kind(sentence: str, question: str) -> str:
    bare = " ".join(re.sub(r"[^\w\s\u0900-\u0eff\u1000-\u109f\u1780-\u17ff，,]|_", " ", sentence).split()).strip(" ,，")
    led = _without_leads(bare)
    for form in dict.fromkeys((bare, led)):
        if not form:
            return "filler"
        if any(phrase.fullmatch(form) for phrase in _WHOLE):
            return "refusal"
    if any(phrase.fullmatch(form) for phrase in _BESIDE for form in (bare, led)):
        return "filler"
    if "," in led:
        kinds = {_kind(part, question) for part in led.split(",") if part.strip()}
        return "claim" if "claim" in kinds else "refusal" if "refusal" in kinds else "filler"
    return "refusal" if _elsewhere(bare, question) else "claim"


def _without_leads(text: str) -> str:
    while (shorter := _LEADS.sub("", text, count=1).strip(" ,")) != text:
        text = shorter
    return text


_OTHERS = re.compile("|".join([*(rf"(?<!\w)(?:{plain(phrase)})(?!\w)" for phrase in SPACED), *(f"(?:{phrase})" for phrase in UNSPACED)]))
BESIDE = 5
"""Words that may stand beside such a phrase."""


def _elsewhere(sentence: str, question: str) -> bool:
    """A phrase of another language, with few words beside it that the question does not hold, and no figure."""
    sentence = sentence.replace(",", " ").replace("  ", " ")
    found = _OTHERS.search(sentence)
    if found is None:
        return False
    rest = sentence[: found.start()] + " " + sentence[found.end() :]
    room = BESIDE * 4 if unspaced(sentence) else BESIDE
    return not re.search(r"\d", rest) and len(_new(words(rest), question)) <= room


def _new(said: Sequence[str], question: str) -> list[str]:
    asked = set(words(question))
    return [word for word in said if word not in asked]
