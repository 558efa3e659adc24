"""Why a judge gave no verdict, in the words that stand in the table of scores. Raises nothing by itself."""

from __future__ import annotations

from dataclasses import dataclass

MAX_WAIT_S = 120.0
"""The longest pause that a Retry-After is granted; what asks for more is given up."""


@dataclass(eq=False)
class Fault(Exception):
    """One request that brought no usable answer."""

    reason: str
    again: bool = False
    """Asking again may help."""
    transport: bool = False
    """Endpoint or network failed; the judge said nothing."""
    lasting: bool = False
    """The judge's own last word on this question, to be kept like a verdict; anything else is asked anew next time."""
    charged: bool = False
    """The provider may bill this request although it told no usage."""
    wait_s: float | None = None
    """How long the endpoint asks to be left alone (Retry-After)."""
    setup: str = ""
    """What the user has to mend, where every request would fail like this one (key refused, model unknown)."""
    alone: bool = False
    """It may be this question's alone: only where others fail like it does `setup` hold."""

    def __str__(self) -> str:
        return self.reason


class Stopped(Exception):
    """The caller asked to stop; every verdict so far is stored, and the same call made again goes on from there."""
