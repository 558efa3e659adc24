"""The four numbers of the verdict's first screen, each against the candidate next to it. Formats what is stored; computes nothing."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.names import metric_name
from eval.numerals import figures, ratio
from eval.report.format import NOT_MEASURED, number
from eval.report.ranked import lead, shares
from pipeline.ui.result import charts
from pipeline.ui.result.lead import beside, label, mean
from pipeline.ui.text import inline
from pipeline.ui.words import HELP

Json = dict[str, Any]
WIDTH = 168
"""Pixels of one number: four beside each other on a laptop, and one below the other on a telephone."""
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def four(report: Json) -> None:
    """Right, wrong, money a month, seconds; one below the other where there is no room."""
    arm = lead(report)
    if arm is None:
        return
    pair = beside(report)
    other = pair["b"] if pair else None
    st.caption(f"{inline(label(report, arm))}" + (f", beside {inline(label(report, other))}" if other else ""))
    with st.container(horizontal=True):
        _deciding(report, arm, pair)
        _wrong(report, arm, other)
        _month(report, arm, other)
        _seconds(report, arm, other)


def _deciding(report: Json, arm: str, pair: Json | None) -> None:
    scale, name = charts.scale_of(report), metric_name(report["metric"])
    value = report["arms"][arm]["metrics"].get(report["metric"]) or {}
    told = NOT_MEASURED if value.get("mean") is None else number(scale * value["mean"], 0 if scale == 100 else 3)
    moved, span = (None, None) if pair is None else charts.told(pair, scale).rstrip(")").split(" (")
    called = f"{'Right' if report['metric'] == 'right' else name}{' of 100' if scale == 100 else ''}"
    st.metric(
        called, told, moved, border=True, height="stretch", width=WIDTH, delta_color="normal" if pair and _clear(pair) else "off",
        delta_arrow="off", delta_description=span, help=HELP["right"],
    )  # fmt: skip


def _clear(pair: Json) -> bool:
    return pair["low"] is not None and (pair["low"] > 0 or pair["high"] < 0)


def _wrong(report: Json, arm: str, other: str | None) -> None:
    own, found = shares(report["arms"][arm]), report["summary_of_findings"]
    told = NOT_MEASURED if own is None else f"{own['wrong']:.0f}"
    pairs = [f for f in found if (f["outcome"], f["arm"], f["other"]) == ("fabricated", arm, other) and f["difference"] is not None]
    pair = pairs[0] if pairs else None
    moved, span = (None, None) if pair is None or own is None else charts.told(pair, 1, 1).rstrip(")").split(" (")
    st.metric(
        "Wrong of 100", told, moved, border=True, height="stretch", width=WIDTH, delta_color="inverse" if pair and _clear(pair) else "off",
        delta_arrow="off", delta_description=span, help=HELP["wrong"],
    )  # fmt: skip


def _month(report: Json, arm: str, other: str | None) -> None:
    costs, prices = report["decision"]["costs"], report["experiment"]["decision"].get("prices") or {}
    own, theirs = ((costs.get(one) or {}).get("month") if one else None for one in (arm, other))
    currency = (costs.get(arm) or {}).get("currency", "")
    told = NOT_MEASURED if own is None else f"{figures(own)} {SIGNS.get(currency, currency)}"
    volume = prices.get("queries_per_month", 10_000)
    st.metric(
        "Cost a month", told, _times(own, theirs, ("cheaper", "dearer")), border=True, height="stretch", width=WIDTH,
        delta_color="off", delta_arrow="off", help=f"{HELP['month']} Here: {volume:,.0f} questions.",
    )  # fmt: skip


def _seconds(report: Json, arm: str, other: str | None) -> None:
    half, most = waits(report["arms"][arm])
    told = NOT_MEASURED if half is None else f"{half:.2g}"
    theirs = waits(report["arms"][other])[0] if other else None
    st.metric(
        "Seconds an answer", told, _times(half, theirs, ("faster", "slower")), border=True, height="stretch", width=WIDTH,
        delta_color="off", delta_arrow="off", help=HELP["seconds"] + ("" if most is None else f" Here: p95 {most:.2g} s."),
    )  # fmt: skip


def waits(arm: Json) -> tuple[float | None, float | None]:
    """Seconds of one question, p50 and p95: asked alone where that was measured, else in batches."""
    cost = arm.get("cost") or {}
    alone = cost.get("single_p50_s") is not None
    return (cost.get("single_p50_s"), cost.get("single_p95_s")) if alone else (cost.get("p50_s"), cost.get("p95_s"))


def _times(own: float | None, theirs: float | None, words: tuple[str, str]) -> str | None:
    """`3.2 times cheaper`."""
    if not own or not theirs:
        return None
    less, more = words
    return f"{ratio(own / theirs)} times {more}" if own >= theirs else f"{ratio(theirs / own)} times {less}"


def of_100(value: Json | None, scale: int = 100) -> float | None:
    found = mean(value)
    return None if found is None else scale * found
