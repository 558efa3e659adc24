"""Long numbers and codes that are written in groups: telephone numbers, IBANs, card numbers. Grouped otherwise they are the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.metrics.grading.amounts.units import UNITS

_BETWEEN = r"[\s\-‐–/()]*"
DIGITS, SIGNS = 7, 40
"""Digits from which a code is one, and signs up to which."""


def squeezed(text: str) -> str | None:
    """Its letters and digits alone; None where it is no long code. Commas and points part numbers and are no groups."""
    signs = re.sub(_BETWEEN, "", text).casefold()
    held = re.fullmatch(r"\+?[a-z0-9]+", signs) and sum(map(str.isdigit, signs)) >= DIGITS and len(signs) <= SIGNS
    return signs if held else None


def code(text: str) -> str | None:
    """`KL 1702` and `kl1702` alike; None where it is no code of a few letters and digits, or an amount of money."""
    found = _LETTERS_DIGITS.fullmatch(text.strip())
    return None if found is None or found[1].casefold() in UNITS else f"{found[1]}{found[2]}".casefold()


_LETTERS_DIGITS = re.compile(r"([^\W\d_]{1,5}) ?(\d{2,})")


def grouped_alike(text: str, references: Sequence[str]) -> str:
    """The text with each of these codes written as the reference writes it."""
    for reference in references:
        if signs := squeezed(reference):
            pattern = "|".join(_BETWEEN.join(map(re.escape, one)) for one in _dialled(signs))
            text = re.sub(rf"(?<![\w+])(?:{pattern})(?!\w)", lambda _, reference=reference: reference, text, flags=re.IGNORECASE)  # type: ignore[misc]
        elif short := _SHORT.fullmatch(reference.strip()):
            text = re.sub(rf"(?<!\w){short[1]}[ -]?{short[2]}(?!\w)", lambda _, reference=reference: reference, text)  # type: ignore[misc]
    return text


_SHORT = re.compile(r"([A-Z]{1,3})[ -]?(\d{1,4})")
"""`Q3`, `A 4`, `B-12`: with a space, a stroke or nothing between."""


def _dialled(signs: str) -> list[str]:
    """The same telephone number with 00 for its plus, and as it is dialled within the country; of other codes themselves alone."""
    if not re.fullmatch(r"\+\d+", signs):
        return [signs]
    inland = [signs[1 + length :] for length in (1, 2, 3) if len(signs) - 1 - length >= DIGITS]
    return [signs, f"00{signs[1:]}", *(f"0{one}" for one in inland), *inland]
