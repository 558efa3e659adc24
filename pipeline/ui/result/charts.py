"""The app's own charts of a finished run, with their text alternatives. Draws what is stored; computes nothing."""

from __future__ import annotations

from typing import Any

from eval.report.figures import Figure
from eval.report.format import NOT_MEASURED, interval, number
from eval.report.ranked import order, shares
from pipeline.ui.result.lead import label

Json = dict[str, Any]
KINDS = {"right": "#0f7f75", "rightly declined": "#5ba79f", "declined": "#b6bfca", "wrong": "#c8553d"}
"""Each at least 3 : 1 on light or dark, but the grey one, which stands between two others and has its number in dark ink."""
INK = {"right": "#ffffff", "rightly declined": "#101418", "declined": "#101418", "wrong": "#ffffff"}
NARROW = 6
"""Of 100: a part smaller than this has no room for its number."""
ROW = 30
BETTER, WORSE, OPEN = "#0f7f75", "#c8553d", "#6b7786"
INK_OF_NAMES = "#7a8594"
"""Read on white and on black."""


def answers(report: Json) -> Figure | None:
    """What became of 100 answers, a bar a candidate, in the order of the verdict; a part can be clicked (selection `bar`)."""
    import altair as alt

    told = {label(report, arm): (arm, found) for arm in order(report) if (found := shares(report["arms"][arm]))}
    if not told:
        return None
    rows = [part for name, (arm, found) in told.items() for part in _parts(arm, name, found)]
    y = alt.Y("candidate:N", sort=list(told), title=None, axis=alt.Axis(labelLimit=190, ticks=False, domain=False))
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    picked = alt.selection_point(name="bar", fields=["arm", "outcome"], on="click", clear=False, toggle=False)
    bars = base.mark_bar(aria=False, height=alt.RelativeBandSize(band=0.78)).encode(
        x=alt.X("from:Q", title=None, scale=alt.Scale(domain=[0, 100]), axis=None), x2="to:Q", color=alt.Color("colour:N", scale=None),
        tooltip=[alt.Tooltip("candidate:N"), alt.Tooltip("outcome:N"), alt.Tooltip("of 100:Q", format=".0f")],
    )  # fmt: skip
    texts = base.mark_text(aria=False, fontWeight=600, fontSize=12).encode(
        x=alt.X("middle:Q", axis=None), text="text:N", color=alt.Color("ink:N", scale=None)
    )
    chart = alt.layer(bars.add_params(picked), texts).properties(height=len(told) * ROW + 4)
    said = "; ".join(f"{name}: {', '.join(f'{share:.0f} {kind}' for kind, share in found.items())}" for name, (_, found) in told.items())
    return Figure(chart, f"What became of 100 answers of each candidate. {said}.", "")


def _parts(arm: str, name: str, found: dict[str, float]) -> list[Json]:
    """One bar's parts, from left to right."""
    parts, start = [], 0.0
    for kind, share in found.items():
        parts.append({
            "arm": arm, "candidate": name, "outcome": kind, "from": start, "to": start + share, "of 100": round(share, 1),
            "middle": start + share / 2, "text": f"{share:.0f}" if share >= NARROW else "", "ink": INK[kind], "colour": KINDS[kind],
        })  # fmt: skip
        start += share
    return parts


def kinds(report: Json) -> dict[str, str]:
    """The parts that `answers` draws, and their colours."""
    there = {kind for arm in report["arms"].values() for kind, share in (shares(arm) or {}).items() if share}
    return {kind: colour for kind, colour in KINDS.items() if kind in there}


