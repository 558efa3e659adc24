"""The last step before a start: what the rows allow, what the audit found with the control that mends it, and the rules."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from eval.statistics.power import detectable
from pipeline.environment import for_work
from pipeline.experiment.load import load
from pipeline.planning.preview import Preview, preview
from pipeline.run_folder import keys
from pipeline.ui import uploads
from pipeline.ui.text import inline, said
from pipeline.ui.words import HELP

Json = dict[str, Any]
PRESETS = {"quick": "Quick: ten to twenty minutes", "standard": "Standard: an hour or more", "thorough": "Thorough: a night"}
LISTED = 20
"""Rows that cannot be read, named one by one."""
COLOURS = {"blocks": "red", "warning": "orange", "info": "blue"}
PERSONAL = "personal_data"
"""Findings whose code begins so are mended by masking."""


def page(folder: Path, settings: Json, written: Callable[[Path, Json], Path]) -> Path | None:
    """Draws the step; the experiment's file once Start is pressed. `written`: writes settings down as one."""
    st.subheader("Ready?", anchor=False)
    numbers, found = st.container(), st.container()
    boxes = st.columns(3)
    preset = boxes[0].selectbox("How thorough?", list(PRESETS), format_func=lambda name: PRESETS[name])
    margin = boxes[1].number_input("Smallest improvement worth acting on, of 100", 0.0, 50.0, 3.0, 0.5, help=HELP["margin"])
    name = boxes[2].text_input("Name", value="my-data", max_chars=60)
    masked = st.session_state.get("mask", False)
    data = {**settings["data"], **({"mask_personal_data": True} if masked else {})}
    decision = {**settings["decision"], "margin": round(margin / 100, 6)}
    path = written(folder, {"name": name, "task": settings["task"], "data": data, "decision": decision, "preset": preset})
    seen = _seen(str(path))
    with numbers:
        _numbers(seen)
    with found:
        _findings(seen, folder)
    if seen.model:
        with st.expander("The base model"):
            said("\n".join(seen.model))
    with st.expander("What the model is asked, without passages"):
        for prompt in seen.prompts:
            said("\n\n".join(f"[{message['role']}] {message['content']}" for message in prompt))
    if st.toggle("Estimate how long it will take (measures for about a minute)"):
        st.code(_estimated(str(path)), language=None)
    return path if st.button("Start", type="primary", icon=":material/play_arrow:") else None


@st.cache_data(max_entries=8, show_spinner="Auditing: nothing is trained yet")
def _seen(path: str) -> Preview:
    """Kept by the path, which is a hash of what it holds."""
    return preview(load(Path(path)))


@st.cache_data(max_entries=8, show_spinner="Measuring on a few rows")
def _estimated(path: str) -> str:
    """In a process of its own, so that no weights stay in the server."""
    command = [sys.executable, "-m", "pipeline", "estimate", path]
    done = subprocess.run(command, capture_output=True, text=True, cwd=keys.ROOT, env=for_work(), check=False)
    return done.stdout or done.stderr


def _numbers(seen: Preview) -> None:
    test = seen.rows["test"]
    shown = {
        "Rows to learn from": f"{seen.rows['train']:,}",
        "Questions to test on": f"{test:,}",
        "Documents": f"{seen.rows['documents']:,}",
    }
    if test:
        shown["Difference these can show"] = f"{100 * min(1.0, detectable(test, 0.05)):.0f} of 100"
    st.caption(f"{sum(seen.rows[side] for side in ('train', 'dev', 'test')):,} rows, {seen.rows['documents']:,} documents")
    with st.container(horizontal=True):
        for name, value in shown.items():
            st.metric(name, value, border=True, width=188)


def _findings(seen: Preview, folder: Path) -> None:
    """Places in the uploaded files are told by the names these were uploaded with."""
    with st.expander(f"The first {len(seen.first)} rows as they will be used"):
        for row in seen.first:
            said(uploads.as_called(folder, row))
    for remark in seen.remarks:
        st.info(inline(uploads.as_called(folder, remark)), icon=":material/help:")
    if seen.unreadable:
        st.markdown(f":orange-badge[warning] {len(seen.unreadable)} rows cannot be read and are left out.")
        more = [f"and {len(seen.unreadable) - LISTED} more"] if len(seen.unreadable) > LISTED else []
        with st.expander("These rows", expanded=True):
            said(uploads.as_called(folder, "\n".join([*seen.unreadable[:LISTED], *more])))
    for finding in seen.findings:
        remedy = "Mask it here, or make sure that it may be used." if finding["code"].startswith(PERSONAL) else finding["remedy"]
        st.markdown(f":{COLOURS[finding['severity']]}-badge[{finding['severity']}] **{inline(finding['message'])}.** {inline(remedy)}")
        if finding["examples"]:
            with st.expander("For example"):
                said(uploads.as_called(folder, "\n".join(str(example) for example in finding["examples"])))
    if st.session_state.get("mask") or any(finding["code"].startswith(PERSONAL) for finding in seen.findings):
        st.toggle("Mask personal data", key="mask", help="E-mail addresses, telephone, card and account numbers and keys become [EMAIL], …")
    if not seen.findings:
        st.write("The audit found nothing.")
