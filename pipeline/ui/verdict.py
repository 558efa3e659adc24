"""The verdict: the sentence as the heading, the forest plot, the findings, what would change it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.report import charts
from eval.report.format import interval, metric_name, number, probability
from eval.report.html import forest_text
from pipeline.ui import state
from pipeline.ui.text import heading, inline

Json = dict[str, Any]


def page() -> None:
    run = state.current()
    if run is None:
        return
    report = state.report_of(run)
    if report is None:
        return
    decision = report["decision"]
    heading(decision["sentence"])
    for block in decision["blocks"]:
        st.error(inline(block))
    st.markdown("\n".join(f"- {inline(reason)}" for reason in decision["reasons"]))
    if any(c["difference"] is not None for c in report["headline"]):
        st.subheader("Differences on the same rows", anchor=False)
        st.altair_chart(
            charts.forest(report["headline"], report["metric"], report["experiment"]["decision"]["margin"]),
            alt=forest_text(report["headline"], report["metric"]),
        )
    _findings(report)
    _changes(report)


def _findings(report: Json) -> None:
    st.subheader("Findings", anchor=False)
    rows = [
        {
            "Comparison": f"{f['a']} − {f['b']}",
            f"{metric_name(report['metric'])}": f"{number(f['a_mean'])} against {number(f['b_mean'])}",
            "Difference (95 % interval)": f"{number(f['difference'], 3, True)} ({interval(f['low'], f['high'], 3, True)})",
            "p (Holm)": probability(f["p_holm"]),
            "n": str(f["n"]),
        }
        for f in report["findings"]
    ]
    if rows:
        st.table(rows)
    else:
        st.write("Nothing could be compared.")


def _changes(report: Json) -> None:
    decision = report["decision"]
    st.subheader("What would change this", anchor=False)
    lines = [*decision["changes"], *decision["caveats"]]
    lines += [f"{f['severity']}: {f['message']}. {f['remedy']}" for f in report["audit"]]
    lines += [f"Not tested: {untested}" for untested in decision["not_tested"]]
    st.markdown("\n".join(f"- {inline(line)}" for line in lines))
