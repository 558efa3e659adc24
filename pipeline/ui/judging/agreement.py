"""How far the judge agrees with people: a sentence, two pictures, tables, and each answer on which they differ. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from eval.names import metric_name
from eval.report.format import interval, number
from pipeline.arms import table
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.results.redecide import renew
from pipeline.run_folder import labels
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation import calibrate
from pipeline.ui import blocks
from pipeline.ui.blocks import Link
from pipeline.ui.judging import charts
from pipeline.ui.text import heading, inline, said

Json = dict[str, Any]
KAPPA = "κ: agreement beyond what chance alone would give; 0 is none, 1 is complete."
AUROC = "AUROC: how often an answer that people call right scores higher than one that they call wrong."


def agreement(run: RunFolder) -> None:
    """Of the metric that the answers were drawn by, unless another is chosen."""
    figures = run.read_json(calibrate.OUTPUT) or {"metrics": {}, "raters": {}, "between": [], "stale": 0}
    metrics = list(figures["metrics"])
    place, chosen = st.container(), None
    if metrics:
        first = metrics.index(figures["drawn_by"]) if figures["drawn_by"] in metrics else 0
        name = metrics[0] if len(metrics) == 1 else st.selectbox("Metric", metrics, index=first, format_func=metric_name)
        chosen = figures["metrics"][name]
    with place:
        heading(_heading(chosen) if chosen else "The agreement has not been computed yet")
        if chosen:
            st.write(inline(chosen["sentence"].replace(chosen["metric"], _who(chosen["metric"]))))
    if chosen:
        _pictures(run, chosen)
    _renew(run, figures)
    if figures["stale"]:
        st.write(f"{figures['stale']} labels belong to answers that have changed since. They do not count.")
    if chosen:
        _figures(run, chosen)
    if figures["between"]:
        st.header("Between people", anchor=False)
        rows = [[f"{pair['one']}, {pair['other']}", _measure(pair["kappa"]), str(pair["n"])] for pair in figures["between"]]
        blocks.table(["raters", "κ (95 % interval)", "n"], rows, "Between people")


def _heading(found: Json) -> str:
    parts = charts.counts(found)
    same = parts["both say right"] + parts["both say wrong"]
    return f"{_who(found['metric'])} agrees with people on {same} of {sum(parts.values())} answers"


def _who(metric: str) -> str:
    return "The judge" if metric.startswith("judge_") else metric_name(metric)


def _pictures(run: RunFolder, found: Json) -> None:
    blocks.legend({name: colour for name, (_, _, colour, _) in charts.PARTS.items()})
    blocks.figure(charts.answers(found), caption=False)
    blocks.figure(charts.kappa(found, calibrate.min_kappa(load(run.path / "experiment.yaml"))), caption=False)


def _renew(run: RunFolder, figures: Json) -> None:
    stored = sum(len(told) for told in labels.read(run).values())
    counted = sum(figures["raters"].values()) + figures["stale"]
    st.write(f"{stored} labels are stored; these figures use {counted}.")
    if st.button("Compute agreement and verdict", type="primary" if stored != counted else "secondary"):
        with st.spinner("Working it out"):
            try:
                renew(run)
            except UserError as error:
                complain(error)
                return
        st.rerun()


def _figures(run: RunFolder, found: Json) -> None:
    n, called = str(found["n"]), {name: arm.label for name, arm in table(load(run.path / "experiment.yaml")).items()}
    blocks.table(
        ["agreement", "estimate (95 % interval)", "n"],
        [
            ["κ", _measure(found["kappa"]), n],
            ["AUROC", _measure(found["auroc"]), n],
            ["counts as right from", number(found["threshold"], 2), n],
        ],
        "Agreement",
    )
    st.caption(f"{KAPPA} {AUROC}")
    st.header("How much more often the judge says right", anchor=False)
    parts = found["by_arm"] + found["by_length"]
    blocks.table(
        ["answers", "difference (95 % interval)", "n"],
        [[called.get(b["part"], b["part"]), _measure(b["difference"]), str(b["n"])] for b in parts],
        "How much more often the judge says right",
    )  # fmt: skip
    if found["corrected"]:
        st.header("Means corrected by people's labels", anchor=False)
        told = [[arm, number(c["judged"]), _measure({**c, "value": c["mean"]}), str(c["labels"])] for arm, c in found["corrected"].items()]
        blocks.table(["candidate", "as judged", "corrected (95 % interval)", "labels"], told, "Means corrected by people's labels")
    _disagreements(run, found["disagreements"], called)


def _disagreements(run: RunFolder, differ: list[Json], called: Mapping[str, str]) -> None:
    st.header(f"{len(differ)} answers on which they differ", anchor=False)
    if differ:
        rows = [
            [Link(one["row"], "answers", {"run": run.id, "row": one["row"]}), called.get(one["arm"], one["arm"]),
             "right" if one["human"] else "wrong",
             number(one["score"], 2)]
            for one in differ
        ]  # fmt: skip
        blocks.table(["row", "candidate", "people", "value"], rows, "Answers on which they differ")


def _measure(measure: Json) -> str:
    if measure["value"] is None:
        return "cannot be told"
    return f"{number(measure['value'], 2)} ({interval(measure['low'], measure['high'], 2)})"


def complain(error: UserError) -> None:
    """What did not work, as it is."""
    st.error("This did not work:")
    said(str(error))
