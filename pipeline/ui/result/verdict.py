"""The verdict: what to do, in the first screen; then why, what would change it, every comparison, and its limits."""

from __future__ import annotations

import importlib
import threading
from typing import Any

import streamlit as st

from eval.numerals import rounded_rows
from eval.report import cells, outline
from eval.report.format import NOT_MEASURED, interval, number
from eval.report.ranked import lead
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation.constants import LABELS
from pipeline.ui import blocks, state
from pipeline.ui.comparison.expectation import expected
from pipeline.ui.result import charts, other_rules
from pipeline.ui.result.figures import four
from pipeline.ui.result.lead import beside, label
from pipeline.ui.text import heading, inline
from pipeline.ui.words import HELP

Json = dict[str, Any]
BADGES = {
    "yes": (" :material/check:", "green"), "no": (" :material/close:", "gray"), "open": (": open", "orange"),
    "not tested": (": not tested", "gray"), "not known": (": not known", "gray"),
}  # fmt: skip
CERTAIN = {"high": "green", "moderate": "orange", "low": "orange", "very low": "orange"}


@state.of_report
def page(run: RunFolder, report: Json) -> None:
    """The first screen answers: what to do, how sure that is, and what speaks against it."""
    decision = report["decision"]
    approach = decision.get("approach") or {"heading": decision["sentence"], "counts": ""}
    with st.container(horizontal=True, gap="small"):
        _badge("RETRIEVAL", approach.get("retrieval"))
        _badge("FINE-TUNING", approach.get("fine_tuning"))
        _sure(report)
    heading(approach["heading"])
    plain = decision["verdict"] in ("winner", "tie", "undecided") and not decision.get("withheld")
    st.markdown(inline(approach["counts"] if plain and approach["counts"] else decision["sentence"]))
    for block in decision["blocks"]:
        st.error(inline(block))
    if report["main_caveat"] and report["main_caveat"] not in decision["blocks"]:
        st.warning(inline(report["main_caveat"]), icon=":material/warning:")
    four(report)
    _of_100(report)
    _today(report)
    _next(run, report)
    _tabs(run, report)
    threading.Thread(target=importlib.import_module, args=("eval.decision",), daemon=True).start()  # seconds, before "other rules" asks


def _badge(what: str, told: str | None) -> None:
    """Nothing for a decision of a version that did not say it."""
    if told is None:
        return
    mark, colour = BADGES[told]
    st.badge(f"{what}{mark}", color=colour, help=HELP[what.lower()])  # type: ignore[arg-type]


def _sure(report: Json) -> None:
    decision, pair = report["decision"], beside(report)
    first = next((one for one in report["summary_of_findings"] if one["decides"]), None)
    if decision["verdict"] in ("winner", "tie") and first:
        because = "; ".join(first["because"]) or "nothing speaks against it"
        st.badge(f"certainty: {first['certainty']}", color=CERTAIN.get(first["certainty"], "gray"), help=inline(because))  # type: ignore[arg-type]
    if pair:
        st.badge(f"{pair['n']:,} questions", color="gray", help=HELP["test rows"])


def _of_100(report: Json) -> None:
    drawn = charts.answers(report)
    if drawn is None:
        return
    st.header("Of 100 answers", anchor=False)
    blocks.legend(charts.kinds(report))
    blocks.figure(drawn, caption=False)
    floor = report["decision"].get("floor")
    if floor and (counts := report["decision"]["right"].get(floor["arm"])):
        st.caption(f"{LABELS.get(floor['arm'], floor['arm'])} would be right on {counts['right']} of {counts['rows']}.")


def _today(report: Json) -> None:
    today, then = report["decision"].get("today"), _then(report)
    boxes = st.columns(2 if today else 1)
    if today:
        first, _, rest = today["sentence"].partition(". ")
        with boxes[0].container(border=True, height="stretch"):
            st.markdown(f"**{inline(first)}**")
            st.markdown(inline(f"{rest} {_others(report, today)}"))
    with boxes[-1].container(border=True, height="stretch"):
        st.markdown(f"**{then[0]}**")
        st.markdown(inline(then[1]))


def _others(report: Json, today: Json) -> str:
    """The chances of those that come next."""
    rest = sorted((arm for arm in today["arms"] if arm != today["arm"]), key=lambda arm: -today["arms"][arm]["best"])[:2]
    scale = charts.scale_of(report)
    chances = [(arm, today["arms"][arm]) for arm in rest if today["arms"][arm]["best"] >= 0.005]
    digits = charts.digits(scale)
    return " ".join(f"{label(report, arm)}: {100 * one['best']:.0f} %, {number(scale * one['loss'], digits)}." for arm, one in chances)


