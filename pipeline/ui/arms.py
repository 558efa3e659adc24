"""The arms beside each other: every metric with its interval, shares of outcomes, cost and latency, slices, probes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.names import metric_name
from eval.report import cells, figures
from eval.report.costs import lines
from eval.report.format import measured
from eval.report.probes import CURVE_TITLE, tables
from pipeline.run_folder.store import RunFolder
from pipeline.ui import blocks, state
from pipeline.ui.text import heading, inline

Json = dict[str, Any]


@state.of_report
def page(run: RunFolder, report: Json) -> None:
    """What each arm scored, by a metric that can be chosen, and how its answers fall out."""
    arms, metrics = report["arms"], [report["metric"], *(m for m in report["metrics"] if m != report["metric"])]
    primary = {n: a["metrics"].get(report["metric"]) or {} for n, a in arms.items() if not a["diagnostic"]}
    best = max(primary, key=lambda name: -1.0 if primary[name].get("mean") is None else primary[name]["mean"])
    heading(f"{arms[best]['label']} scores highest by {metric_name(report['metric'])}: {measured(primary[best])}.")
    st.write("The highest score is not the verdict: the page Verdict says which differences are significant.")
    metric = st.selectbox("Metric", metrics, format_func=metric_name)
    blocks.figure(figures.dots(report, metric), caption=False)
    blocks.table(["arm", metric_name(metric)], [[a["label"], measured(a["metrics"].get(metric))] for a in arms.values()])
    for note in report["notes"]:
        st.caption(inline(note))
    st.subheader("Of 100 answers", anchor=False)
    blocks.figure(figures.outcomes(report))
    blocks.table(["arm", *cells.OUTCOMES], cells.outcomes(report))
    if parts := cells.fabrications(report):
        blocks.table(["arm", *cells.FABRICATION_HEAD], parts)
    if wrong := cells.went_wrong(arms):
        st.subheader("Where it went wrong", anchor=False)
        blocks.table(["arm", *cells.WRONG_HEAD], [[arms[name]["label"], *told] for name, *told in wrong])
    st.subheader("Cost and latency", anchor=False)
    blocks.figure(figures.trade_off(report))
    blocks.table(["arm", *cells.COST_HEAD], [[a["label"], *cells.costs(a)] for a in arms.values()])
    st.markdown("\n".join(f"- {inline(line)}" for line in lines(report)))
    if report["slices"]:
        st.subheader("Slices", anchor=False)
        blocks.figure(figures.slices(report))
        blocks.table(cells.slices_head(report), cells.slices(report))
    for probe in tables(report):
        st.subheader(probe.title, anchor=False)
        st.write(inline(probe.sentence))
        if probe.title == CURVE_TITLE:
            blocks.figure(figures.learning_curve(report))
        blocks.table(probe.head, probe.rows)
        for note in probe.notes:
            st.write(inline(note))
