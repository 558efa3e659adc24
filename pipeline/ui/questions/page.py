"""Drafted questions, one at a time: accepted, edited or rejected by people, stored at once. Drafts nothing."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pipeline import jobs
from pipeline.drafting import reviews
from pipeline.drafting.folder import DraftSet, all_sets
from pipeline.drafting.record import Draft
from pipeline.drafting.reviews import Outcome, Review
from pipeline.errors import UserError
from pipeline.ui import rater, state
from pipeline.ui.judging.agreement import complain
from pipeline.ui.questions import card, empty, result
from pipeline.ui.text import heading, inline

VIEWS = ["Review", "Result"]


def page() -> None:
    """The next draft to be decided, and how many were accepted."""
    sets = all_sets(jobs.runs_folder())
    if not sets:
        empty.begin()
        return
    place = st.container()
    drafts = _chosen(sets)
    if drafts is None:
        return
    view = st.radio("Show", VIEWS, horizontal=True, key="view", bind="query-params")
    found = reviews.outcomes(drafts.kept(), reviews.reviews(drafts))
    with place:
        if not found:
            (empty.nothing_kept if drafts.done else empty.unfinished)(drafts)
        elif view == VIEWS[0]:
            _review(drafts, found)
        else:
            result.shown(drafts, found)


def _chosen(sets: Sequence[DraftSet]) -> DraftSet | None:
    """By the address, else the newest; said where the address names one that is not there."""
    names = [one.name for one in sets]
    wanted = st.query_params.get("set") or names[0]
    if wanted not in names:
        heading("Set not found")
        st.write("There is no set of drafts of this name on this machine. There are:")
        for name in names:
            st.page_link(state.page_named("Questions"), label=inline(name), query_params={"set": name})
        return None
    chosen = st.selectbox("Set", names, index=names.index(wanted)) if len(names) > 1 else wanted
    if st.query_params.get("set") != chosen:
        st.query_params["set"] = chosen
    return next(one for one in sets if one.name == chosen)


def _review(drafts: DraftSet, found: Sequence[Outcome]) -> None:
    """The next draft that nobody has decided; without a name, the way to give one."""
    who, done = rater.named(), sum(one.state != "draft" for one in found)
    taken = sum(one.taken for one in found)
    heading(f"{done} of {len(found)} questions decided, {taken} accepted" if who else f"{len(found)} drafted questions to look at")
    st.write("You see a question as a model drafted it, its answer, and the passage with the quote. Only what people accept is tested on.")
    if not who:
        if st.button("Begin", type="primary", icon=":material/edit:"):
            rater.ask()
        return
    st.progress(done / len(found), f"{done} of {len(found)}; you are {inline(who)}")
    left = reviews.left_for(who, found)
    if left:
        _next(drafts, who, left[0])
    else:
        st.write(f"All questions are decided. Write the accepted ones out: `bakeoff export-drafts {drafts.name} FOLDER`")
    own = reviews.reviews(drafts).get(who, {})
    busy = bool(left) and card.mode(left[0]) != ""
    with st.container(horizontal=True):
        if own and not busy and st.button("Undo the last one", shortcut="u", key=f"undo-{len(own)}-{list(own)[-1]}"):
            last = list(own)[-1]
            _store(drafts, next(one.draft for one in found if one.draft.id == last), Review(last, who, ""))
        if not busy and st.button("Someone else reviews", type="tertiary"):
            rater.ask()


def _next(drafts: DraftSet, who: str, draft: Draft) -> None:
    made = card.decided(draft, who)
    if made is not None:
        _store(drafts, draft, made)


def _store(drafts: DraftSet, draft: Draft, review: Review) -> None:
    try:
        reviews.decide(drafts, draft, review)
    except UserError as error:
        complain(error)
        return
    card.close(draft)
    st.rerun()
