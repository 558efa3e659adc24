"""Two runs side by side: verdicts, each candidate in both, what was set otherwise, the rows that flipped. Draws; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import streamlit as st

from eval.names import metric_name
from eval.report.figures import Figure
from eval.report.format import NOT_MEASURED, interval, number
from pipeline import jobs
from pipeline.errors import UserError
from pipeline.results.compare import compare_runs
from pipeline.run_folder.store import of_id
from pipeline.ui import blocks
from pipeline.ui.runs.listing import COLOURS, badges, label
from pipeline.ui.text import inline

Json = dict[str, Any]
FIRST, SECOND, INK = "#8a6d1f", "#0f7f75", "#7a8594"
"""Of the two runs' dots; the last of text, which is read on white and on black."""
LINE = 42
LISTED = 100
"""Flipped rows that are listed."""


def draw(names: Sequence[str], called: Mapping[str, str]) -> None:
    """Differences only where the test rows are the same, else the reason why there are none."""
    first, second = (called[name] for name in names)
    st.header(inline(f"{first} → {second}"), anchor=False)
    try:
        found = _compared(names[0], names[1], _written(names[0]), _written(names[1]))
    except UserError as error:
        st.error(inline(str(error)))
        return
    for column, run, name in zip(st.columns(2), found["runs"], (first, second), strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{inline(name)}**")
            _verdict(run)
    st.caption(inline(f"{metric_name(found['metric'])}. {found['note']}"))
    _candidates(found["arms"], first, second)
    _settings(found["settings"], first, second)
    if found["flips"] is not None:
        _flips(found["flips"], first, second)


@st.cache_data(max_entries=8, show_spinner="Comparing the two runs")
def _compared(one: str, other: str, written: float, other_written: float) -> Json:
    """Kept by both runs and when their verdicts were written."""
    return compare_runs(jobs.runs_folder(), one, other)


def _written(name: str) -> float:
    run = of_id(jobs.runs_folder(), name)
    path = None if run is None else run.path / "summary.json"
    return path.stat().st_mtime if path is not None and path.exists() else 0.0


def _verdict(run: Json) -> None:
    with st.container(horizontal=True, gap="small"):
        for badge in badges({**run, "state": "no verdict"}):
            st.badge(badge, color=COLOURS.get(badge, "gray"))  # type: ignore[arg-type]
    if run["approach"]:
        st.markdown(inline(f"{run['approach']['heading']}. {run['approach']['counts']}"))
    elif run["sentence"]:
        st.markdown(inline(run["sentence"]))


def _candidates(arms: Sequence[Json], first: str, second: str) -> None:
    if not arms:
        st.write("The two runs have no candidate in common that was measured alike.")
        return
    scale = _scale(arms)
    blocks.legend({f"● {first}": FIRST, f"◆ {second}": SECOND})
    blocks.figure(_dumbbells(arms, scale, first, second), caption=False)
    head = ["candidate", first, second, f"difference{' of 100' if scale == 100 else ''}"]
    rows = [[label(row["arm"]), _mean(row["one"], scale), _mean(row["other"], scale), _gap(row["difference"], scale)] for row in arms]
    blocks.table(head, rows, "Each candidate in both runs")


def _scale(arms: Sequence[Json]) -> int:
    means = [row[side]["mean"] for row in arms for side in ("one", "other") if row[side]]
    return 100 if all(0 <= mean <= 1 for mean in means) else 1


def _places(scale: int) -> int:
    return 1 if scale == 100 else 3


def _mean(value: Json | None, scale: int) -> str:
    return NOT_MEASURED if value is None else number(scale * value["mean"], _places(scale))


def _gap(found: Json | None, scale: int) -> str:
    if found is None:
        return "not shown"
    if found["difference"] == found["low"] == found["high"] == 0:
        return "0, the same answers"
    told, low, high = (None if found[key] is None else scale * found[key] for key in ("difference", "low", "high"))
    return f"{number(told, _places(scale), True)} ({interval(low, high, _places(scale), True)})"


def _dumbbells(arms: Sequence[Json], scale: int, first: str, second: str) -> Figure | None:
    """A line from the first run's value to the second's, a candidate a line."""
    import altair as alt

    both = [row for row in arms if row["one"] and row["other"]]
    if not both:
        return None
    rows = [
        {"candidate": label(row["arm"]), first: scale * row["one"]["mean"], second: scale * row["other"]["mean"],
         "a": scale * row["one"]["mean"], "b": scale * row["other"]["mean"], "gap": _gap(row["difference"], scale)}
        for row in both
    ]  # fmt: skip
    ends = [row[side] for row in rows for side in ("a", "b")]
    domain = [0, 100] if scale == 100 else [min(ends), max(ends)]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=alt.Y("candidate:N", sort=None, title=None, axis=None))
    x = alt.X("a:Q", title="of 100" if scale == 100 else None, scale=alt.Scale(domain=domain), axis=alt.Axis(tickCount=5))
    tips = [alt.Tooltip("candidate:N"), alt.Tooltip("a:Q", title="first", format=".1f"), alt.Tooltip("b:Q", title="second", format=".1f")]
    lines = base.mark_rule(aria=False, size=4, color="#9aa4b1", opacity=0.7).encode(x=x, x2="b:Q")
    ones = base.mark_point(aria=False, filled=True, size=130, opacity=1, color=FIRST).encode(x=x, tooltip=tips)
    others = base.mark_point(aria=False, filled=True, size=130, opacity=1, color=SECOND, shape="diamond").encode(x="b:Q", tooltip=tips)
    name = base.mark_text(aria=False, align="left", baseline="bottom", dy=-9, fontSize=12, color=INK).encode(
        x=alt.value(0), text="candidate:N"
    )
    gap = base.mark_text(aria=False, align="right", baseline="bottom", dy=-9, fontSize=12, color=INK).encode(
        x=alt.value("width"), text="gap:N"
    )
    said = "; ".join(f"{row['candidate']}: {row['a']:.1f} → {row['b']:.1f}, {row['gap']}" for row in rows)
    chart = alt.layer(lines, ones, others, name, gap).properties(height=LINE * len(rows))
    return Figure(chart, f"Each candidate in both runs. {said}.", "")


