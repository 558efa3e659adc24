"""How far judge and people agree, as pictures with their text alternatives. Draws what is stored; computes nothing."""

from __future__ import annotations

from typing import Any

from eval.report.figures import Figure
from eval.report.format import interval, number

Json = dict[str, Any]
PARTS = {
    "both say right": ("right", "right", "#0f7f75", "#ffffff"),
    "both say wrong": ("wrong", "wrong", "#5ba79f", "#101418"),
    "only people say right": ("right", "wrong", "#e0a34a", "#101418"),
    "only the judge says right": ("wrong", "right", "#c8553d", "#ffffff"),
}
"""What people say, what the judge says, colour and ink."""
NARROW = 0.04
"""A part of this share has no room for its number."""
SHOWN, OPEN = "#0f7f75", "#6b7786"


def counts(found: Json) -> dict[str, int]:
    """How many of the labelled answers fall into each part."""
    return {name: found["confusion"][people][judge] for name, (people, judge, *_) in PARTS.items()}


def answers(found: Json) -> Figure:
    """All labelled answers in one bar: on how many the two say the same, and how they differ."""
    import altair as alt

    parts, rows, start = counts(found), [], 0
    total = max(1, sum(parts.values()))
    for name, count in parts.items():
        *_, colour, ink = PARTS[name]
        rows.append({"from": start, "to": start + count, "at": start + count / 2, "part": name, "answers": count, "colour": colour,
                     "ink": ink, "text": str(count) if count / total > NARROW else ""})  # fmt: skip
        start += count
    base = alt.Chart(alt.InlineData(values=rows))
    bars = base.mark_bar(aria=False, height=30).encode(
        x=alt.X("from:Q", axis=None, scale=alt.Scale(domain=[0, total])), x2="to:Q", color=alt.Color("colour:N", scale=None),
        tooltip=["part:N", "answers:Q"],
    )  # fmt: skip
    texts = base.mark_text(aria=False, fontWeight=600, fontSize=13).encode(
        x=alt.X("at:Q", axis=None), text="text:N", color=alt.Color("ink:N", scale=None)
    )
    said = ", ".join(f"{name} {count}" for name, count in parts.items())
    return Figure(alt.layer(bars, texts).properties(height=36), f"Of {sum(parts.values())} labelled answers: {said}.", "")


def kappa(found: Json, needed: float) -> Figure | None:
    """κ with its interval beside what is needed to decide; None where it cannot be told."""
    import altair as alt

    value = found["kappa"]
    if value["value"] is None or value["low"] is None:
        return None
    low = min(0.0, value["low"])
    x = alt.X("at:Q", scale=alt.Scale(domain=[low, 1]), title="agreement beyond chance (κ): 0 none, 1 complete", axis=alt.Axis(tickCount=6))
    colour = SHOWN if found["decides"] else OPEN
    base = alt.Chart(alt.InlineData(values=[{"at": value["value"], "low": value["low"], "high": value["high"]}]))
    line = base.mark_rule(aria=False, size=3, color=colour).encode(x=alt.X("low:Q"), x2="high:Q")
    point = base.mark_point(aria=False, filled=True, size=130, opacity=1, color=colour).encode(x=x)
    wanted = alt.Chart(alt.InlineData(values=[{"needed": needed, "text": f"needed: {needed:g}"}]))
    rule = wanted.mark_rule(aria=False, strokeDash=[4, 3], color="#8a94a3").encode(x="needed:Q")
    text = wanted.mark_text(aria=False, align="right", dx=-5, dy=-16, fontSize=12, color="#7a8594").encode(x="needed:Q", text="text:N")
    span = f"{number(value['value'], 2)} ({interval(value['low'], value['high'], 2)})"
    return Figure(alt.layer(rule, text, line, point).properties(height=56), f"κ is {span}; {needed:g} is needed to decide.", "")
