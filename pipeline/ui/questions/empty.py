"""The page Questions while there is nothing to decide: the command that drafts, what stopped it, why nothing was kept."""

from __future__ import annotations

import shlex

import streamlit as st

from pipeline import jobs
from pipeline.drafting.folder import DraftSet
from pipeline.drafting.record import STAGES
from pipeline.ui import blocks
from pipeline.ui.text import heading, inline

NAMES = ("DOCUMENTS", "MODEL", "URL")
"""What stands in the command until it is filled in."""


def begin() -> None:
    """No set yet: the whole command, for the documents and the model that are named here."""
    heading("No drafted questions yet")
    st.write(
        "A comparison needs questions with right answers. If you have documents alone, a model drafts questions from them, each is "
        "checked, and people accept or reject them here. Questions that nobody accepted may train a candidate; they never decide which "
        "one is better."
    )
    documents = st.text_input("Documents", placeholder="handbook", help="A file or a folder on the machine where the command runs.")
    model = st.text_input("Model that drafts", placeholder="qwen3-8b", help="An endpoint's model, or a folder with a model.")
    address = st.text_input(
        "Its address", placeholder="http://localhost:8000/v1", help="An OpenAI-compatible endpoint. Empty: the model is on this machine."
    )
    st.write("Run this in a terminal. It shows its progress, goes on where it stopped when it is repeated, and the drafts appear here:")
    st.code(command(documents.strip(), model.strip(), address.strip()), language=None, wrap_lines=True)
    st.write("A log of questions that people asked: add `--log LOG` or `--questions FILE`. More: `bakeoff draft-questions --help`.")


def command(documents: str, model: str, address: str) -> str:
    """`bakeoff draft-questions`, as a shell reads it, into the folder of this app."""
    said = ["bakeoff", "draft-questions", documents or NAMES[0], "--model", model or NAMES[1]]
    if address or not model:
        said += ["--base-url", address or NAMES[2]]
    return shlex.join([*said, "--out", str(jobs.runs_folder())])


def unfinished(drafts: DraftSet) -> None:
    """Its drafts are not written yet: they are being asked for, or that was stopped."""
    if drafts.lock().held():
        heading("Questions are being drafted")
        st.write("A process is drafting into this set; its terminal shows how far it is. The drafts appear here at its end.")
        st.button("Look again", icon=":material/refresh:")
        return
    heading("Drafting was stopped")
    st.write("Nothing that was answered is lost. The command that began it goes on where it stopped; it drafted from")
    told = drafts.settings()
    st.code("\n".join(map(str, told.get("documents", []))), language=None)
    st.write(f"by the model {inline(str(told.get('model', '')))}, {told.get('number')} questions.")


def nothing_kept(drafts: DraftSet) -> None:
    """Every draft failed a check: how many at which, and what to do."""
    from pipeline.drafting.engine import counts
    from pipeline.drafting.told import remedy

    heading("No draft of this set was kept")
    counted = counts(drafts.drafts())
    st.write(f"Of {counted['asked']} drafts none passed all checks. {remedy(counted)}")
    rows = [[stage, str(counted[stage]), meaning] for stage, meaning in STAGES.items() if counted[stage]]
    blocks.table(["check", "dropped", "why"], rows, "Where drafts ended")
