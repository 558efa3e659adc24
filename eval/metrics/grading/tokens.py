"""A text → what is compared in it: words, quantities, dates, times of day, in order. The same for answers and references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from eval.metrics.grading.amounts import dates, eras, number_words, numbers, periods, rates, roman, spoken_times, times
from eval.metrics.grading.amounts.numbers import Quantity, Style
from eval.metrics.grading.amounts.times import Time
from eval.metrics.grading.amounts.units import MONEY
from eval.metrics.grading.forms.demonyms import country
from eval.metrics.grading.forms.one_form import in_one_form
from eval.metrics.grading.forms.spelling import american, simplified, singular
from eval.metrics.grading.scripts import alternatives
from eval.metrics.grading.words import Word, listed, plain, spans, words

_CODE = re.compile(r"[a-z]*\d+[a-z]*(?:[.\-/_][a-z]*\d+[a-z]*)+|[a-z]\+\+|[a-z]#|[a-z]+[.\-/_]?\d[\w./-]*|\d+[a-z]+", re.IGNORECASE)
_VERSION = re.compile(r"\b(?:version|release|ver\.?)\s+v?(?=\d+(?:\.\d+)+)|\bv\.?\s?(?=\d+\.\d)", re.IGNORECASE)
_RATIO = re.compile(r"(?<![\d:.,/])\d{1,5}(?:(?::\d{1,5})+| : \d{1,5})(?![\d:])")
"""`4:1`, which is not 1:4; times of day are read before."""
CHANGES = (
    "rises?|risen|falls|fallen|drops|sank|decreased|climbed|moves|moved|raised|increased|reduced|lowered|cut|changed|shortened|rose|fell|"
    "grew|dropped"
)
"""Verbs of a change, for patterns: `raised from 5 to 6`."""
_CHANGED = re.compile(
    rf"((?<!\w)(?:{CHANGES})(?: \w+){{0,4}} from [€$£¥]?\d[\d.,]*(?: ?[^\W\d_]+| ?[%€°])?)(?= to )",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?<!\w)(?:about|around|approximately|approx\.?|roughly|circa|ca\.|some|etwa|ungefähr|rund|zirka|environ|à peu près|"
    r"aproximadamente|alrededor de|unos|unas)\s+(?=[€$£¥]?\s?\d)|(?<!\w)c\.\s?(?=\d)|~\s?(?=[€$£¥]?\d)|(?:大约|大概|约)(?=\d)",
    re.IGNORECASE,
)
"""Before a number: how exact it is, not how much."""
NOTHING = listed("none nothing nil nobody kein keine keiner keinen nichts aucun aucune rien ninguno ninguna nada 没有 无")
"""Words for a count of zero."""
FREE = listed("free kostenlos gratis umsonst gratuit gratuite gratuito gratuita 免费")
Kind = Literal["word", "quantity", "date", "time"]


@dataclass(frozen=True)
class Token:
    """One thing a text says; equal by what it means, not by how it is written."""

    kind: Kind
    text: str
    start: int
    end: int
    quantity: Quantity | None = None
    days: frozenset[tuple[int, int, int]] = frozenset()
    time: Time | None = None

    @property
    def figure(self) -> bool:
        """Whether it is a number, a date, a time or a code."""
        return self.kind != "word" or any(sign.isdigit() for sign in self.text)

    def matches(self, other: Token) -> bool:
        """Whether `other`, of an answer, says what this token of a reference says."""
        if self.quantity:
            return self.quantity.equals(other.quantity) if other.quantity else _number_named(self, self.quantity, other)
        if self.kind == other.kind == "date":
            return dates.same(self.days, other.days)
        if self.time:
            return (
                self.time.equals(other.time)
                if other.time
                else bool(other.quantity and (_dotted(self.time, other.quantity) or _in_hours(self.time, other)))
            )
        if self.kind == "word" and other.kind != "word":
            return _word_named(self.text, other)
        return self.kind == other.kind and alike(self.text, other.text)


@dataclass(frozen=True)
class Text:
    """A text with its tokens; offsets are of `text`, in which number words are digits."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def figures(self) -> tuple[Token, ...]:
        """Its numbers, dates, times and codes."""
        return tuple(token for token in self.tokens if token.figure)


def parted(text: str) -> str:
    """`raised from 5 to 6` → `raised from 5, to 6`, which is read as two numbers and not as a range."""
    return _CHANGED.sub(r"\1,", text)


def both_ways(text: str) -> tuple[str, str]:
    """As it is, and with the two ends of a change as two numbers."""
    return text, parted(text)


@lru_cache(maxsize=4096)
def read(text: str, language: str, style: Style | None) -> Text:
    """`style` settles numbers with two readings."""
    text = in_one_form(text)
    text = alternatives.to_or(text, language)
    text = periods.to_days(periods.to_years(rates.to_rates(text)))
    if language == "zh":
        text = text.replace("¥", "cny ")
    text = number_words.to_digits(_VERSION.sub("v", spoken_times.to_clock(text)), language)
    text = times.both_halves(_ABOUT.sub("", text if text.isascii() else eras.to_years(text)))
    found = [Token("date", text[one.start : one.end], one.start, one.end, days=one.days) for one in dates.find(text)]
    masked = _masked(text, found)
    clock = [Token("time", text[one.start : one.end], one.start, one.end, time=one) for one in times.find(masked)]
    masked = _masked(masked, clock)
    shares = [Token("word", re.sub(r"\s", "", one[0]), one.start(), one.end()) for one in _RATIO.finditer(masked)]
    masked = _masked(masked, shares)
    counted = [Token("quantity", text[one.start : one.end], one.start, one.end, quantity=one) for one in numbers.find(masked, style)]
    written = _written(_masked(masked, counted))
    return Text(text, tuple(sorted([*found, *clock, *shares, *counted, *written], key=lambda token: (token.start, token.end))))


