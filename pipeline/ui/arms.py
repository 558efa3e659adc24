"""The arms beside each other: every metric with its interval, shares of outcomes, cost and latency."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.diagnosis import KINDS
from eval.names import metric_name
from eval.report import charts
from eval.report.format import measured
from eval.report.html import dots_text
from eval.report.markdown import costs, went_wrong
from eval.report.probes import tables
from pipeline.store import RunFolder
from pipeline.ui import state
from pipeline.ui.text import heading, inline

Json = dict[str, Any]


@state.of_report
def page(run: RunFolder, report: Json) -> None:
    arms, metrics = report["arms"], [report["metric"], *(m for m in report["metrics"] if m != report["metric"])]
    primary = {n: a["metrics"].get(report["metric"]) or {} for n, a in arms.items() if not a["diagnostic"]}
    best = max(primary, key=lambda name: -1.0 if primary[name].get("mean") is None else primary[name]["mean"])
    heading(f"{arms[best]['label']} scores highest by {metric_name(report['metric'])}: {measured(primary[best])}.")
    st.write("The highest score is not the verdict: the Verdict page says what the differences can bear.")
    metric = st.selectbox("Metric", metrics, format_func=metric_name)
    scored = {n: a for n, a in arms.items() if (a["metrics"].get(metric) or {}).get("mean") is not None}
    if scored:
        st.altair_chart(charts.dots(arms, metric), alt=dots_text(scored, metric))
    st.table([{"Arm": a["label"], metric_name(metric): measured(a["metrics"].get(metric))} for a in arms.values()])
    for note in report.get("notes", []):
        st.caption(inline(note))
    st.subheader("Of 100 answers", anchor=False)
    st.altair_chart(charts.outcomes(arms), alt="Shares of correct, abstained and fabricated answers by arm")
    kinds = ("correct", "abstained", "fabricated")
    st.table([{"Arm": a["label"], **{kind.capitalize(): measured(a["metrics"].get(kind), 2) for kind in kinds}} for a in arms.values()])
    wrong = went_wrong(arms)
    if wrong:
        st.subheader("Where it went wrong", anchor=False)
        heads = ("Arm", *(kind.capitalize() for kind in KINDS), "n")
        st.table([dict(zip(heads, (arms[n]["label"], *cells, str(arms[n]["went_wrong"]["n"])), strict=True)) for n, *cells in wrong])
    st.subheader("Cost and latency", anchor=False)
    names = ("One query p50", "In batches p50", "p95", "Prompt tokens", "Written tokens", "Training")
    st.table([{"Arm": a["label"], **dict(zip(names, costs(a), strict=True))} for a in arms.values()])
    for probe in tables(report):
        st.subheader(probe.title, anchor=False)
        st.write(inline(probe.sentence))
        st.table([dict(zip(probe.head, row, strict=True)) for row in probe.rows])
        for note in probe.notes:
            st.write(inline(note))
