"""The candidates beside each other: one table with what became of 100 answers, then other metrics by group, slices and probes."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from eval.metrics.diagnosis import CORRECT, UNAIDED
from eval.names import metric_name
from eval.numerals import figures
from eval.report import cells
from eval.report import figures as drawings
from eval.report.costs import lines
from eval.report.format import NOT_MEASURED, interval, measured, number
from eval.report.probes import CURVE_TITLE, tables
from eval.report.ranked import lead, order, shares, traits
from pipeline.run_folder.store import RunFolder
from pipeline.ui import blocks, state
from pipeline.ui.blocks import Cell, Link
from pipeline.ui.result import charts
from pipeline.ui.result.figures import SIGNS, waits
from pipeline.ui.result.lead import label, mean, seen_from
from pipeline.ui.result.rows import KINDS_WRONG
from pipeline.ui.text import heading, inline
from pipeline.ui.words import HELP

Json = dict[str, Any]
GROUPS = ("Answers", "Retrieval", "Wording", "Judge", "Cost")
RETRIEVAL = ("recall_at_", "ndcg_at_", "mrr", "context_", "cites_gold")
MOST_SLICES = 12
"""Pictures; the table below them holds all."""
JUDGE = ("judge_", "grounded", "unsupported_")


@state.of_report
def page(run: RunFolder, report: Json) -> None:
    """Which candidate does best, at what, and where it fails."""
    _head(report)
    there = [name for name in GROUPS if name in ("Answers", "Cost") or _metrics(report, name)]
    group = st.radio("Show", there, horizontal=True, key="group", bind="query-params")
    if group == "Answers":
        _answers(run, report)
    elif group == "Cost":
        _cost(report)
    else:
        _scores(report, _metrics(report, group))
    for note in report["notes"] if group != "Cost" else ():
        st.caption(inline(note))


def _head(report: Json) -> None:
    metric, arms = report["metric"], report["arms"]
    values = {arm: found for arm in arms if not arms[arm]["diagnostic"] and (found := mean(arms[arm]["metrics"].get(metric))) is not None}
    if not values:
        heading("Nothing was measured")
        return
    best, scale = max(values, key=lambda arm: values[arm]), charts.scale_of(report)
    what = "most right answers" if metric == "right" else f"the highest {metric_name(metric)}"
    heading(
        f"{label(report, best)} has {what}: {number(scale * values[best], 0 if scale == 100 else 3)}{' of 100' if scale == 100 else ''}"
    )
    st.write("The highest is not the verdict: the page Verdict says which differences are more than chance.")


def _answers(run: RunFolder, report: Json) -> None:
    if drawn := charts.answers(report):
        blocks.legend(charts.kinds(report))
        picked = blocks.pick(drawn, "bar")
        if picked:
            state.open_page("Answers", run.id, to=label(report, picked["arm"]), outcome=picked["outcome"])
        st.caption("A click on a part of a bar, or on a number below, opens the answers behind it.")
    scale = charts.scale_of(report)
    name = ("right" if report["metric"] == "right" else metric_name(report["metric"])) + (", of 100" if scale == 100 else "")
    head = ["candidate", "retrieval", "fine-tuned", name, "n", "declined", "wrong", "to the leader",
            "seconds", "a month", "upkeep", "goes wrong mostly by"]  # fmt: skip
    blocks.table(head, [_row(run, report, arm) for arm in order(report)], "Candidates", first=label(report, lead(report) or ""))
    bound = HELP["upper bound"] if any(arm["diagnostic"] for arm in report["arms"].values()) else ""
    st.caption(f"In brackets the {cells.level(report)} interval. {bound}")
    if parts := cells.fabrications(report):
        st.header("Wrong answers, of 100", anchor=False)
        blocks.table(["candidate", *cells.FABRICATION_HEAD], parts, "Wrong answers")
    if wrong := cells.went_wrong(report):
        st.header("Where it went wrong", anchor=False)
        blocks.table(["candidate", *cells.WRONG_HEAD], [_wrong(run, report, *told) for told in wrong], "Where it went wrong")
    _slices(report)
    _probes(report)


def _row(run: RunFolder, report: Json, arm: str) -> list[Cell]:
    found, scale = report["arms"][arm], charts.scale_of(report)
    value, parts = found["metrics"].get(report["metric"]) or {}, shares(found)
    made_of, first = traits(report, arm), lead(report)
    pair = next((seen_from(arm, one) for one in report["findings"] if {arm, first} == {one["a"], one["b"]}), None)
    cost = report["decision"]["costs"].get(arm) or {}
    half = waits(found)[0]
    return [
        label(report, arm), "given" if found["diagnostic"] and made_of.retrieves else _has(made_of.retrieves), _has(made_of.trained),
        _open(run, report, arm, "right", _mean(value, scale)), str(value.get("n", "–")),
        _open(run, report, arm, "declined", _part(parts, "declined")), _open(run, report, arm, "wrong", _part(parts, "wrong")),
        "–" if arm == first else charts.told(pair, scale) if pair else "–",
        "–" if half is None else f"{half:.2g}",
        "–" if cost.get("month") is None else f"{figures(cost['month'])}\u00a0{SIGNS.get(cost['currency'], cost['currency'])}",
        cells.effort(report, arm), _mostly(found),
    ]  # fmt: skip


def _has(part: bool | None) -> str:
    return "not known" if part is None else "✓" if part else ""


def _open(run: RunFolder, report: Json, arm: str, outcome: str, text: str) -> Cell:
    """The number as the way to the answers behind it."""
    return text if text in ("–", NOT_MEASURED) else Link(text, "answers", {"run": run.id, "to": label(report, arm), "outcome": outcome})


def _wrong(run: RunFolder, report: Json, arm: str, *told: str) -> list[Cell]:
    """A candidate's shares, each the way to the answers that went wrong by it."""
    cells_: list[Cell] = [label(report, arm)]
    for kind, text in zip(cells.WRONG_HEAD, told, strict=True):
        there = kind in KINDS_WRONG and text not in ("–", NOT_MEASURED, "0 %")
        cells_.append(Link(text, "answers", {"run": run.id, "to": label(report, arm), "why": kind}) if there else text)
    return cells_


