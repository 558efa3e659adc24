"""What an arm costs, as cells of a table, and what a repeat and the volume of queries mean, in sentences. Computes nothing."""

from __future__ import annotations

from typing import Any

from eval.numerals import figures
from eval.report.format import NOT_MEASURED, number, seconds

Json = dict[str, Any]
HEAD = (
    "one query p50", "in batches p50", "p95", "prompt tokens", "written tokens", "training", "1,000 queries", "energy of 1,000",
    "energy of training",
)  # fmt: skip
NOTHING = "–"


def cells(arm: Json) -> list[str]:
    """Of one arm, in the order of `HEAD`; training has the building of the index it retrieves from in its energy."""
    cost = arm.get("cost") or {}
    per_1000 = cost.get("per_1000")
    return [
        seconds(cost.get("single_p50_s")), seconds(cost.get("p50_s")), seconds(cost.get("p95_s")),
        number(cost.get("prompt_tokens"), 0), number(cost.get("completion_tokens"), 0),
        seconds(cost.get("train_seconds")) if cost.get("train_seconds") else NOTHING,
        NOT_MEASURED if per_1000 is None else money(per_1000, cost["currency"]),
        energy(cost.get("kwh_per_1000")), energy(cost["train_kwh"]) if cost.get("train_kwh") else NOTHING,
    ]  # fmt: skip


def lines(report: Json) -> list[str]:
    """Below the table: the prices, the index, the volume from which training pays, and what a repeat would cost."""
    decision = report["decision"]
    told = [*_prices(report), *_index(report["arms"]), *(one["sentence"] for one in decision.get("break_even") or ())]
    return [*told, *(_repeat(decision["repeat"]) if decision.get("repeat") else [])]


def money(value: float, currency: str) -> str:
    """`0.0042 EUR`: two figures at least."""
    return f"{figures(value)} {currency}"


def energy(kwh: float | None) -> str:
    return NOT_MEASURED if kwh is None else f"{figures(kwh)} kWh"


def _prices(report: Json) -> list[str]:
    prices = report["experiment"]["decision"].get("prices")
    if not prices:
        return []
    hour = money(prices["machine_hour"], prices["currency"])
    return [
        f"By {hour} a machine hour and {prices['watts']:g} W under load (an estimate, not a meter): "
        "change them, and the prices of tokens, as decision.prices; bakeoff decide answers at once."
    ]


def _index(arms: Json) -> list[str]:
    built = [cost for arm in arms.values() if (cost := arm.get("cost") or {}).get("index_bytes")]
    return [f"The index: {figures(built[0]['index_bytes'] / 2**20)} MiB, built in {seconds(built[0]['index_seconds'])}."] if built else []


def _repeat(repeat: Json) -> list[str]:
    currency, least = repeat["currency"], "at least " if repeat["unmeasured"] or repeat["unpriced"] else ""
    arms = sorted(repeat["arms"].items(), key=lambda pair: -pair[1]["cost"])
    told = [
        f"Repeating the comparison would take {least}{seconds(repeat['seconds'])}, {money(repeat['cost'], currency)} "
        f"and {energy(repeat['kwh'])}, by what this run took (without {repeat['without']}; files already fetched or computed "
        f"on the same machine make it less)."
    ]
    if arms:
        each = ", ".join(f"{name} {seconds(bill['seconds'])}, {money(bill['cost'], currency)}" for name, bill in arms)
        told.append(f"Of that, each arm with its training and index, which several share: {each}.")
    if repeat["unmeasured"]:
        told.append(f"Not measured whole: {', '.join(repeat['unmeasured'])}.")
    if repeat["unpriced"]:
        told.append(f"Sent elsewhere at no stated price: {', '.join(repeat['unpriced'])}.")
    return told
