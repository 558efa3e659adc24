"""Rules that change a text as people and documents do: typing mistakes, other words around it, other numbers in it.

Every rule is drawn from the generator it is given, so that the same seed gives the same text. Knows nothing of rows, arms or scores.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection

TYPO_RATE = 0.15
"""Of the words of four letters and more that may be changed, one mistake each; at least one word a text."""
WORD = re.compile(r"[^\W\d_]{4,}")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
BEFORE = ("Please tell me: ", "Hello, ", "Hi there! ", "Could you help me with this? ", "Quick one: ", "Sorry to bother you. ")
AFTER = ("", " Thanks!", " Thank you very much.", " Please.", " Cheers", "!!")


def _neighbours() -> dict[str, str]:
    places = {letter: (line, column) for line, letters in enumerate(KEYBOARD) for column, letter in enumerate(letters)}
    near: dict[str, str] = {}
    for letter, (line, column) in places.items():
        near[letter] = "".join(o for o, (y, x) in places.items() if o != letter and abs(y - line) <= 1 and abs(x - column) <= 1)
    return near


NEIGHBOURS = _neighbours()
"""Each letter's keys around it on an English keyboard."""


def typos(text: str, draw: random.Random, protected: Collection[str] = (), rate: float = TYPO_RATE) -> str:
    """Mistyped words; those in `protected` (lower case) stay, because the answer is made of them. Digits are never touched."""
    words = [match for match in WORD.finditer(text) if match.group().lower() not in protected]
    if not words:
        return text
    hit = [match for match in words if draw.random() < rate] or [draw.choice(words)]
    out = text
    for match in reversed(hit):
        out = out[: match.start()] + _mistyped(match.group(), draw) + out[match.end() :]
    return out


def _mistyped(word: str, draw: random.Random) -> str:
    """Another key, two letters swapped, or a letter dropped; never the first letter, which people rarely miss."""
    place = draw.randrange(1, len(word))
    rules: tuple[Callable[[str, int, random.Random], str], ...] = (_other_key, _swapped, _dropped)
    made = draw.choice(rules)(word, place, draw)
    return made if made != word else _dropped(word, place, draw)


def _other_key(word: str, place: int, draw: random.Random) -> str:
    letter = word[place]
    near = NEIGHBOURS.get(letter.lower())
    if not near:
        return word
    other = draw.choice(near)
    return word[:place] + (other.upper() if letter.isupper() else other) + word[place + 1 :]


def _swapped(word: str, place: int, draw: random.Random) -> str:
    return word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]


def _dropped(word: str, place: int, draw: random.Random) -> str:
    return word[:place] + word[place + 1 :]


def reworded(text: str, draw: random.Random) -> str:
    """The same input with a greeting before it, thanks after it, a small first letter and no last stop. Its words stay."""
    body = text.strip()
    if len(body) > 1 and body[0].isupper() and body[1].islower():
        body = body[0].lower() + body[1:]
    return draw.choice(BEFORE) + body.rstrip(".?!") + draw.choice(AFTER)


def other_numbers(text: str, draw: random.Random) -> str:
    """Every number another one of the same length, the same one wherever it stands: a passage that contradicts the first."""
    made: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        number = match.group()
        if number not in made:
            made[number] = _other_number(number, draw)
        return made[number]

    return NUMBER.sub(other, text)


def _other_number(number: str, draw: random.Random) -> str:
    """Years and numbers of one or two digits end otherwise; longer ones begin otherwise."""
    place = len(number) - 1 if len(number) <= 2 or YEAR.fullmatch(number) else 0
    return number[:place] + draw.choice([d for d in "123456789" if d != number[place]]) + number[place + 1 :]
