"""One draft on the page, and what a person says of it: by keys, by an edit, by a reason. Stores nothing.

While an edit or a reason is open, no key decides: letters typed there are not meant for the draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from eval.report.format import plain
from pipeline.drafting.record import MEANS, Draft, Place
from pipeline.drafting.reviews import REASONS, Review
from pipeline.drafting.rules import place_of
from pipeline.ui.text import inline, said

NO_ANSWER = "(has no answer: the documents do not say)"


def mode(draft: Draft) -> str:
    """`edit` or `reject` while either is open; else empty."""
    open_draft, what = st.session_state.get("_deciding", ("", ""))
    return what if open_draft == draft.id else ""


def close(draft: Draft) -> None:
    st.session_state.pop("_deciding", None)


def decided(draft: Draft, who: str) -> Review | None:
    """What was said of it just now; None: nothing yet."""
    if mode(draft) == "edit":
        return _edited(draft, who)
    with st.container(border=True):
        st.header("Question", anchor=False)
        said(draft.question)
        st.header("Answer", anchor=False)
        said(draft.answer or NO_ANSWER)
        st.caption(inline(f"Drafted as: {MEANS.get(draft.kind, draft.kind)}"))
    _passages(draft)
    return _reason(draft, who) if mode(draft) == "reject" else _by_key(draft, who)


def _by_key(draft: Draft, who: str) -> Review | None:
    """Buttons carry the draft's id, so that a second press on the way meets no other draft."""
    accept, edit, reject = st.columns(3)
    if accept.button("Accept", shortcut="a", key=f"accept-{draft.id}", type="primary", width="stretch"):
        return Review(draft.id, who, "accepted")
    edit.button("Edit", shortcut="e", key=f"edit-{draft.id}", width="stretch", on_click=_open, args=(draft.id, "edit"))
    reject.button("Reject", shortcut="x", key=f"reject-{draft.id}", width="stretch", on_click=_open, args=(draft.id, "reject"))
    return None


def _open(draft: str, what: str) -> None:
    st.session_state["_deciding"] = (draft, what)


def _reason(draft: Draft, who: str) -> Review | None:
    """Why it is rejected, by one more key."""
    st.write("Why?")
    for number, (column, why) in enumerate(zip(st.columns(len(REASONS)), REASONS, strict=True), 1):
        if column.button(why.capitalize(), shortcut=str(number), key=f"{why}-{draft.id}", width="stretch", help=REASONS[why]):
            return Review(draft.id, who, "rejected", why=why)
    st.button("Back", shortcut="b", key=f"back-{draft.id}", on_click=_open, args=("", ""), type="tertiary")
    return None


def _edited(draft: Draft, who: str) -> Review | None:
    with st.form(f"edited-{draft.id}"):
        question = st.text_area("Question", draft.question, height=80)
        answers = st.text_area("Accepted answers, one a line", draft.answer, height=100, placeholder=NO_ANSWER if not draft.answer else "")
        why = st.text_input("What was changed, and why (optional)", max_chars=200)
        with st.container(horizontal=True):
            done, back = st.form_submit_button("Accept as edited", type="primary"), st.form_submit_button("Back")
    _passages(draft)
    if back:
        close(draft)
        st.rerun()
    lines = tuple(line.strip() for line in answers.splitlines() if line.strip())
    return Review(draft.id, who, "edited", question.strip(), lines, why.strip()) if done else None


def _passages(draft: Draft) -> None:
    """Each with its quote brought out."""
    quotes: Sequence[str] = draft.quotes or ("",) * len(draft.passages)
    for passage, quote in zip(draft.passages, [*quotes, *[""] * len(draft.passages)], strict=False):
        st.caption(inline(f"{passage.title or passage.document} · {passage.id}"))
        st.html(f'<div class="bk-said">{_marked(passage, quote)}</div>')


def _marked(passage: Place, quote: str) -> str:
    """As HTML, every character of the documents escaped."""
    place = place_of(quote, passage.text)
    if place is None:
        return _safe(passage.text)
    start, end = place
    return f'{_safe(passage.text[:start])}<mark class="bk-same">{_safe(passage.text[start:end])}</mark>{_safe(passage.text[end:])}'


def _safe(text: str) -> str:
    return escape(plain(text)).replace("\n", "<br>")
