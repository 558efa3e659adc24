"""The last step before a start: what the rows allow, what the audit found with the control that mends it, and the rules."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from eval.statistics.power import detectable
from pipeline.distributed.machines import asked_for
from pipeline.environment import for_work
from pipeline.experiment.load import PRESETS as DEFAULTS
from pipeline.experiment.load import load
from pipeline.planning.preview import Preview, preview, prompts_of_one_row
from pipeline.run_folder import keys
from pipeline.ui.comparison import uploads
from pipeline.ui.comparison.remedies import LEFT_OUT, MARGIN, MASK, TEST_ROWS, TRAIN_ROWS, in_app_words
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
    st.header("Ready?", anchor=False)
    numbers, found = st.container(), st.container()
    boxes = st.columns([3, 4, 3])
    preset = boxes[0].selectbox("How thorough?", list(PRESETS), format_func=lambda name: PRESETS[name])
    margin = boxes[1].number_input(MARGIN, 0.0, 50.0, 3.0, 0.5, help=HELP["margin"])
    name = boxes[2].text_input("Name", value="my-data", max_chars=60)
    masked = {"mask_personal_data": True} if st.session_state.get("_masked", False) else {}
    data = {**settings["data"], **masked, **_limits(preset)}
    decision = {**settings["decision"], "margin": round(margin / 100, 6)}
    path = written(folder, {**settings, "name": name, "data": data, "decision": decision, "preset": preset})
    seen = _seen(str(path))
    with numbers:
        _numbers(seen)
    with found:
        _findings(seen, folder)
    if settings.get("arms") != []:
        _asked(path)
    if seen.model:
        with st.expander("The base model"):
            said("\n".join(seen.model))
    if st.toggle("Estimate how long it will take (measures for about a minute)"):
        st.code(_estimated(str(path)), language=None)
    if where := asked_for().told:
        st.caption(inline(f"Done by {where}, as whoever runs this app has set (BAKEOFF_EXECUTOR, BAKEOFF_JOBS)."))
    return path if st.button("Start", type="primary", icon=":material/play_arrow:") else None


def _limits(preset: str) -> Json:
    """Keys of `data:` that cap rows; empty where nobody capped them."""
    usual = DEFAULTS[preset]["data.split"]  # type: ignore[index]
    with st.expander("Limits: rows to test on and to learn from, unreadable rows"):
        boxes = st.columns(3)
        told = "All there are, up to what the choice “How thorough?” takes."
        test = boxes[0].number_input(TEST_ROWS, 20, None, None, 50, placeholder=f"{usual['test']:,}", help=told)
        train = boxes[1].number_input(TRAIN_ROWS, 10, None, None, 100, placeholder=f"{usual['train']:,}", help=told)
        bad = boxes[2].number_input(LEFT_OUT, 0, 100, 10, 5, help="Where more rows than this cannot be read, nothing starts.")
    split = {name: value for name, value in (("test", test), ("train", train)) if value is not None}
    return {**({"split": split} if split else {}), **({"bad_rows": bad / 100} if bad != 10 else {})}


def _asked(path: Path) -> None:
    """The prompts of every candidate for one row, made only where they are looked at."""
    box = st.expander("What each candidate is asked", on_change="rerun", key="asked")
    if not box.open:
        return
    with box:
        told = _prompts(str(path))
        if not told:
            st.write("There are no test rows to show it with.")
            return
        st.caption("For the first test row. Its passages are here found by words in common; the run finds them by its own search.")
        label = st.selectbox("Candidate", list(told))
        said(told[label])


@st.cache_data(max_entries=8, show_spinner="Writing the prompts")
def _prompts(path: str) -> dict[str, str]:
    asked = prompts_of_one_row(load(Path(path)))
    return {label: "\n\n".join(f"[{one['role']}] {one['content']}" for one in prompt) for label, prompt in asked.items()}


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
    documents = seen.rows["documents"]
    many = f"{documents:,} document{'' if documents == 1 else 's'}"
    st.caption(f"{sum(seen.rows[side] for side in ('train', 'dev', 'test')):,} rows, {many}")
    shown = {
        "Rows to learn from": f"{seen.rows['train']:,}",
        "Questions to test on": f"{test:,}",
        "Documents": f"{documents:,}",
    }
    if test:
        shown["Difference these can show"] = f"{100 * min(1.0, detectable(test, 0.05)):.0f} of 100"
    with st.container(horizontal=True):
        for name, value in shown.items():
            st.metric(name, value, border=True, width=188)


def _findings(seen: Preview, folder: Path) -> None:
    """Places in the uploaded files are told by the names these were uploaded with."""
    with st.expander(f"The first {len(seen.first)} rows as they will be used"):
        for row in seen.first:
            said(uploads.as_called(folder, row))
    for remark in seen.remarks:
        st.info(inline(in_app_words(uploads.as_called(folder, remark))), icon=":material/help:")
    if seen.unreadable:
        st.markdown(f":orange-badge[warning] {len(seen.unreadable)} rows cannot be read and are left out.")
        more = [f"and {len(seen.unreadable) - LISTED} more"] if len(seen.unreadable) > LISTED else []
        with st.expander("These rows", expanded=True):
            said(uploads.as_called(folder, "\n".join([*seen.unreadable[:LISTED], *more])))
    personal = next((finding for finding in seen.findings if finding["code"].startswith(PERSONAL)), None)
    for finding in seen.findings:
        message, remedy = in_app_words(finding["message"]), in_app_words(finding["remedy"])
        st.markdown(f":{COLOURS[finding['severity']]}-badge[{finding['severity']}] **{inline(message)}.** {inline(remedy)}")
        if finding is personal:
            _mask()
        if finding["examples"]:
            with st.expander("For example"):
                said(uploads.as_called(folder, "\n".join(str(example) for example in finding["examples"])))
    if personal is None and st.session_state.get("_masked"):
        _mask()
    if not seen.findings:
        st.write("The audit found nothing.")


def _mask() -> None:
    """Beside the finding that it mends, and still there once it is mended."""
    st.session_state.setdefault("mask", st.session_state.get("_masked", False))
    help_ = "E-mail addresses, telephone, card and account numbers and keys become [EMAIL], …"
    st.toggle(MASK, key="mask", help=help_, on_change=_masked)


def _masked() -> None:
    """Kept apart from the control, which is gone while the files are audited anew."""
    st.session_state["_masked"] = st.session_state["mask"]
