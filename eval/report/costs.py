"""What prices, a repeat and the volume of queries mean, in the sentences below the table of costs. Computes nothing."""

from __future__ import annotations

from typing import Any

from eval.numerals import figures
from eval.report.format import energy, money, seconds

Json = dict[str, Any]


def lines(report: Json) -> list[str]:
    """Below the table: the prices, the index, the volume from which training pays, and what a repeat would cost."""
    decision = report["decision"]
    told = [*_prices(report), *_index(report["arms"]), *_services(report), *(one["sentence"] for one in decision.get("break_even") or ())]
    return [*told, *(_repeat(decision["repeat"]) if decision.get("repeat") else [])]


def _prices(report: Json) -> list[str]:
    prices = report["experiment"]["decision"].get("prices")
    if not prices:
        return []
    others = "".join(f", {money(price, prices['currency'])} of a {name}" for name, price in (prices.get("machines") or {}).items())
    hour = money(prices["machine_hour"], prices["currency"])
    return [
        f"By {hour} a machine hour{others} and {prices['watts']:g} W under load (an estimate, not a meter): "
        "change them, and the prices of tokens, as decision.prices; bakeoff decide answers at once."
    ]


def _index(arms: Json) -> list[str]:
    built = [cost for arm in arms.values() if (cost := arm.get("cost") or {}).get("index_bytes")]
    return [f"The index: {figures(built[0]['index_bytes'] / 2**20)} MiB, built in {seconds(built[0]['index_seconds'])}."] if built else []


def _services(report: Json) -> list[str]:
    """What fine-tuning at endpoints' services cost."""
    endpoints, decision = report["experiment"].get("endpoints") or (), report["decision"]
    tuned = [f"{one['name']}_{arm}" for one in endpoints if one.get("finetune") for arm in one["finetune"]["arms"]]
    prices = {arm: price for arm in tuned if (price := (decision["costs"].get(arm) or {}).get("train_money")) is not None}
    told = ", ".join(f"{report['arms'][arm]['label']} {money(price, decision['costs'][arm]['currency'])}" for arm, price in prices.items())
    return [f"Fine-tuning at a service cost, once: {told}. A training that two of them share stands at both."] if told else []


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
