"""Words of a text as they are compared: without case, accents and marks of form; signs of scripts without spaces one by one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

APOSTROPHES = re.compile(r"['’`´ʼ]")
_UNSPACED = r"\u4e00-\u9fff\u3400-\u4dbf\u3040-\u30ff\u0e00-\u0e7f\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f"
"""Han, Kana, Thai, Lao, Khmer, Myanmar: no spaces between words."""
_SIGN = re.compile(
    rf"[{_UNSPACED}][\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u17b4-\u17d3\u102b-\u103e]*"
)
_WORD = re.compile(
    rf"[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|['’`´ʼ](?=\w)|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0600-\u061f\u064b-\u065f])*"
)
_ANY = re.compile(f"{_SIGN.pattern}|{_WORD.pattern}")
_MARKDOWN = re.compile(r"(?m)^\s{0,3}(?:#{1,6}\s+|[-*+•]\s+|>\s?)|\*{1,3}|_{2,3}|`+|~~|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)")


def listed(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


_FRACTION = re.compile(r"(?<=\d)\s?([¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")
_INITIALS = re.compile(r"(?<![^\W\d_])([^\W\d_])\.\s?(?=[^\W\d_](?:\.|(?![\w'’])))")


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """Compatible forms made one (NFKC), Markdown's marks and the dots of initials taken out; letters stay as they are."""
    whole = unicodedata.normalize("NFKC", _FRACTION.sub(r" \1", text)).replace("\u2044", "/").replace("\u200b", "")
    return _INITIALS.sub(r"\1", _MARKDOWN.sub("", whole))


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Lower case, apostrophes gone, accents taken off letters that have a plain form; vowel signs of other scripts stay."""
    if text.isascii():
        return APOSTROPHES.sub("", text).casefold()
    folded = unicodedata.normalize("NFD", APOSTROPHES.sub("", text).casefold())
    bare = re.sub(r"(?<=[a-z])[\u0300-\u036f]+", "", folded)
    return unicodedata.normalize("NFC", bare)


@dataclass(frozen=True)
class Word:
    """A word as it is compared, and where it stands in the text."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def spans(text: str) -> tuple[Word, ...]:
    """In order; what is no letter or digit parts them."""
    found = (Word(plain(match[0]), match.start(), match.end()) for match in _ANY.finditer(text))
    return tuple(word for word in found if word.text)


def words(text: str) -> list[str]:
    """The words alone."""
    return [word.text for word in spans(text)]


def unspaced(text: str) -> bool:
    """Whether the text is written in a script without spaces, for the most part."""
    letters = [sign for sign in text if sign.isalpha()]
    return bool(letters) and sum(bool(re.match(rf"[{_UNSPACED}]", sign)) for sign in letters) * 2 > len(letters)


def language_of(text: str) -> str:
    """A guess by script and small words, for how numbers are written and spoken: en, de, fr, es, it, nl, pt, zh, ja; empty where nothing "
    "tells."""
    if not text.isascii() and (found := re.search(r"(?P<kana>[\u3041-\u30fa])|[\u4e00-\u9fff](?!.*[\u3041-\u30fa])", text, re.DOTALL)):
        return "ja" if found["kana"] else "zh"
    there = set(words(text))
    counts = {language: len(there & small) for language, small in _SMALL.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > 0 else ""


_SMALL = {
    "en": listed("the of is and to in for what how who when which does are many much long at on"),
    "de": listed(
        "der die das und ist wie viele viel lange wer wann welche ein eine nicht im den dem zu von mit betragt jahr tag "
        "tage tagen woche wochen monate jahre uhr stunden prozent"
    ),
    "fr": listed("le la les est et des du une combien quel quelle qui quand dans pour un jours semaines mois ans heures"),
    "es": listed("el los las es y del una cuanto cuantos cuantas cual quien cuando para dias semanas meses anos horas en"),
    "it": listed("il lo gli e di della del la dei nel quanto quanti quale chi quando per giorni anni mesi settimane ore"),
    "nl": listed("de het een en van hoeveel wie wanneer welke dagen voor hoe laat wordt worden waar wat hoelang niet uur jaar"),
    "pt": listed("nao da dos das em uma quantos quantas quanto quem qual quando sao ao pelo pela para dias meses"),
}
