"""People beside the judge: one blinded answer at a time, stored at once, and how far the two agree. Which arm answered is not shown."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.judge.people.cards import LABELS, Card, evidence
from eval.names import metric_name
from eval.report.format import interval, number
from pipeline.errors import UserError
from pipeline.results.redecide import renew
from pipeline.run_folder import labels
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation import calibrate
from pipeline.ui import state
from pipeline.ui.text import heading, said

Json = dict[str, Any]
VIEWS = ["Label answers", "Agreement"]
ROWS = 40


@state.of_run
def page(run: RunFolder) -> None:
    """Answers to be labelled by hand, and how far the judge agrees with the hand."""
    there = labels.drawn(run)
    if there is None:
        _begin(run)
        return
    place = st.container()
    view = st.radio("Show", VIEWS, horizontal=True, key="view", bind="query-params")
    with place:
        _label(run, there.cards) if view == VIEWS[0] else _agreement(run)


def _begin(run: RunFolder) -> None:
    heading("Nobody has labelled an answer of this run yet.")
    st.write("Answers are drawn evenly from all arms and scores. The arm's name and the score are hidden.")
    rows = st.number_input("Answers to label", min_value=1, max_value=1000, value=ROWS)
    if st.button("Draw answers", type="primary"):
        try:
            calibrate.draw(calibrate.open_run(run), None, int(rows))
        except UserError as error:
            _complain(error)
            return
        st.rerun()


def _label(run: RunFolder, cards: tuple[Card, ...]) -> None:
    place = st.container()
    name = st.text_input("Your name", key="rater", bind="query-params", max_chars=40)
    if not name:
        with place:
            heading("Who is labelling?")
        return
    try:
        rater = labels.rater_name(name)
    except UserError as error:
        _complain(error)
        return
    known = labels.read(run).get(rater, {})
    left = [card for card in cards if card.id not in known]
    with place:
        heading(f"{len(cards) - len(left)} of {len(cards)} answers labelled.")
    if left:
        _card(run, rater, left[0])
    else:
        st.write("All answers are labelled. The view Agreement shows the result.")
    if known and st.button("Undo the last label", shortcut="u", key=f"undo-{len(known)}-{list(known)[-1]}"):
        _store(run, rater, list(known)[-1], "")


def _card(run: RunFolder, rater: str, card: Card) -> None:
    """Buttons carry the card's id, so that a second press on the way meets no other card."""
    answer = card.answer
    st.markdown("**Question**")
    said(answer.question)
    st.markdown("**Accepted answers**")
    said("\n".join(answer.references) or "(nobody can know)")
    st.markdown("**Answer**")
    said(answer.answer)
    if shown := evidence(answer):
        with st.expander("Source of the gold answer"):
            said(shown)
    for number_, (column, label) in enumerate(zip(st.columns(len(LABELS)), LABELS, strict=True), 1):
        if column.button(label.capitalize(), shortcut=str(number_), key=f"{label}-{card.id}", width="stretch"):
            _store(run, rater, card.id, label)


def _store(run: RunFolder, rater: str, card: str, label: str) -> None:
    try:
        labels.add(run, rater, {card: label})
    except UserError as error:
        _complain(error)
        return
    st.rerun()


def _agreement(run: RunFolder) -> None:
    figures = run.read_json(calibrate.OUTPUT) or {"metrics": {}, "raters": {}, "between": [], "stale": 0}
    metrics = list(figures["metrics"])
    place, chosen = st.container(), None
    if metrics:
        first = metrics.index(figures["drawn_by"]) if figures["drawn_by"] in metrics else 0
        chosen = figures["metrics"][st.selectbox("Metric", metrics, index=first, format_func=metric_name)]
    with place:
        heading(chosen["sentence"] if chosen else "The agreement has not been computed yet.")
    _renew(run, figures)
    if figures["stale"]:
        st.write(f"{figures['stale']} labels belong to answers that have changed since. They do not count.")
    if chosen:
        _figures(run, chosen)
    if figures["between"]:
        st.subheader("Between people", anchor=False)
        st.table([
            {"Raters": f"{pair['one']}, {pair['other']}", "κ (95 % interval)": _measure(pair["kappa"]), "n": str(pair["n"])}
            for pair in figures["between"]
        ])  # fmt: skip


def _renew(run: RunFolder, figures: Json) -> None:
    stored = sum(len(told) for told in labels.read(run).values())
    counted = sum(figures["raters"].values()) + figures["stale"]
    st.write(f"{stored} labels are stored; these figures use {counted}.")
    if st.button("Compute agreement and verdict", type="primary" if stored != counted else "secondary"):
        with st.spinner("Working it out"):
            try:
                renew(run)
            except UserError as error:
                _complain(error)
                return
        st.rerun()


def _figures(run: RunFolder, found: Json) -> None:
    st.table([
        {"Agreement": "κ", "Estimate (95 % interval)": _measure(found["kappa"]), "n": str(found["n"])},
        {"Agreement": "AUROC", "Estimate (95 % interval)": _measure(found["auroc"]), "n": str(found["n"])},
        {"Agreement": "Counts as right from", "Estimate (95 % interval)": number(found["threshold"], 2), "n": str(found["n"])},
    ])  # fmt: skip
    st.subheader("People against judge", anchor=False)
    st.table([{"People say": people, **{f"Judge says {j}": str(n) for j, n in row.items()}} for people, row in found["confusion"].items()])
    st.subheader("How much more often the judge says right", anchor=False)
    parts = found["by_arm"] + found["by_length"]
    st.table([{"Answers": b["part"], "Difference (95 % interval)": _measure(b["difference"]), "n": str(b["n"])} for b in parts])
    if found["corrected"]:
        st.subheader("Means corrected by people's labels", anchor=False)
        st.table([
            {"Arm": arm, "As judged": number(c["judged"]), "Corrected (95 % interval)": _measure({**c, "value": c["mean"]}),
             "Labels": str(c["labels"])}
            for arm, c in found["corrected"].items()
        ])  # fmt: skip
    _disagreements(run, found["disagreements"])


def _disagreements(run: RunFolder, differ: list[Json]) -> None:
    st.subheader(f"{len(differ)} answers on which they differ", anchor=False)
    if differ:
        st.table([
            {"Row": one["row"], "Arm": one["arm"], "People": "right" if one["human"] else "wrong", "Value": number(one["score"], 2)}
            for one in differ
        ])  # fmt: skip
        state.link("Answers", run.id, "Read them under Answers")


def _measure(measure: Json) -> str:
    if measure["value"] is None:
        return "cannot be told"
    return f"{number(measure['value'], 2)} ({interval(measure['low'], measure['high'], 2)})"


def _complain(error: UserError) -> None:
    st.error("This did not work:")
    said(str(error))