def _written(text: str) -> Iterator[Token]:
    for piece in re.finditer(r"\S+", text):
        start = piece.start()
        yield from (Token("word", one.text, start + one.start, start + one.end) for one in _parts(piece[0]))


def _parts(word: str) -> Sequence[Word]:
    """The words of what stands between spaces; versions and codes such as v2.10 and C++ stay whole."""
    bare = word.strip(".,;:!?()[]\"'“”„«»")
    return [Word(bare.casefold(), 0, len(word))] if _CODE.fullmatch(bare) else spans(word)


def _masked(text: str, tokens: list[Token]) -> str:
    for token in tokens:
        text = text[: token.start] + " " * (token.end - token.start) + text[token.end :]
    return text


def _number_named(one: Token, number: Quantity, other: Token) -> bool:
    """A year by a day in it, zero by `none`, a version by its digits."""
    if other.kind == "date":
        return not number.unit and not number.upper and number.values <= {year for year, _, _ in other.days} - {0}
    if other.kind != "word":
        return bool(other.time and (_dotted(other.time, number) or _in_hours(other.time, one)))
    if number.values == {0}:
        return other.text in NOTHING or (other.text in FREE and number.unit in MONEY)
    return other.text == f"v{number.written}" or (len(other.text) > 1 and _roman_named(other.text, number))


def _word_named(word: str, other: Token) -> bool:
    """A month or a weekday by a day in it; a version whose `v` is left out."""
    if other.kind == "date":
        return (word in _WEEKDAYS and word in words(other.text)) or {month for _, month, _ in other.days} == {dates.MONTHS.get(word)}
    if word in NOTHING:
        return other.quantity is not None and other.quantity.values == {0}
    return other.quantity is not None and (word == f"v{other.quantity.written}" or _roman_named(word, other.quantity))


def _roman_named(word: str, number: Quantity) -> bool:
    """`XIV` by 14 and fourteenth."""
    return not number.unit and not number.upper and not number.bound and number.values == {roman.value(word)}


_HOURS = re.compile(r"(\d{1,2}|\d{1,2}/2)\s?(?:h|heures?|horas?|ore)", re.IGNORECASE)


def _in_hours(time: Time, number: Token) -> bool:
    """`19 h` and `19 heures` may be a time, where 19:00 is asked for, and `sept heures et demie` 7:30; `19 hours` are none."""
    found = _HOURS.fullmatch(number.text.strip())
    return bool(found and time.equals(Time(0, 0, int(60 * Fraction(found[1])) % 1440, False)))


def _dotted(time: Time, number: Quantity) -> bool:
    """10.30 may be a time, where 10:30 is asked for."""
    return (
        bool(re.fullmatch(r"\d{1,2}\.[0-5]\d", number.written))
        and number.written.replace(".", ":") == f"{time.minutes // 60}:{time.minutes % 60:02}"
    )


def alike(one: str, other: str) -> bool:
    """The same word; singular and plural, and both ways to write a German umlaut, taken together."""
    if (
        one == other
        or simplified(one) == simplified(other)
        or (any(sign.isdigit() for sign in one) and _bare_code(one) == _bare_code(other))
    ):
        return True
    short, long = sorted((one, other), key=len)
    if "\uac00" <= one[0] <= "\ud7a3":
        return bool(_PARTICLE.fullmatch(other[len(one) :])) and other.startswith(one)
    if _abbreviated(short, long) or (len(short) == 3 and long == f"{short}s") or (country(one) and country(one) == country(other)):
        return True
    if len(short) <= 3 or len(long) - len(short) > 3:
        return False
    return singular(one) == singular(other) or _umlauts(one) == _umlauts(other) or american(singular(one)) == american(singular(other))


_WEEKDAYS = frozenset(map(plain, dates.WEEKDAYS))
_WEEK = listed("monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag")
_NO_DAYS = listed("sun sat wed")
"""Words of their own."""


def _abbreviated(short: str, long: str) -> bool:
    """`Tue` for Tuesday, `Sept` for September."""
    if not 3 <= len(short) < len(long) or not long.startswith(short):
        return False
    month = dates.MONTHS.get(long)
    return (long in _WEEK and short not in _NO_DAYS) or (month is not None and dates.MONTHS.get(short) == month)


_PARTICLE = re.compile(
    r"은|는|이|가|을|를|에|에서|의|로|으로|와|과|도|만|(?:이)?(?:입니다|다|에요|예요|라고|였습니다|었습니다)|입니다|예요|이에요"
)


def _bare_code(code: str) -> str:
    """X-100 as X100, v1.0.3 as 1.0.3."""
    return re.sub(r"-|^v(?=\d+\.)", "", code)


def _umlauts(word: str) -> str:
    return re.sub(r"([aou])e", r"\1", word)
