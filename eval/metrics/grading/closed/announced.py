"""What a response announces as its answer: `The correct answer is B`, `正解はC`, a box, a field of a JSON object, its last line."""

from __future__ import annotations

import json
import re
from functools import lru_cache

_NOUN = (
    r"answer|choice|option|label|category|class|classification|sentiment|intent|prediction|antwort|lösung|kategorie|réponse|catégorie|"
    r"choix|respuesta|opción|categoría|etiqueta|risposta|opzione|categoria|resposta|opção|alternativa|antwoord|keuze|optie|odpowiedź|"
    r"opcja|kategoria|ответ|вариант|категория|svaret|svar|cevap|الإجابة|الجواب|उत्तर"
)
_IS = r"is|would be|should be|must be|ist|lautet|wäre|est|serait|es|sería|è|sarebbe|é|seria|to|jest|brzmi|это|является|är|er|هي|هو"
_SAID = re.compile(
    rf"(?<!\w)(?:{_NOUN})(?:\s*[:：=]\s*|\s[-–—]\s|(?:\s[^\W\d_][\w'’]*){{0,5}}?\s(?:{_IS})\s*:?\s+)|"
    r"(?:答案|答え|正解|选项|選項|回答)(?:应该|應該|应|應)?(?:是|为|為|は|[:：])\s*|(?:选择?|選擇?)\s*(?=[（(]?(?-i:[A-Z])(?![A-Za-z]))|"
    r"(?:정답|답)(?:은|는|이)?\s*[:：]?\s*(?=\(?(?-i:[A-Z]))|"
    r"(?:\A|(?<=[.!?]\s)|(?<=\n))(?:(?:so|thus|therefore|hence|also|donc),? )?(?:it|that|es|c)(?:['’]s|['’]est| is| must be| ist)\s+"
    r"(?=(?:option |answer )?\(?(?-i:[A-Z])(?![\w'’]))|"
    r"(?<!\w)(?:i(?:['’]d)? (?:choose|pick|select|go with)|ich wähle|je choisis|elijo)\s+|"
    r"(?<!\w)(?<!nicht )(?<!not )(?:(?:richtig|korrekt) (?:ist|wäre)|correct is)\s+",
    re.IGNORECASE,
)
"""Behind it stands the answer."""
_NOT_THE_ONE = re.compile(
    r"(?<!\w)(?:wrong|incorrect|false|if|whether|suppose|assum\w+|falsche?|falls|wenn|ob|mauvaise|fausse|incorrecte|si|incorrecta|falsa|"
    r"sbagliata|errata|errada|se|verkeerde|foute|als|błędna|jeśli|неправильный|если)(?!\w)|错误|錯誤|如果|不正确",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    rf"(?:\A|(?<=[.!?]\s)|(?<=\n)|\b(?:so|thus|therefore|hence|also|donc),? )(?:(?:the|die|la|l['’]) ?)?(?:(?:{_NOUN}) )?[(\[\"]?"
    r"(?P<sign>(?-i:[A-Z]))[)\]\".:]* (?:is|ist|est|es|è|é) (?:(?:the|die|der|la|le|el|a|o|clearly|definitely) )*"
    r"(?:correct|right|best|true|richtige?|korrekt|bonne|correcte|juste|correct[ao]|corrett[ao]|giust[ao]|certa)(?!\w)|"
    r"(?:\A|(?<=[。，,\n]))(?:选项|選項)?[（(]?(?P<own>(?-i:[A-Z]))[)）]?(?:是|は|が)?(?:正确|正確|对|對|正しい|正解)",
    re.IGNORECASE,
)
"""`Option B is correct`, at the beginning of a sentence."""
_NEXT = re.compile(r"\n\s*(?:question|frage|pregunta|user|human|q|问题)\s*\d*\s*[:：]", re.IGNORECASE)
"""Where a model that runs on asks itself the next question."""
_BOX = r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}"
_BOXES = re.compile(rf"{_BOX}(?:[\s$,]*(?:or|and|oder|und|ou|et|o|y)?[\s$]*{_BOX})*")
_SET = re.compile(r"\\(?:text|mathrm|mathbf|textbf|boxed)\b|[${}]")
_END = re.compile(r"\n|(?<=\w{2}[.!?])\s|[。！？]")
_KEY = re.compile(rf"(?:final |correct )?(?:{_NOUN}|result|output)", re.IGNORECASE)
MOST = 20
"""Announcements that are read."""


@lru_cache(maxsize=4096)
def announced(text: str) -> tuple[str, ...]:
    """What stands behind each announcement, up to the end of its sentence or line; the last one first."""
    if (value := _field(text)) is not None:
        return (value,)
    text = _NEXT.split(text, maxsplit=1)[0]
    found = [(match.end(), _SET.sub(" ", match[0]).strip()) for match in _BOXES.finditer(text)]
    found += [(match.end(), _said(text, match)) for match in _SAID.finditer(text) if _claims(text, match)]
    return tuple(said for _, said in sorted(found, reverse=True)[:MOST])


def claimed(text: str) -> str:
    """The text without what it announces as a wrong answer, asks back or only supposes."""
    for match in reversed([match for match in _SAID.finditer(text) if not _claims(text, match)]):
        text = f"{text[: match.start()]} {text[match.end() + len(_said(text, match)) :]}"
    return text


def _said(text: str, match: re.Match[str]) -> str:
    return _END.split(text[match.end() :], maxsplit=1)[0]


def _claims(text: str, match: re.Match[str]) -> bool:
    ahead = re.split(r"[.!?\n。]", text[max(0, match.start() - 20) : match.end()])[-1]
    return not _NOT_THE_ONE.search(ahead) and not _said(text, match).rstrip().endswith(("?", "？"))


def held_true(text: str) -> str | None:
    """The letter of the one option that a sentence begins with and calls correct; None: there is none, or several."""
    signs = {match["sign"] or match["own"] for match in _VERDICT.finditer(text)}
    return signs.pop() if len(signs) == 1 else None


def last_line(text: str) -> tuple[list[str], str]:
    """The lines ahead of the last one, and that; no last one where there is one line alone."""
    *ahead, last = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    return (ahead, last) if ahead else ([], "")


def _field(text: str) -> str | None:
    """Of a JSON object the value that its name calls the answer, or its only one; None: it is no object, or has none."""
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    named = [value for name, value in found.items() if _KEY.fullmatch(name.replace("_", " ").strip())] or list(found.values())
    one = named[0] if len(named) == 1 else None
    if isinstance(one, list) and len(one) == 1:
        one = one[0]
    return str(one) if isinstance(one, str | int | bool) else None