def _then(report: Json) -> tuple[str, str]:
    """What to do next: what would settle an open verdict, else the next step."""
    settle = report["decision"].get("settle") or {}
    found = [(settle.get(name), said) for name, said in (("as_seen", "the difference is as seen"), ("at_margin", "it is only your margin"))]
    told = [f"about {rounded_rows(rows['rows'])} questions if {said}" for rows, said in found if rows]
    if told and not report["decision"].get("withheld"):
        return "What would settle it", f"With {100 * settle['chance']:.0f} % chance: {'; '.join(told)}."
    return "Next step", report["next_step"]


def _next(run: RunFolder, report: Json) -> None:
    arm = lead(report)
    with st.container(horizontal=True):
        if st.button("Try it", type="primary", icon=":material/chat:"):
            state.open_page("Try it", run.id)
        if st.button("Where it fails", icon=":material/search:"):
            state.open_page("Answers", run.id, outcome="wrong", **({"to": label(report, arm)} if arm else {}))
        if st.button("Share this result", icon=":material/download:"):
            state.open_page("Report", run.id)
        if st.button("Under other rules", icon=":material/tune:"):
            other_rules.dialog(run, report)


def _tabs(run: RunFolder, report: Json) -> None:
    why, change, pairs, limits = st.tabs(["Why", "What would change it", "All comparisons", "Limits"])
    with why:
        _why(report)
    with change:
        told = report["decision"]["changes"]
        st.markdown("\n".join(f"- {inline(line)}" for line in told) or "Nothing that was looked at changes it.")
    with pairs:
        _comparisons(report)
    with limits:
        _limits(report)


def _why(report: Json) -> None:
    st.markdown(f"**{inline(report['decision']['sentence'])}**")
    st.markdown("\n".join(f"- {inline(reason)}" for reason in report["decision"]["reasons"]))
    _expectation(report)
    if drawn := charts.forest(report):
        st.header(f"{label(report, report['headline'][0]['a'])} against the others", anchor=False, help=HELP["interval"])
        blocks.figure(drawn, caption=False)
    st.header(inline(cells.findings_title(report)), anchor=False)
    blocks.draw(outline.findings(report))


def _expectation(report: Json) -> None:
    """What studies of such tasks found, beside what these rows showed: a prior next to the evidence, and no part of it."""
    experiment, approach = report["experiment"], report["decision"].get("approach") or {}
    constraints = experiment["decision"].get("constraints") or {}
    found = expected(experiment["task"]["kind"], bool(experiment["data"].get("documents")), constraints.get("facts_change"))
    boxes = st.columns(2)
    with boxes[0].container(border=True, height="stretch"):
        st.markdown(f"**What studies would lead one to expect**  \n{inline(found.told)}")
        st.caption("; ".join(map(inline, found.studies)))
    with boxes[1].container(border=True, height="stretch"):
        st.markdown(f"**What was measured here**  \n{inline(approach.get('heading') or report['decision']['sentence'])}.")
        if approach.get("counts"):
            st.caption(inline(approach["counts"]))


def _comparisons(report: Json) -> None:
    rows = [one for one in report["findings"] if one["difference"] is not None]
    if not rows:
        st.write("Nothing could be compared.")
        return
    scale = charts.scale_of(report)
    blocks.table(
        ["comparison", "shown?", f"difference of {scale}" if scale == 100 else "difference", f"{cells.level(report)} interval", "n"],
        [
            [cells.pair(report, one), _shown(one), number(scale * one["difference"], 1, True), _span(one, scale), str(one["n"])]
            for one in rows
        ],
    )
    with st.expander("With p-values"):
        st.write(HELP["p"])
        blocks.table(cells.comparisons_head(report), cells.comparisons(report))


def _shown(one: Json) -> str:
    if one["low"] is None:
        return NOT_MEASURED
    if one["low"] > 0 or one["high"] < 0:
        return f"yes{'' if one['p'] is not None else ', outside the rules'}"
    return "equal within the margin" if one["equivalent"] else "open"


def _span(one: Json, scale: int) -> str:
    ends = [None if one[end] is None else scale * one[end] for end in ("low", "high")]
    return interval(ends[0], ends[1], 1, True)


def _limits(report: Json) -> None:
    decision = report["decision"]
    lines = list(decision["caveats"])
    lines += [f"{f['severity']}: {f['message']}. {f['remedy']}" for f in report["audit"]]
    lines += [f"Not tested: {untested}" for untested in decision["not_tested"]]
    st.markdown("\n".join(f"- {inline(line)}" for line in lines) or "None were found.")
    if checked := cells.criteria(report):
        st.header("Limits that were set", anchor=False)
        blocks.table(["limit", "candidate", "at most or least", "result"], checked)
