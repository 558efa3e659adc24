"""In which order candidates stand, and the few figures that page one shows of each. Chooses and words; computes nothing."""

from __future__ import annotations

from typing import Any

from eval.names import metric_name
from eval.report.format import NOT_MEASURED, money, number, seconds

Json = dict[str, Any]
RIGHT = ("right", "declined_rightly")
"""Outcomes of an answer that count as right: where a row has no answer, declining is."""


def order(report: Json) -> list[str]:
    """The arm that is named, else those that lead; then the others by the deciding metric; those for diagnosis last."""
    arms, decision = report["arms"], report["decision"]
    first = [decision["arm"]] if decision["arm"] else list(decision["leaders"][:1])

    def place(name: str) -> tuple[bool, bool, float]:
        mean = (arms[name]["metrics"].get(report["metric"]) or {}).get("mean")
        return arms[name]["diagnostic"], name not in first, -(mean if mean is not None else -1e9)

    return sorted(arms, key=place)


def candidates(report: Json) -> list[str]:
    return [name for name in order(report) if not report["arms"][name]["diagnostic"]]


def shares(arm: Json) -> dict[str, float] | None:
    """Of 100 answers: right, declined, wrong; None where they were not told apart. Declining where there is no answer is right."""
    counted = (arm.get("answers") or {}).get("all")
    if counted and counted["rows"]:
        per = 100 / counted["rows"]
        return {
            "right": per * sum(counted[kind] for kind in RIGHT),
            "declined": per * counted["declined_wrongly"],
            "wrong": per * counted["wrong"],
        }
    rates = arm.get("outcomes") or {}
    if rates.get("correct") is None:
        return None
    return {"right": 100 * rates["correct"], "declined": 100 * (rates["abstained"] or 0), "wrong": 100 * (rates["fabricated"] or 0)}


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
        return [number(found[kind], 0) for kind in ("right", "wrong")] if found else [NOT_MEASURED, NOT_MEASURED]
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
