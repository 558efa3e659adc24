"""How many of the drafts were accepted, by kind, and who looked. Computes nothing but shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from pipeline.drafting.folder import DraftSet
from pipeline.drafting.record import MEANS
from pipeline.drafting.reviews import Outcome, Rate, rates
from pipeline.ui import blocks
from pipeline.ui.text import heading, inline


def shown(drafts: DraftSet, found: Sequence[Outcome]) -> None:
    """The share that was accepted, with its interval; why others were not; how to go on."""
    rate = rates(found)
    if "all" not in rate:
        heading("Nobody has decided a question of this set yet")
        return
    whole = rate["all"]
    heading(f"{whole.accepted} of {whole.decided} questions were accepted ({_interval(whole)})")
    st.write(f"{len(found) - whole.decided} are not decided yet.")
    rows = [
        [kind.replace("_", " "), MEANS.get(kind, "all kinds together"), f"{one.accepted} of {one.decided}", _interval(one)]
        for kind, one in rate.items()
    ]
    blocks.table(["kind", "what it is", "accepted", "95 % interval"], rows, "Accepted by kind")
    if why := Counter(one.why for one in found if one.state == "rejected" and one.why):
        st.header("Why others were rejected", anchor=False)
        blocks.table(["reason", "questions"], [[reason, str(count)] for reason, count in why.most_common()], "Reasons")
    raters = Counter(rater for one in found for rater in one.raters)
    st.caption(inline("Decided by " + ", ".join(f"{rater} ({count})" for rater, count in raters.most_common())))
    st.write("Write the accepted ones, with their documents, as files for a comparison:")
    st.code(f"bakeoff export-drafts {drafts.name} FOLDER", language=None)


def _interval(rate: Rate) -> str:
    return f"{100 * rate.low:.0f} to {100 * rate.high:.0f} %"