def _mean(value: Json, scale: int) -> str:
    if value.get("mean") is None:
        return NOT_MEASURED
    low, high = (None if value[end] is None else scale * value[end] for end in ("low", "high"))
    places = 0 if scale == 100 else 3
    return f"{number(scale * value['mean'], places)} ({interval(low, high, places)})"


def _part(parts: dict[str, float] | None, kind: str) -> str:
    return NOT_MEASURED if parts is None else f"{parts[kind]:.0f}"


def _mostly(found: Json) -> str:
    """The commonest kind of failure, with its share of what went wrong."""
    wrong = found.get("went_wrong") or {}
    kinds = {kind: share for kind, share in (wrong.get("shares") or {}).items() if kind not in (CORRECT, UNAIDED) and share}
    if not wrong.get("n") or not kinds:
        return "–"
    kind = max(kinds, key=lambda name: kinds[name])
    return f"{kind} ({100 * kinds[kind]:.0f} %)"


def _metrics(report: Json, group: str) -> list[str]:
    """Which metrics this group shows; what is told of every answer stands under Answers."""
    names = [
        name for name in report["metrics"] if name not in ("correct", "abstained", "fabricated") and not name.startswith("fabricated_")
    ]
    kinds = {"Retrieval": RETRIEVAL, "Judge": JUDGE}
    if group in kinds:
        return [name for name in names if name.startswith(kinds[group])]
    return [name for name in names if not name.startswith((*RETRIEVAL, *JUDGE))] if group == "Wording" else []


def _scores(report: Json, names: list[str]) -> None:
    metric = st.selectbox("Metric", names, format_func=metric_name, key="metric", bind="query-params")
    blocks.figure(drawings.dots(report, metric), caption=False)
    arms = [arm for arm in order(report) if any(name in report["arms"][arm]["metrics"] for name in names)]
    blocks.table(
        ["candidate", *(metric_name(name) for name in names)],
        [[label(report, arm), *(measured(report["arms"][arm]["metrics"].get(name)) for name in names)] for arm in arms],
        "Scores",
    )


def _cost(report: Json) -> None:
    blocks.figure(drawings.trade_off(report))
    blocks.table(
        ["candidate", *cells.COST_HEAD], [[label(report, arm), *cells.costs(report["arms"][arm])] for arm in order(report)], "Cost"
    )
    st.markdown("\n".join(f"- {inline(line)}" for line in lines(report)))


def _slices(report: Json) -> None:
    """A small picture each, so that they stand beside each other where there is room and below each other where there is none."""
    if not report["slices"]:
        return
    st.header("By kind of question", anchor=False)
    drawn = [one for one in map(partial(charts.of_slice, report), report["slices"][:MOST_SLICES]) if one]
    for start in range(0, len(drawn), 2):
        for column, (title, figure) in zip(st.columns(2), drawn[start : start + 2], strict=False):
            with column:
                st.markdown(f"**{inline(title)}**")
                blocks.figure(figure, caption=False)
    st.caption("Grey: fewer than 30 rows. These describe; no test was made on them, and among many one stands out by chance.")
    with st.expander("As a table"):
        blocks.table(cells.slices_head(report), cells.slices(report), "By kind of question")


def _probes(report: Json) -> None:
    """A card each, with its sentence."""
    for probe in tables(report):
        with st.container(border=True):
            st.header(probe.title, anchor=False)
            st.write(inline(probe.sentence))
            if probe.title == CURVE_TITLE:
                blocks.figure(drawings.learning_curve(report))
            with st.expander("Figures"):
                blocks.table(probe.head, probe.rows, probe.title)
                for note in probe.notes:
                    st.write(inline(note))
