"""Altair charts of the evidence behind the verdict: cost against latency, slices, learning curve, training. Draws; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.names import metric_name
from eval.report.charts import WIDTH, data
from eval.report.looks import Look, colour, shape

Json = dict[str, Any]
GREY = "#9aa3ad"
LINE = 15
"""Pixels of height for one arm within a slice."""


def trade_off(rows: Sequence[Json], currency: str, looked: Mapping[str, Look]) -> Any:
    """Cost by latency, both on logarithmic scales; an arm that does not pass the gate is hollow.

    `rows`: `{"arm", "label", "seconds", "cost", "passes"}`, both above zero.
    """
    import altair as alt

    names = [row["arm"] for row in rows]
    seconds = alt.X("seconds:Q", title="seconds a query, 95th percentile", axis=alt.Axis(tickCount=6), scale=_log(30))
    cost = alt.Y("cost:Q", title=f"{currency} for 1,000 queries", axis=alt.Axis(tickCount=4), scale=_log(20))
    base = alt.Chart(data(rows)).encode(x=seconds, y=cost)
    told = [alt.Tooltip("label:N"), alt.Tooltip("seconds:Q", format=".3g"), alt.Tooltip("cost:Q", format=".3g")]
    points = base.mark_point(aria=False, size=130, opacity=1, strokeWidth=2).encode(
        color=colour(looked, names, _key()), shape=shape(looked, names, _key()), tooltip=told,
        fill=alt.condition("datum.passes", _fill(looked, names), alt.value("white")),
    )  # fmt: skip
    return points.properties(width=WIDTH, height=240)


def _log(padding: int) -> Any:
    import altair as alt

    return alt.Scale(type="log", nice=False, padding=padding)


def _key() -> Any:
    """The legend above a chart."""
    import altair as alt

    return alt.Legend(orient="top", title=None, columns=4)


def _fill(looked: Mapping[str, Look], arms: Sequence[str]) -> Any:
    import altair as alt

    names = list(dict.fromkeys(arms))
    return alt.Fill("arm:N", scale=alt.Scale(domain=names, range=[looked[name].colour for name in names]), legend=_key())


def slices(rows: Sequence[Json], metric: str, level: str, looked: Mapping[str, Look]) -> Any:
    """Means with intervals by slice and arm; a slice of few rows is grey.

    `rows`: `{"slice", "arm", "label", "mean", "low", "high", "n", "few"}`, one a slice and arm.
    """
    import altair as alt

    arms = list(dict.fromkeys(row["arm"] for row in rows))
    places = list(dict.fromkeys(row["slice"] for row in rows))
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("slice:N", sort=places, title=None, axis=alt.Axis(labelLimit=220)), yOffset=alt.YOffset("arm:N", sort=arms),
    )  # fmt: skip
    shade = alt.condition("datum.few", alt.value(GREY), colour(looked, arms, _key()))
    lines = base.mark_rule(aria=False, size=2).encode(
        x=alt.X("low:Q", title=f"{metric_name(metric)} ({level} interval; grey: under 30 rows)"), x2="high:Q", color=shade
    )
    points = base.mark_point(aria=False, filled=True, size=60, opacity=1).encode(
        x="mean:Q", color=shade, shape=shape(looked, arms, _key()),
        tooltip=[alt.Tooltip("label:N"), alt.Tooltip("mean:Q", format=".3f"), alt.Tooltip("low:Q", format=".3f"),
                 alt.Tooltip("high:Q", format=".3f"), alt.Tooltip("n:Q")],
    )  # fmt: skip
    return alt.layer(lines, points).properties(width=WIDTH, height=max(1, len(places)) * max(2, len(arms)) * LINE)


def learning_curve(rows: Sequence[Json], metric: str, looked: Mapping[str, Look]) -> Any:
    """Score by training rows (logarithmic): measured points filled and joined, extrapolated ones hollow and dashed, intervals drawn.

    `rows`: `{"arm", "label", "rows", "mean", "low", "high", "kind"}`, kind `measured` or `extrapolated`; `joint` marks a measured point
    that an extrapolation begins at.
    """
    import altair as alt

    arms = [row["arm"] for row in rows]
    base = alt.Chart(data(rows)).encode(
        x=alt.X("rows:Q", title="training rows", scale=_log(20)), color=colour(looked, arms, _key()),
    )  # fmt: skip
    band = base.mark_area(aria=False, opacity=0.15).encode(
        y=alt.Y("low:Q", title=f"{metric_name(metric)} (95 % interval)", scale=alt.Scale(zero=False)), y2="high:Q", fill=_fill(looked, arms)
    )
    line = base.mark_line(aria=False).encode(y="mean:Q", strokeDash=alt.StrokeDash("kind:N", scale=alt.Scale(
        domain=["measured", "extrapolated"], range=[[1, 0], [5, 4]]), legend=alt.Legend(orient="top", title=None)))  # fmt: skip
    told = [alt.Tooltip("label:N"), alt.Tooltip("kind:N"), alt.Tooltip("rows:Q"), alt.Tooltip("mean:Q", format=".3f")]
    points = base.transform_filter("!datum.joint").mark_point(aria=False, size=90, opacity=1, strokeWidth=2).encode(
        y="mean:Q", shape=shape(looked, arms, _key()), tooltip=told,
        fill=alt.condition("datum.kind == 'measured'", _fill(looked, arms), alt.value("white")),
    )  # fmt: skip
    return alt.layer(band, line, points).properties(width=WIDTH, height=240)


def losses(curves: Mapping[str, Sequence[Json]], looked: Mapping[str, Look]) -> Any:
    """Training loss by step (line) and dev loss (points); a training has the colour of its arm, its seeds are told apart by dashes."""
    import altair as alt

    steps = [
        {"arm": name.split(" seed ")[0], "training": name, "step": one["step"], "loss": one["loss"], "dev": one.get("dev_loss")}
        for name, log in curves.items()
        for one in log
    ]
    arms = list(dict.fromkeys(row["arm"] for row in steps))
    base = alt.Chart(data(steps)).encode(
        x=alt.X("step:Q", title="step"), color=colour(looked, arms, alt.Legend(orient="top", title=None)), detail="training:N"
    )
    dashes = alt.StrokeDash("training:N", legend=None)
    line = base.mark_line(aria=False, opacity=0.7).encode(y=alt.Y("loss:Q", title="loss (nats a token; points: dev)"), strokeDash=dashes)
    points = base.transform_filter("isValid(datum.dev)").mark_point(aria=False, filled=True, size=80, opacity=1).encode(
        y="dev:Q", shape=shape(looked, arms)
    )  # fmt: skip
    return alt.layer(line, points).properties(width=WIDTH, height=200)