def _settings(changed: Sequence[Json], first: str, second: str) -> None:
    st.header("What was set otherwise", anchor=False)
    if not changed:
        st.write("Nothing: same settings, data, code and versions.")
        return
    rows = [[one["setting"], _value(one["one"]), _value(one["other"])] for one in changed]
    blocks.table(["setting", first, second], rows, "What was set otherwise")


def _value(value: Any) -> str:
    told = value if isinstance(value, str) else "not set" if value is None else orjson.dumps(value).decode()
    return told if len(told) <= 200 else f"{told[:200]}…"


def _flips(flips: Mapping[str, Mapping[str, Sequence[Json]]], first: str, second: str) -> None:
    st.header("Rows that flipped", anchor=False)
    there = {arm: rows for arm, rows in flips.items() if rows["mended"] or rows["broken"]}
    if not there:
        st.write("None: every candidate is right on the same rows in both.")
        return
    counts = [[label(arm), str(len(rows["mended"])), str(len(rows["broken"]))] for arm, rows in there.items()]
    blocks.table(["candidate", "wrong, then right", "right, then wrong"], counts, "Rows that flipped, by candidate")
    arm = st.selectbox("Rows of", list(there), format_func=label)
    told = [[kind, row["input"][:300], row["references"] or "no answer", row["one"], row["other"]]
            for key, kind in (("mended", "now right"), ("broken", "now wrong")) for row in there[arm][key]]  # fmt: skip
    blocks.table(["", "question", "right answer", first, second], told[:LISTED], "The rows that flipped")
    if len(told) > LISTED:
        st.caption(f"{len(told) - LISTED:,} more: on the command line, compare with --json lists them all.")
