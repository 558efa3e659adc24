"""What a refusal is made of: words that together say that an answer is not known, and words that claim nothing beside them.

All patterns are of single words, in lower case without accents; `abstention` says how they are used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Core:
    """Words that make a refusal where one of each group stands in a sentence, in any order, and nothing else is claimed in it."""

    groups: tuple[str, ...]
    """Each a pattern of its words."""
    topic: bool = True
    """Whether a subject may follow (`about …`, `who …`)."""
    whole: bool = False
    """Whether what follows the core is its object: `does not mention the pump`."""
    subject: bool = False
    """Whether any subject may stand before the core: `The exact date is not specified`."""
    first: bool = False
    """Whether the core must begin the sentence: `Not available`."""
    ordered: bool = False
    """Whether the last group must stand behind the first."""
    between: bool = False
    """Whether any words may stand inside the core: `There is no such rule in the handbook`."""


@dataclass(frozen=True)
class Language:
    """The words of one language."""

    cores: tuple[Core, ...]
    fill: frozenset[str]
    """Words that claim nothing beside a core: small words, sources, politeness."""
    about: frozenset[str]
    """Words that a subject follows."""
    asks: frozenset[str]
    """Question words; a subject follows them too."""
    sayings: re.Pattern[str]
    """Whole sentences that are made of other words."""


def core(*groups: str, **options: bool) -> Core:
    """A core of groups written as alternatives, with `Core`'s options by name."""
    return Core(groups, **options)
