"""The playground: one prompt to every arm, in a process of its own. Unscored: nothing here changes the verdict."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import streamlit as st

from pipeline.environment import for_work
from pipeline.run_folder import keys
from pipeline.run_folder.store import RunFolder
from pipeline.ui import state
from pipeline.ui.text import heading, inline, said

LONGEST = 20_000
"""Characters of a question."""


@state.of_run
def page(run: RunFolder) -> None:
    """One question to every arm, unscored."""
    heading("Nothing here is scored or changes the verdict.")
    if not (run.path / "retrieved").exists():
        st.write("This run has no index yet.")
        state.link("Progress", run.id, "Watch its progress")
        return
    with st.form("ask"):
        question = st.text_area("Ask every arm", max_chars=LONGEST, placeholder="A question or text as in your examples")
        asked = st.form_submit_button("Ask", type="primary", icon=":material/send:")
    if asked and question.strip():
        _show(run, question.strip())


def _show(run: RunFolder, question: str) -> None:
    shown = 0
    with st.status("Asking; the weights are loaded first", expanded=True) as status:
        for answer in answers(run, question):
            _card(answer)
            shown += 1
        status.update(label=f"{shown} arms answered" if shown else "No arm answered", state="complete" if shown else "error")


def _card(answer: dict[str, Any]) -> None:
    st.markdown(f"**{inline(answer['label'])}**, {answer['seconds']:.2f} s")
    if answer["failure"]:
        st.error(inline(answer["failure"]))
        return
    said(answer["text"])
    for number, passage in enumerate(answer["passages"], 1):
        st.caption(inline(f"Passage {number}: {passage[:400]}"))


def answers(run: RunFolder, question: str) -> Iterator[dict[str, Any]]:
    """From `bakeoff ask`, an arm at a time: the weights never enter the server's memory, and what fails there fails there."""
    command = [sys.executable, "-m", "pipeline", "ask", run.id, "-", "--out", str(run.path.parent), "--json"]
    with tempfile.TemporaryFile("w+") as errors:  # not a pipe, which would stop the arms once it is full
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": errors, "env": for_work()}
        with subprocess.Popen(command, text=True, cwd=keys.ROOT, **pipes) as process:  # type: ignore[call-overload]
            process.stdin.write(question)
            process.stdin.close()
            for line in process.stdout:
                if line.startswith("{"):
                    yield json.loads(line)
        errors.seek(0)
        told = errors.read().strip()
    if process.returncode:
        st.error(inline(told.splitlines()[-1] if told else "The arms could not be asked."))
