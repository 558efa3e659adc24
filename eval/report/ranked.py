"""In which order candidates stand, and the few figures that page one shows of each. Chooses and words; computes nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from eval.names import metric_name
from eval.report.format import NOT_MEASURED, money, number, seconds
from eval.verdict.rules import Rules, Traits

Json = dict[str, Any]
KINDS = {"right": "right", "rightly declined": "declined_rightly", "declined": "declined_wrongly", "wrong": "wrong"}
"""What becomes of an answer, as people read it and as it is stored. Where a row has no answer, declining is right."""


def lead(report: Json) -> str | None:
    """The arm of the verdict, else the one to take today, else the first of those that lead."""
    decision = report["decision"]
    named = [decision["arm"], (decision.get("today") or {}).get("arm"), *decision["leaders"]]
    return next((arm for arm in named if arm in report["arms"]), None)


def beside(decision: Json, arm: str | None, known: Collection[str]) -> Json | None:
    """The comparison of `arm` with the one next to it, `a` being `arm`: another leader, else the one that comes closest; of `known`."""
    pairs = [one if one["a"] == arm else turned(one) for one in decision["comparisons"] if arm in (one["a"], one["b"])]
    pairs = [one for one in pairs if one["difference"] is not None and one["b"] in known and one["b"] not in decision["excluded"]]
    return min(pairs, key=lambda one: (one["b"] not in decision["leaders"], abs(one["difference"])), default=None)


def order(report: Json) -> list[str]:
    """The lead first, then the others by the deciding metric, unmeasured ones last; those for diagnosis behind all."""
    arms, first = report["arms"], lead(report)

    def place(name: str) -> tuple[bool, bool, float]:
        mean = (arms[name]["metrics"].get(report["metric"]) or {}).get("mean")
        return arms[name]["diagnostic"], name != first, -(mean if mean is not None else -1e9)

    return sorted(arms, key=place)


def turned(comparison: Json) -> Json:
    """The same comparison seen from the other arm."""
    minus = {key: None if comparison[key] is None else -comparison[key] for key in ("difference", "low", "high")}
    return {
        **comparison,
        "a": comparison["b"],
        "b": comparison["a"],
        "difference": minus["difference"],
        "low": minus["high"],
        "high": minus["low"],
    }


def traits(report: Json, arm: str) -> Traits:
    """What the arm is made of: as the decision says, else by its name."""
    told = ((report["decision"].get("approach") or {}).get("candidates") or {}).get(arm)
    return Traits(told["retrieves"], told["trained"], outside=bool(told.get("outside"))) if told else Rules(metric="").traits_of(arm)


def candidates(report: Json) -> list[str]:
    return [name for name in order(report) if not report["arms"][name]["diagnostic"]]


def shares(arm: Json) -> dict[str, float] | None:
    """Of 100 answers how many are of each of `KINDS`; they add up to 100. None where they were not told apart."""
    counted = (arm.get("answers") or {}).get("all")
    if counted and counted["rows"]:
        return {kind: 100 * counted[key] / counted["rows"] for kind, key in KINDS.items()}
    rates = arm.get("outcomes") or {}
    if any(rates.get(kind) is None for kind in ("correct", "abstained", "fabricated")):
        return None
    return {"right": 100 * rates["correct"], "declined": 100 * rates["abstained"], "wrong": 100 * rates["fabricated"]}


def right_of_100(found: dict[str, float]) -> float:
    """Of `shares`: right answers, and questions without an answer that were declined."""
    return found["right"] + found.get("rightly declined", 0.0)


def badges(report: Json) -> list[str]:
    """`Retrieval: yes`, `Fine-tuning: open`, how sure the difference is, how many rows were asked."""
    approach = report["decision"].get("approach")
    said = [f"Retrieval: {approach['retrieval']}", f"Fine-tuning: {approach['fine_tuning']}"] if approach else []
    decides = next((found for found in report["summary_of_findings"] if found["decides"]), None)
    sure = [f"Certainty: {decides['certainty']}"] if decides and report["decision"]["verdict"] in ("winner", "tie") else []
    rows = report["rows_used"].get("test")
    return [*said, *sure, *([f"{rows:,} questions"] if rows else [])]


def short_head(report: Json) -> list[str]:
    whole = _told_apart(report)
    first = ["right of 100", "wrong of 100"] if whole else [metric_name(report["metric"]), "rows"]
    return ["candidate", *first, "seconds an answer", f"a month ({_volume(report)} questions)"]


def short(report: Json) -> list[list[str]]:
    """The five columns of page one, of every candidate."""
    return [[str(report["arms"][name].get("label", name)), *_first(report, name), *_use(report, name)] for name in candidates(report)]


def _told_apart(report: Json) -> bool:
    return any(shares(report["arms"][name]) for name in candidates(report))


def _first(report: Json, name: str) -> list[str]:
    arm = report["arms"][name]
    if _told_apart(report):
        found = shares(arm)
        return [number(right_of_100(found), 0), number(found["wrong"], 0)] if found else [NOT_MEASURED, NOT_MEASURED]
    value = arm["metrics"].get(report["metric"]) or {}
    return [number(value.get("mean"), 3), str(value.get("n", 0))]


def _use(report: Json, name: str) -> list[str]:
    cost = report["arms"][name].get("cost") or {}
    slow = cost.get("single_p50_s") if cost.get("single_p50_s") is not None else cost.get("p50_s")
    month = (report["decision"]["costs"].get(name) or {}).get("month")
    return [seconds(slow), money(month, cost.get("currency", ""))]


def _volume(report: Json) -> str:
    prices = report["experiment"]["decision"].get("prices") or {}
    return f"{prices.get('queries_per_month') or 10_000:,.0f}"
