"""How numbers and texts look, in one place, so that page, report and table agree. Computes nothing."""

from __future__ import annotations

import re
from typing import Any

from eval.numerals import figures

NOT_MEASURED = "not measured"
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def number(value: float | None, digits: int = 3, sign: bool = False) -> str:
    """`0.412`, `+0.031`; a typographic minus, no sign on what rounds to nought; `not measured` where there is none."""
    if value is None:
        return NOT_MEASURED
    told = f"{value:{'+' if sign else ''}.{digits}f}"
    return (told if float(told) else told.lstrip("+-")).replace("-", "−")


def interval(low: float | None, high: float | None, digits: int = 3, sign: bool = False) -> str:
    if low is None or high is None:
        return "no interval"
    return f"{number(low, digits, sign)} to {number(high, digits, sign)}"


def measured(value: dict[str, Any] | None, digits: int = 3) -> str:
    """A mean with its interval and n, and what people's labels make of it; or that it was not measured."""
    if not value or value.get("mean") is None:
        return NOT_MEASURED
    told = f"{number(value['mean'], digits)} ({interval(value.get('low'), value.get('high'), digits)}; n = {value['n']})"
    if not (by_people := value.get("corrected")):
        return told
    span = interval(by_people["low"], by_people["high"], digits)
    return f"{told}; corrected by {by_people['labels']} labels: {number(by_people['mean'], digits)} ({span})"


def per_100(value: dict[str, Any] | None) -> str:
    """A share of answers, of 100, with its interval and n; or that it was not measured."""
    if not value or value.get("mean") is None:
        return NOT_MEASURED
    low, high = (None if value.get(end) is None else 100 * value[end] for end in ("low", "high"))
    return f"{number(100 * value['mean'], 1)} ({interval(low, high, 1)}; n = {value['n']})"


def difference(value: dict[str, Any], digits: int = 3) -> str:
    """A difference with its interval and n; or that it was not measured."""
    if value.get("difference") is None:
        return NOT_MEASURED
    return f"{number(value['difference'], digits, True)} ({interval(value['low'], value['high'], digits, True)}; n = {value['n']})"


def money(value: float | None, currency: str) -> str:
    """Two figures at least; a price of nothing is a price."""
    return NOT_MEASURED if value is None else f"{figures(value)} {currency}".strip()


def energy(kwh: float | None) -> str:
    return NOT_MEASURED if kwh is None else f"{figures(kwh)} kWh"


def probability(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def share(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{100 * value:.0f} %"


def seconds(value: float | None) -> str:
    """`40 ms`, `1.2 s`, `3 min 05 s`."""
    if value is None:
        return NOT_MEASURED
    if value < 1:
        return f"{1000 * value:.0f} ms"
    return f"{value:.1f} s" if value < 90 else f"{int(value // 60)} min {int(value % 60):02d} s"


def plain(text: str, limit: int = 20_000) -> str:
    """User text without control and bidi characters, which could make it look like something else; cut at `limit` with a note."""
    clean = BIDI.sub("\ufffd", CONTROL.sub("\ufffd", text))
    return clean if len(clean) <= limit else f"{clean[:limit]}… ({len(clean) - limit} more characters)"
