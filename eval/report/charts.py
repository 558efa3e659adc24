"""Altair charts of stored numbers, for the app and (as SVG, without a browser) for the report. Draws; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.names import metric_name
from eval.report.format import interval, number
from eval.report.looks import Look, colour, shape

Json = dict[str, Any]
WIDTH = 560
ROW_HEIGHT = 34


def forest(comparisons: Sequence[Json], metric: str, margin: float, looked: Mapping[str, Look], level: str) -> Any:
    """Paired differences with their intervals, each named by its `pair`; the zero line, and the margin shaded."""
    import altair as alt

    rows = [
        {"pair": c["pair"], "arm": c["a"], "difference": c["difference"], "low": c["low"], "high": c["high"],
         "text": f"{number(c['difference'], 3, True)} ({interval(c['low'], c['high'], 3, True)})"}
        for c in comparisons
        if c["difference"] is not None
    ]  # fmt: skip
    order = [row["pair"] for row in rows]
    base = alt.Chart(data(rows)).encode(y=alt.Y("pair:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)))
    band = alt.Chart(data([{"from": -margin, "to": margin}])).mark_rect(aria=False, opacity=0.16, color="#888").encode(
        x=alt.X("from:Q", title=f"Difference in {metric_name(metric)} ({level} interval; shaded: too small to matter)"), x2="to:Q"
    )  # fmt: skip
    zero = alt.Chart(data([{"zero": 0}])).mark_rule(aria=False, color="#777").encode(x="zero:Q")
    lines = base.mark_rule(aria=False, size=2).encode(x="low:Q", x2="high:Q", color=colour(looked, [row["arm"] for row in rows]))
    points = base.mark_point(aria=False, filled=True, size=110, opacity=1).encode(
        x="difference:Q", color=colour(looked, [row["arm"] for row in rows]), shape=shape(looked, [row["arm"] for row in rows]),
        tooltip=[alt.Tooltip("pair:N"), alt.Tooltip("text:N", title="difference")],
    )  # fmt: skip
    return alt.layer(band, zero, lines, points).properties(width=WIDTH, height=max(1, len(rows)) * ROW_HEIGHT)


def dots(arms: Mapping[str, Json], metric: str, looked: Mapping[str, Look]) -> Any:
    """Each arm's mean with its interval. Arms without a value are left out here and named in the table."""
    import altair as alt

    rows = [
        {"arm": name, "label": arm.get("label", name), **{k: arm["metrics"][metric][k] for k in ("mean", "low", "high", "n")}}
        for name, arm in arms.items()
        if arm["metrics"].get(metric) and arm["metrics"][metric]["mean"] is not None
    ]
    names = [row["arm"] for row in rows]
    base = alt.Chart(data(rows)).encode(y=alt.Y("label:N", sort=[row["label"] for row in rows], title=None, axis=alt.Axis(labelLimit=220)))
    lines = base.mark_rule(aria=False, size=2).encode(
        x=alt.X("low:Q", title=f"{metric_name(metric)} (95 % interval)"), x2="high:Q", color=colour(looked, names)
    )
    points = base.mark_point(aria=False, filled=True, size=110, opacity=1).encode(
        x="mean:Q", color=colour(looked, names), shape=shape(looked, names),
        tooltip=[alt.Tooltip("label:N"), alt.Tooltip("mean:Q", format=".3f"), alt.Tooltip("low:Q", format=".3f"),
                 alt.Tooltip("high:Q", format=".3f"), alt.Tooltip("n:Q")],
    )  # fmt: skip
    return alt.layer(lines, points).properties(width=WIDTH, height=max(1, len(rows)) * ROW_HEIGHT)


OUTCOMES = {"right": "#0a7d5a", "rightly declined": "#5ba79f", "declined": "#b9c0ca", "wrong": "#b5442c"}
"""What becomes of an answer (`eval.report.ranked.KINDS`), and its colour; white on `DARK`, black on the others reach 4.5 : 1."""
DARK = ("right", "wrong")
WRITTEN = 5
"""Of 100: a narrower piece of a bar bears no figure."""


def outcomes(shares: Mapping[str, Mapping[str, float]]) -> Any:
    """By the candidate's name, the first on top: what became of 100 of its answers, as one bar."""
    import altair as alt

    rows = []
    for label, found in shares.items():
        start = 0.0
        for kind in found:
            end = start + found[kind]
            written = f"{found[kind]:.0f}" if found[kind] >= WRITTEN else ""
            rows.append(
                {"label": label, "outcome": kind, "share": found[kind], "from": start, "to": end, "mid": (start + end) / 2, "text": written}
            )
            start = end
    kinds = [kind for kind in OUTCOMES if any(found.get(kind) for found in shares.values())]
    base = alt.Chart(data(rows)).encode(y=alt.Y("label:N", sort=list(shares), title=None, axis=alt.Axis(labelLimit=220)))
    bars = base.mark_bar(aria=False, stroke="white", strokeWidth=0.5).encode(
        x=alt.X("from:Q", title="of 100 answers", scale=alt.Scale(domain=[0, 100])), x2="to:Q",
        color=alt.Color("outcome:N", sort=kinds, scale=alt.Scale(domain=kinds, range=[OUTCOMES[kind] for kind in kinds]),
                        legend=alt.Legend(orient="top", title=None)),
        tooltip=[alt.Tooltip("label:N"), alt.Tooltip("outcome:N"), alt.Tooltip("share:Q", format=".1f")],
    )  # fmt: skip
    texts = base.mark_text(aria=False, fontSize=11).encode(
        x="mid:Q",
        text="text:N",
        color=alt.condition(alt.FieldOneOfPredicate("outcome", list(DARK)), alt.value("#ffffff"), alt.value("#101418")),
    )
    return alt.layer(bars, texts).properties(width=WIDTH, height=max(1, len(shares)) * ROW_HEIGHT * 0.8)


def svg(chart: Any) -> str:
    """The chart as SVG text, rendered in this process."""
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(vl_spec=_framed(chart))
    return text


def png(chart: Any) -> bytes:
    """The same chart as a picture, for documents that take no SVG."""
    import vl_convert

    picture: bytes = vl_convert.vegalite_to_png(vl_spec=_framed(chart), scale=2)
    return picture


ROOM = {"left": 30, "right": 12, "top": 5, "bottom": 5}
"""Pixels around a chart: a reader without the font that it was laid out in may draw its names wider."""


def _framed(chart: Any) -> Json:
    spec: Json = chart.configure_view(stroke=None).configure_axis(labelFontSize=12, titleFontSize=12, grid=True, gridOpacity=0.4).to_dict()
    return {**spec, "padding": ROOM}


def data(rows: Sequence[Json]) -> Any:
    """Rows as they are, inside the chart."""
    import altair as alt

    return alt.InlineData(values=list(rows))
