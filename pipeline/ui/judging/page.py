"""People beside the judge: one blinded answer at a time, stored at once. Which candidate answered is not shown."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.judge.people.cards import LABELS, Card, evidence
from eval.names import metric_name
from pipeline.errors import UserError
from pipeline.run_folder import labels
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation import calibrate
from pipeline.ui import rater, state
from pipeline.ui.judging.agreement import agreement, complain
from pipeline.ui.text import heading, inline, said

Json = dict[str, Any]
VIEWS = ["Label answers", "Agreement"]
ROWS = 40
SAYS = {
    "correct": "it says what is accepted, or declines where nobody can know", "abstained": "it says that it does not know",
    "fabricated": "it claims something that is not right", "unsure": "you cannot tell; it does not count",
}  # fmt: skip
"""What each label means."""


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
        _label(run, there) if view == VIEWS[0] else agreement(run)


def _begin(run: RunFolder) -> None:
    heading("Nobody has labelled an answer of this run yet")
    st.write(f"{_why('')} {ROWS} answers take about ten minutes.")
    rows = st.number_input("Answers to label", min_value=1, max_value=1000, value=ROWS)
    if st.button("Draw answers", type="primary"):
        try:
            calibrate.draw(calibrate.open_run(run), None, int(rows))
        except UserError as error:
            complain(error)
            return
        st.rerun()


def _why(metric: str) -> str:
    """In one sentence, why people label."""
    who = "the judge" if not metric or metric.startswith("judge_") else f"the metric “{metric_name(metric)}”"
    return f"You label answers without seeing who gave them or how they were scored; then it shows whether {who} can be trusted to decide."


def _label(run: RunFolder, there: labels.Draw) -> None:
    """The next answer that this person has not labelled; without a name, the way to give one."""
    who, place = rater.named(), st.container()
    known = labels.read(run).get(who, {}) if who else {}
    left = [card for card in there.cards if card.id not in known]
    done = len(there.cards) - len(left)
    with place:
        heading(f"{done} of {len(there.cards)} answers labelled" if who else f"{len(there.cards)} answers to label")
        st.write(inline(_why(there.metric)))
    if not who:
        if st.button("Begin labelling", type="primary", icon=":material/edit:"):
            rater.ask()
        return
    with place:
        st.progress(done / len(there.cards), f"{done} of {len(there.cards)}, by {inline(who)}")
    if left:
        _card(run, who, left[0])
    else:
        st.write("All answers are labelled.")
        st.button("See the agreement", type="primary", on_click=_turn)
    with st.container(horizontal=True):
        if known and st.button("Undo the last label", shortcut="u", key=f"undo-{len(known)}-{list(known)[-1]}"):
            _store(run, who, list(known)[-1], "")
        if st.button("Someone else labels", type="tertiary"):
            rater.ask()


def _turn() -> None:
    st.session_state["view"] = VIEWS[1]


def _card(run: RunFolder, who: str, card: Card) -> None:
    """Buttons carry the card's id, so that a second press on the way meets no other card."""
    answer = card.answer
    with st.container(border=True):
        st.header("Question", anchor=False)
        said(answer.question)
        given, right = st.columns(2)
        with given:
            st.header("Answer", anchor=False)
            said(answer.answer)
        with right:
            st.header("Accepted answers", anchor=False)
            said("\n".join(answer.references) or "(nobody can know)")
        if shown := evidence(answer):
            with st.expander("Source of the accepted answer"):
                said(shown)
    for number_, (column, label) in enumerate(zip(st.columns(len(LABELS)), LABELS, strict=True), 1):
        if column.button(label.capitalize(), shortcut=str(number_), key=f"{label}-{card.id}", width="stretch", help=SAYS[label]):
            _store(run, who, card.id, label)


def _store(run: RunFolder, who: str, card: str, label: str) -> None:
    try:
        labels.add(run, who, {card: label})
    except UserError as error:
        complain(error)
        return
    st.rerun()
