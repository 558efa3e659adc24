"""Which candidate a finished run's pages put first, and which stands beside it. Reads the stored decision; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
RIGHT = ("right", "correct", "exact_match", "accuracy", "exact_record", "exact_labels")
"""Metrics of 0 and 1 that say whether an answer is right, the first that was measured counts."""


def lead(report: Json) -> str | None:
    """The arm of the verdict, else the one to take today, else the first of those that lead."""
    decision = report["decision"]
    named = [decision["arm"], (decision.get("today") or {}).get("arm"), *decision["leaders"]]
    return next((arm for arm in named if arm in report["arms"]), None)


def beside(report: Json) -> Json | None:
    """The comparison of `lead` with the arm next to it, `a` being the lead: another leader, else the one that comes closest."""
    arm, decision = lead(report), report["decision"]
    pairs = [turned(one, arm) for one in decision["comparisons"] if arm in (one["a"], one["b"]) and one["difference"] is not None]
    pairs = [one for one in pairs if one["b"] in report["arms"] and one["b"] not in decision["excluded"]]
    pairs.sort(key=lambda one: (one["b"] not in decision["leaders"], abs(one["difference"])))
    return pairs[0] if pairs else None


def turned(pair: Json, arm: str | None) -> Json:
    """The comparison seen from this arm."""
    if pair["a"] == arm:
        return pair
    minus = {key: None if pair[key] is None else -pair[key] for key in ("difference", "low", "high")}
    return {**pair, "a": pair["b"], "b": pair["a"], "difference": minus["difference"], "low": minus["high"], "high": minus["low"]}


def ranked(report: Json) -> list[str]:
    """All arms by the deciding metric, the lead first; arms that could never be chosen after the others, unmeasured ones last."""
    first, metric = lead(report), report["metric"]

    def place(arm: str) -> tuple[bool, bool, float]:
        value = mean(report["arms"][arm]["metrics"].get(metric))
        return (report["arms"][arm]["diagnostic"], arm != first, -(value if value is not None else -1e9))

    return sorted(report["arms"], key=place)


def mean(value: Mapping[str, Any] | None) -> float | None:
    return None if not value else value.get("mean")


def label(report: Json, arm: str) -> str:
    """As people read it; what could never be chosen is called what it is."""
    told = str(report["arms"].get(arm, {}).get("label", arm))
    return f"Upper bound: {told}" if report["arms"].get(arm, {}).get("diagnostic") else told


def yardstick(report: Json) -> str | None:
    """The metric that says whether an answer is right; None where none was measured."""
    return next((name for name in RIGHT if name in report["metrics"]), None)


def outcomes(arm: Json) -> dict[str, float] | None:
    """Of 100 answers: right, declined rightly, declined, wrong; they add up to 100. None where they were not told apart."""
    counts = (arm.get("answers") or {}).get("all")
    if counts and counts["rows"]:
        kinds = {"right": "right", "rightly declined": "declined_rightly", "declined": "declined_wrongly", "wrong": "wrong"}
        return {name: 100 * counts[key] / counts["rows"] for name, key in kinds.items()}
    shares = arm.get("outcomes") or {}
    if any(shares.get(kind) is None for kind in ("correct", "abstained", "fabricated")):
        return None
    return {"right": 100 * shares["correct"], "declined": 100 * shares["abstained"], "wrong": 100 * shares["fabricated"]}
