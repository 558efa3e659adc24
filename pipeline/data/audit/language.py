"""Which language a text is in, by its script and its commonest words; nothing where that cannot be told. Knows no rows."""

from __future__ import annotations

import re
from collections import Counter

SCRIPTS = {
    "Japanese": "\u3040-\u30ff", "Korean": "\uac00-\ud7af", "Chinese": "\u3400-\u9fff", "Cyrillic": "\u0400-\u04ff",
    "Greek": "\u0370-\u03ff", "Hebrew": "\u0590-\u05ff", "Arabic": "\u0600-\u06ff", "Devanagari": "\u0900-\u097f", "Thai": "\u0e00-\u0e7f",
}  # fmt: skip
"""Names a script where several languages share it. Japanese first: it holds Chinese characters too."""
OTHER_SCRIPT = re.compile(f"[{''.join(SCRIPTS.values())}]")
IN_SCRIPT = {name: re.compile(f"[{span}]") for name, span in SCRIPTS.items()}
WORD = re.compile(r"[^\W\d_]+")
COMMON = {
    "English": "the of and to is are was what how who which that this with for from have not be you your it when where does",
    "German": "der die das und ist nicht ein eine einen den dem des mit von zu wie was wer wir sie ich auf für wird werden sind auch",
    "French": "le la les des une est et dans du que qui pour pas vous nous je il elle sur avec sont au aux ce cette quel quelle",
    "Spanish": "el los las una es y en del que por para con no se su como qué cuál está son al lo más pero yo usted",
    "Italian": "il lo gli una è e di che per non con del della sono nel alla come quale cosa ma anche questo dei le più",
    "Dutch": "de het een en van is niet dat met voor op zijn hoe wat wie welke te aan ook door bij naar wordt ik je",
    "Portuguese": "o os as uma é e em do da dos das que para não com por se como qual mais foi ao à você são um no na",
}
"""The most frequent function words of each."""
LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in COMMON.items():
    for _word in _words.split():
        LANGUAGES_OF.setdefault(_word, []).append(_language)
READ = 1000
"""Characters of a text that are looked at."""
FEWEST_WORDS = 6
FEWEST_LETTERS = 8
"""Of another script."""


def guess(text: str) -> str:
    """A language's or a script's name; empty where the text is too short or the signs point in two directions."""
    start = text[:READ]
    words = [word.lower() for word in WORD.findall(start)]
    letters = sum(map(len, words))
    if len(OTHER_SCRIPT.findall(start)) > 0.5 * letters:
        return _script(start, letters)
    return _by_words(words)


def _script(text: str, letters: int) -> str:
    if letters < FEWEST_LETTERS:
        return ""
    counts = {name: len(pattern.findall(text)) for name, pattern in IN_SCRIPT.items()}
    if counts["Japanese"] > 0.1 * letters:
        return "Japanese"
    return max(counts, key=lambda name: counts[name])


def _by_words(words: list[str]) -> str:
    """At least three of its words, a sixth of the text, and half as many again as any other language has."""
    if len(words) < FEWEST_WORDS:
        return ""
    hits = Counter(language for word in words for language in LANGUAGES_OF.get(word, ()))
    if not hits:
        return ""
    (best, most), *rest = hits.most_common(2)
    second = rest[0][1] if rest else 0
    return best if most >= max(3, len(words) / 6) and most >= 1.5 * second else ""
