"""Try it: one question to every candidate, answers side by side as they are written, by a process that stays warm. Nothing is scored."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from eval.report.format import plain
from pipeline.arms import Arm
from pipeline.errors import UserError
from pipeline.results.ask import check
from pipeline.results.warm import POOL, candidates
from pipeline.run_folder.store import RunFolder
from pipeline.ui import state
from pipeline.ui.result.one_row import within
from pipeline.ui.text import heading, inline

Json = dict[str, Any]
LONGEST = 20_000
"""Characters of a question."""
KEPT = 20
"""Questions of a visitor that stay on the page."""
ACROSS = 3
"""Cards beside each other."""
EXAMPLES, LOOKED_THROUGH, SHORT = 4, 300, 120
"""Test questions that are proposed, of so many rows, with so many characters at most."""
PAUSE_S = 0.1
"""Between two drawings of an answer that is being written."""


@state.of_run
def page(run: RunFolder) -> None:
    """One question to every candidate, unscored."""
    heading("Ask every candidate. Nothing here is scored.")
    try:
        check(run)
    except UserError as error:
        st.write(inline(str(error)))
        state.link("Answers", run.id, "Read what they answered", ":material/table_rows:")
        return
    arms = candidates(run)
    asked = _asked(run)
    past: list[Json] = st.session_state.setdefault(f"asked-{run.id}", [])
    place = st.container()
    only = _only(arms)
    if asked:
        with place:
            past.insert(0, _answered(run, [arm for arm in arms if arm.name in only], asked))
            del past[KEPT:]
    elif past:
        with place:
            _record(past[0])
    if past[1:]:
        st.header("Asked before", anchor=False)
        for one in past[1:]:
            with st.expander(inline(one["question"][:200])):
                _record(one)


def _asked(run: RunFolder) -> Json | None:
    """What was asked just now: a text, or a test row."""
    with st.form("ask", border=False):
        text = st.text_area("Your question", max_chars=LONGEST, height=80, placeholder="A question or text as in your examples")
        sent = st.form_submit_button("Ask", type="primary", icon=":material/send:")
    if rows := _examples(str(run.path / "data/test.jsonl")):
        st.caption("Or one of the test questions, whose right answer is known:")
        with st.container(horizontal=True, gap="small"):
            for row in rows:
                st.button(inline(row["question"]), key=f"example-{row['row']}", on_click=_choose, args=(row,))
    chosen: Json | None = st.session_state.pop("asked-row", None)
    if chosen:
        return chosen
    return {"question": text.strip(), "row": "", "right": None} if sent and text.strip() else None


def _choose(row: Json) -> None:
    st.session_state["asked-row"] = row


@st.cache_data(max_entries=16, show_spinner=False)
def _examples(path: str) -> list[Json]:
    """A few test rows: short ones, drawn by their ids, one that has no answer among them where there is one. A run's rows never change."""
    if not Path(path).exists():
        return []
    with Path(path).open("rb") as lines:
        rows = [orjson.loads(line) for line in islice(lines, LOOKED_THROUGH)]
    rows = [row for row in rows if len(row["input"]) <= SHORT and not row.get("turns")]
    rows.sort(key=lambda row: hashlib.sha256(row["id"].encode()).hexdigest())
    known, unknown = ([row for row in rows if bool(row["references"]) == there] for there in (True, False))
    some = [*known[: EXAMPLES - bool(unknown)], *unknown[:1]]
    return [{"row": row["id"], "question": row["input"], "right": row["references"]} for row in some]


def _only(arms: Sequence[Arm]) -> list[str]:
    with st.expander("Which candidates"):
        labels = {arm.name: arm.label for arm in arms}
        found: list[str] = st.multiselect("Candidates", list(labels), list(labels), format_func=lambda name: labels[name])
    return found or list(labels)


def _answered(run: RunFolder, arms: Sequence[Arm], asked: Json) -> Json:
    """Ask, and draw what comes as it comes; the whole as it is kept."""
    record: Json = {**asked, "said": {}, "failed": ""}
    status = _question(record)
    cards = _cards([arm.label for arm in arms])
    slots = {arm.name: card.empty() for arm, card in zip(arms, cards, strict=True)}
    for arm in arms:
        slots[arm.name].caption("waiting")
    below = st.empty()
    try:
        with closing(POOL.ask(run, asked["question"], [arm.name for arm in arms], asked["row"])) as told:
            _listen(told, record, status, slots)
    except UserError as error:
        record["failed"] = str(error)
    if record["failed"]:
        status.error(inline(record["failed"]))
        for arm in arms:
            if arm.name not in record["said"]:
                slots[arm.name].caption("not answered")
    with below.container():
        _passages(record)
    return record


def _listen(told: Iterator[Json], record: Json, status: DeltaGenerator, slots: Mapping[str, DeltaGenerator]) -> None:
    drawn = 0.0
    for one in told:
        if one["event"] == "waiting":
            status.caption(_waiting(one))
        elif one["event"] == "text":
            if time.monotonic() - drawn > PAUSE_S:
                slots[one["arm"]].html(_text(f"{one['text']} …"))
                drawn = time.monotonic()
        elif one["event"] == "answer":
            status.empty()
            record["said"][one["arm"]] = one
            with slots[one["arm"]].container():
                _answer(one)
        elif one["event"] == "failed":
            record["failed"] = one["reason"]


def _waiting(told: Json) -> str:
    if told["before"]:
        return f"{told['before']} questions of others come first."
    return "Asking." if told["warm"] else "Loading the weights. They stay loaded for ten minutes after your last question."


def _record(record: Json) -> None:
    """What was answered, as it is kept."""
    status = _question(record)
    if record["failed"]:
        status.error(inline(record["failed"]))
    for card, said in zip(_cards([one["label"] for one in record["said"].values()]), record["said"].values(), strict=True):
        with card.empty().container():
            _answer(said)
    with st.empty().container():
        _passages(record)


def _question(record: Json) -> DeltaGenerator:
    """The question and its right answer; below, where to say how it stands. Always as many elements: none of the last question's stays."""
    st.header(inline(record["question"]), anchor=False)
    right = st.empty()
    if record["right"] is not None:
        right.markdown(f"**Right answer:** {inline(' / '.join(record['right'])) or 'nobody can know'}")
    return st.empty()


def _cards(labels: Sequence[str]) -> list[DeltaGenerator]:
    """A frame each with its candidate's name."""
    made = []
    for start in range(0, len(labels), ACROSS):
        part = labels[start : start + ACROSS]
        for label, column in zip(part, st.columns(ACROSS), strict=False):
            card = column.container(border=True, height="stretch")
            card.markdown(f"**{inline(label)}**")
            made.append(card)
    return made


def _answer(said: Json) -> None:
    if said["failure"]:
        st.markdown(f"No answer: {inline(said['failure'])}")
        return
    st.html(_text(said["text"] or "(said nothing)"))
    st.caption(f"{said['seconds']:.2g} s")


def _text(text: str) -> str:
    return f'<p class="bk-said">{escape(plain(text))}</p>'


def _passages(record: Json) -> None:
    """Each passage once, with who was given it; the right answer marked in it, where it is known."""
    given: dict[tuple[str, str], list[str]] = {}
    for said in record["said"].values():
        for passage in said["passages"]:
            given.setdefault((passage["document"], passage["text"]), []).append(said["label"])
    for (document, text), labels in given.items():
        with st.expander(f"{inline(document)}, given to {inline(', '.join(labels))}"):
            st.html(f'<p class="bk-said">{within(text, record["right"] or [])}</p>')
