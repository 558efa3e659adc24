"""Long numbers and codes that are written in groups: telephone numbers, IBANs, card numbers. Grouped otherwise they are the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BETWEEN = r"[\s\-‐–/()]*"
DIGITS, SIGNS = 7, 40
"""Digits from which a code is one, and signs up to which."""


def squeezed(text: str) -> str | None:
    """Its letters and digits alone; None where it is no long code. Commas and points part numbers and are no groups."""
    signs = re.sub(_BETWEEN, "", text).casefold()
    held = re.fullmatch(r"\+?[a-z0-9]+", signs) and sum(map(str.isdigit, signs)) >= DIGITS and len(signs) <= SIGNS
    return signs if held else None


def grouped_alike(text: str, references: Sequence[str]) -> str:
    """The text with each of these codes written as the reference writes it."""
    for reference in references:
        if signs := squeezed(reference):
            pattern = _BETWEEN.join(map(re.escape, signs))
            text = re.sub(rf"(?<!\w){pattern}(?!\w)", lambda _, reference=reference: reference, text, flags=re.IGNORECASE)  # type: ignore[misc]
    return text
