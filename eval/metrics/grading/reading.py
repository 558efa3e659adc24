"""Where the answer stands in a response: behind its reasoning and its opening phrase, without marks of form."""

from __future__ import annotations

import re

from eval.metrics.grading.words import clean

_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>.*?</\1>\s*", re.DOTALL | re.IGNORECASE)
_OPEN_THOUGHT = re.compile(r"<(?:think|thinking|thought|reasoning)>.*\Z", re.DOTALL | re.IGNORECASE)
_CLOSED = re.compile(r"\A.*?</(?:think|thinking|thought|reasoning)>\s*", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```\w*\n?")
_OPENING = re.compile(
    r"\A\s*(?:(?:sure|certainly|of course|okay|ok|great question|good question|yes, of course|natürlich|gerne|klar|bien sûr|claro|"
    r"por supuesto)"
    r"(?:[,!.:]+\s*|\s+(?=here)))?"
    r"(?:(?:based on|according to|from (?=the\b|this\b|your\b|our\b|what\b|\[)|laut|gemäß|"
    r"nach (?=(?:de[mnr]|unsere[mnr]?) (?:\w+ )?(?:handbuch|dokument|text|abschnitt|kontext|unterlagen|richtlinie|angaben|information|"
    r"quelle|passage|vertrag))|d['’]après|selon|según|根据)[^:,.\n，。：]{0,60}(?:[,:](?!\d)|[，：])\s*)?"
    r"(?:(?:here (?:is|are) )?(?:the |my |your )?(?:(?:short|final|correct|best|right) )?answer(?: to (?:this|the|your) question)?"
    r"(?: is(?: as follows)?)?\s*[:：]\s*|(?:here (?:is|are)[^:\n]{0,40}|die antwort(?: lautet| ist)?|antwort|la réponse(?: est)?|réponse|"
    r"la respuesta(?: es)?|respuesta|答案(?:是|为)?)\s*[:：]\s*)?",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\A\s*(?:(?:the|my) )?(?:(?:short|final|correct|best|right) )?(?:answer(?: to (?:this|the) question)? (?:is|would be)|label|"
    r"category|choice|option)"
    r"\s*[:=]?\s+(?:that\s+)?",
    re.IGNORECASE,
)


_TAKEN_BACK = re.compile(r"\A.*\b(?:no,? wait|wait,? no|scratch that|correction:|nein,? moment)[,.:!]*\s+(?=\S)", re.DOTALL | re.IGNORECASE)
"""`London, no wait, Rome`: what stands behind it is the answer."""


def without_reasoning(text: str) -> str:
    """The response behind what was only thought, word for word; empty where nothing else was written."""
    return _OPEN_THOUGHT.sub("", _CLOSED.sub("", _THOUGHT.sub("", text)))


def only_thought(text: str) -> bool:
    """Whether it begins to think, or thinks, and says nothing else: no answer, and no refusal either."""
    return bool(_OPEN_THOUGHT.search(text)) and not without_reasoning(text).strip()


def answer_of(text: str) -> str:
    """The answer alone, without marks of form and opening phrases; empty where there is none."""
    text = _TAKEN_BACK.sub("", clean(_FENCE.sub("", without_reasoning(text)))).strip()
    opened = _OPENING.match(text)
    rest = text[opened.end() :].strip() if opened else text
    return rest or ("" if text.endswith((":", "：")) else text)


_NUMBERED = re.compile(r"(?m)^\s{0,3}(\d{1,2})[.)]\s+(?=\S)")


def without_numbers(text: str) -> str:
    """A list without the numbers of its items, which claim nothing; a text with fewer than two of them as it is."""
    numbers = [int(found[1]) for found in _NUMBERED.finditer(text)]
    counted = len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] in (0, 1)
    return _NUMBERED.sub("", text) if counted else text


_CONCLUSION = re.compile(
    r"\A.*(?:\b(?:so|thus|therefore|hence),? (?:the )?(?:final |correct |short )?answer (?:is|would be)|"
    r"\bfinal answer(?: is)?)\s*[:,]?\s+(?=\S)",
    re.DOTALL | re.IGNORECASE,
)


def concluded(text: str) -> str:
    """What stands behind `so the answer is`, where it is said; what was thought before is no answer."""
    return _CONCLUSION.sub("", text)


def bare(text: str) -> str:
    """The same without `the answer is`, quotes and a last stop, for what must be one choice."""
    return _LEAD.sub("", text).strip().strip("\"'“”„«»()[]").rstrip(".!。").strip()