def forest(report: Json) -> Figure | None:
    """The lead against every other: difference and interval of 100, the best for the lead on top, the value at the right."""
    import altair as alt

    pairs = [one for one in report["headline"] if one["difference"] is not None and one["low"] is not None and one["b"] in report["arms"]]
    if not pairs:
        return None
    scale = scale_of(report)
    pairs = sorted(pairs, key=lambda one: -one["difference"])
    rows: list[Json] = [
        {"against": label(report, one["b"]), "at": scale * one["difference"], "low": scale * one["low"], "high": scale * one["high"],
         "text": told(one, scale), "shown": BETTER if one["low"] > 0 else WORSE if one["high"] < 0 else OPEN}
        for one in pairs
    ]  # fmt: skip
    first, margin = label(report, pairs[0]["a"]), scale * report["decision"]["margin"]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=alt.Y("against:N", sort=[row["against"] for row in rows], title=None, axis=None))
    band = alt.Chart(alt.InlineData(values=[{"from": -margin, "to": margin}])).mark_rect(aria=False, opacity=0.16, color="#888").encode(
        x=alt.X("from:Q", title="← worse\u2003\u2003better →", axis=alt.Axis(format="+d" if scale == 100 else "+.2f", tickCount=5)),
        x2="to:Q",
    )  # fmt: skip
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(aria=False, color="#8a94a3").encode(x="zero:Q")
    colour = alt.Color("shown:N", scale=None)
    lines = base.mark_rule(aria=False, size=3).encode(x="low:Q", x2="high:Q", color=colour)
    points = base.mark_point(aria=False, filled=True, size=120, opacity=1).encode(
        x="at:Q", color=colour, tooltip=[alt.Tooltip("against:N"), alt.Tooltip("text:N", title="difference")]
    )
    names = base.mark_text(aria=False, align="left", baseline="bottom", dy=-7, fontSize=12, color=INK_OF_NAMES).encode(
        x=alt.value(0), text="against:N"
    )
    values = base.mark_text(aria=False, align="right", baseline="bottom", dy=-7, fontSize=12, color=INK_OF_NAMES).encode(
        x=alt.value("width"), text="text:N"
    )
    chart = alt.layer(band, zero, lines, points, names, values).properties(height=len(rows) * (ROW + 12))
    said = "; ".join(f"{row['against']}: {row['text']}" for row in rows)
    level = f"{100 * (1 - report['decision'].get('alpha', 0.05)):g} %"
    return Figure(chart, f"How much better {first} is than each other candidate, with {level} intervals. {said}.", "")


def told(pair: Json, scale: int, places: int | None = None) -> str:
    """`+11.2 (−0.3 to +22.6)`; or that it was not measured. `places`: digits behind the point, where the scale's own will not do."""
    if pair["difference"] is None:
        return NOT_MEASURED
    low, high = (None if pair[end] is None else scale * pair[end] for end in ("low", "high"))
    places = digits(scale) if places is None else places
    return f"{number(scale * pair['difference'], places, True)} ({interval(low, high, places, True)})"


def scale_of(report: Json) -> int:
    """100 where the deciding metric lies in 0 to 1, so that differences are points of 100; else 1."""
    means = [(arm["metrics"].get(report["metric"]) or {}).get("mean") for arm in report["arms"].values()]
    return 100 if all(value is None or 0 <= value <= 1 for value in means) else 1


def digits(scale: int) -> int:
    return 1 if scale == 100 else 3


def of_slice(report: Json, one: Json) -> tuple[str, Figure] | None:
    """One kind of question: what it is called, and every candidate's mean with its interval, in the order of the verdict."""
    import altair as alt

    scale = scale_of(report)
    found = [
        (label(report, arm), one["arms"][arm]) for arm in order(report) if arm in one["arms"] and not report["arms"][arm]["diagnostic"]
    ]
    rows: list[Json] = [
        {"candidate": name, **{end: None if value[end] is None else scale * value[end] for end in ("mean", "low", "high")}}
        for name, value in found if value["mean"] is not None
    ]  # fmt: skip
    if not rows:
        return None
    title, colour = f"{one['slice']}: {one['value']} ({one['rows']} rows)", OPEN if one["few"] else BETTER
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(
            "candidate:N", sort=[row["candidate"] for row in rows], title=None, axis=alt.Axis(labelLimit=110, ticks=False, domain=False)
        )
    )
    ends = alt.Scale(domain=[0, 100]) if scale == 100 else alt.Undefined
    line = base.mark_rule(aria=False, size=3, color=colour).encode(
        x=alt.X("low:Q", title="of 100" if scale == 100 else None, scale=ends, axis=alt.Axis(tickCount=5)), x2="high:Q"
    )
    tips = [alt.Tooltip("candidate:N"), alt.Tooltip("mean:Q", format=".1f")]
    point = base.mark_point(aria=False, filled=True, size=80, opacity=1, color=colour).encode(x="mean:Q", tooltip=tips)
    said = "; ".join(f"{row['candidate']}: {number(row['mean'], digits(scale))} ({_between(row, scale)})" for row in rows)
    return title, Figure(alt.layer(line, point).properties(height=22 * len(rows) + 40), f"{title}. {said}.", "")


def _between(row: Json, scale: int) -> str:
    return interval(row["low"], row["high"], digits(scale))
