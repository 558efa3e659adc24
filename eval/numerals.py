"""How numbers are written in sentences: points, signs, intervals, p-values, lists. Knows nothing of what they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence


def points(value: float, whole: bool) -> str:
    """0.0821 → `8.2` points of 100 where the scale is [0, 1], else three figures."""
    text = f"{100 * value:.1f}" if whole else f"{value:.3g}"
    cleaned = text.removesuffix(".0") if whole else text
    return cleaned.replace("-", "−") if float(text) else "0"


def signed(text: str) -> str:
    return text if text.startswith("−") or text == "0" else f"+{text}"


def interval(low: float, high: float, whole: bool) -> str:
    return f"{points(low, whole)} to {points(high, whole)}"


def p_value(p: float) -> str:
    """`= 0.004`, `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


def rounded_rows(rows: int) -> str:
    """Two figures are all such a number is good for: 1,287 → `1,300`."""
    if rows < 10:
        return str(rows)
    step = 10 ** (int(math.log10(rows)) - 1)
    return f"{math.ceil(rows / step) * step:,}"


def ratio(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def figures(value: float) -> str:
    """Two figures at least, never an exponent: `0.0042`, `12`, `1,234`."""
    if not value:
        return "0"
    return f"{value:,.{max(0, 1 - math.floor(math.log10(abs(value))))}f}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def duration(seconds: float | None) -> str:
    """`1 h 05 min`, `12 min`, `40 s`; empty where it is not known."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
