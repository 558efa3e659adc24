"""Which candidate a finished run's pages put first, and which stands beside it. Reads the stored decision; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.report import ranked
from eval.report.ranked import lead

Json = dict[str, Any]
RIGHT = ("right", "correct", "exact_match", "accuracy", "exact_record", "exact_labels")
"""Metrics of 0 and 1 that say whether an answer is right, the first that was measured counts."""


def beside(report: Json) -> Json | None:
    """The comparison of `lead` with the arm next to it, `a` being the lead: another leader, else the one that comes closest."""
    return ranked.beside(report["decision"], lead(report), report["arms"])


def seen_from(arm: str | None, pair: Json) -> Json:
    """The comparison with this arm first."""
    return pair if pair["a"] == arm else ranked.turned(pair)


def mean(value: Mapping[str, Any] | None) -> float | None:
    return None if not value else value.get("mean")


def label(report: Json, arm: str) -> str:
    """As people read it; what could never be chosen is called what it is."""
    told = str(report["arms"].get(arm, {}).get("label", arm))
    return f"Upper bound: {told}" if report["arms"].get(arm, {}).get("diagnostic") else told


def yardstick(report: Json) -> str | None:
    """The metric that says whether an answer is right; None where none was measured."""
    return next((name for name in RIGHT if name in report["metrics"]), None)
