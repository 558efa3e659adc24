"""One run as it goes: stages, progress, time left, loss curves, cancel and resume. No scores before the end: peeking spoils the test."""

from __future__ import annotations

import streamlit as st

from eval.numerals import duration
from eval.report import figures
from pipeline import jobs
from pipeline.records import read_lines
from pipeline.run_folder.store import RunFolder
from pipeline.stages.beginning import CHANGED
from pipeline.ui import blocks, state
from pipeline.ui.text import inline, said

POLL_S = 1.0


@state.of_run
def page(run: RunFolder) -> None:
    _live(run.path.parent.as_posix(), run.id, jobs.state(run.path.parent, run.id).state)


@st.fragment(run_every=POLL_S)
def _live(runs: str, name: str, drawn: str) -> None:
    """`drawn`: the state that the sidebar shows; once it is another, the whole page is drawn anew."""
    from pathlib import Path

    run = RunFolder(Path(runs) / name)
    standing = jobs.state(Path(runs), name)
    if standing.state != drawn:
        st.rerun()
    st.title(inline(_sentence(name, standing)), anchor=False)
    if standing.total and standing.state == "running":
        st.progress(min(1.0, standing.done / standing.total), text=f"{standing.done} of {standing.total}")
    _state_panel(run, standing)
    _checklist(standing)
    _curves(run)
    _log(run)


def _sentence(name: str, standing: jobs.JobState) -> str:
    if standing.state == "running" and standing.stage:
        left = f"; about {duration(standing.eta_s)} left in this stage" if standing.eta_s else ""
        step = f", {standing.done} of {standing.total}" if standing.total else ""
        return f"{_readable(standing.stage)}{step}{left}"
    words = {
        "new": "This run has not been started.", "queued": "Waiting for its turn.", "running": "Starting.", "stalled": "Stalled.",
        "done": "Done.", "failed": "Failed.", "cancelled": "Cancelled.",
    }  # fmt: skip
    return words[standing.state]


def _readable(stage: str) -> str:
    """`train hybrid seed-0` → `Training hybrid, seed 0`."""
    words = stage.replace("seed-", "seed ").split(" ", 1)
    verbs = {"train": "Training", "predict": "Asking", "data": "Reading the data", "audit": "Auditing", "index": "Building the index",
             "retrieve": "Retrieving", "score": "Scoring", "decide": "Deciding", "report": "Writing the report"}  # fmt: skip
    rest = f" {words[1].replace(' seed', ', seed')}" if len(words) > 1 else ""
    return verbs.get(words[0], words[0].capitalize()) + rest


def _state_panel(run: RunFolder, standing: jobs.JobState) -> None:
    runs = run.path.parent
    if standing.error:
        st.error("What happened:")
        said(standing.error)
    if standing.state == "done":
        state.link("Verdict", run.id, "See the verdict")
    if standing.active and st.button("Cancel", icon=":material/stop_circle:"):
        jobs.cancel(runs, run.id)
        st.rerun()
    if CHANGED in (standing.error or ""):
        if st.button("Start a new run with the data as it is now", type="primary", icon=":material/play_arrow:"):
            state.open_page("Progress", jobs.start(run.path / "experiment.yaml", runs))
        return
    if standing.state in ("failed", "cancelled", "new", "stalled") and st.button("Resume", type="primary", icon=":material/play_arrow:"):
        if standing.state == "stalled":
            jobs.cancel(runs, run.id)
        jobs.resume(runs, run.id)
        st.rerun()


def _checklist(standing: jobs.JobState) -> None:
    if not standing.plan:
        return
    st.subheader(f"{len(standing.finished)} of {len(standing.plan)} stages done", anchor=False)
    at_work = {standing.stage: ":material/play_circle:"} if standing.state == "running" else {}
    marks = {**at_work, **dict.fromkeys(standing.finished, ":material/check_circle:")}
    lines = [f"{marks.get(name, ':material/radio_button_unchecked:')} {inline(_readable(name))}" for name in standing.plan]
    half = (len(lines) + 1) // 2
    for column, part in zip(st.columns(2), (lines[:half], lines[half:]), strict=True):
        column.markdown("  \n".join(part))


def _curves(run: RunFolder) -> None:
    logs = {
        f"{path.parent.parent.name} seed {path.parent.name.removeprefix('seed-')}": list(read_lines(path))
        for path in sorted(run.path.glob("adapters/*/seed-*/log.jsonl"))
    }
    if drawn := figures.training((), logs):
        st.subheader("Training loss", anchor=False)
        blocks.figure(drawn, caption=False)


def _log(run: RunFolder) -> None:
    notes = [e for e in run.events() if e["event"] in ("note", "state", "stage_done")][-12:]
    with st.expander("Log"):
        for event in notes:
            text = event.get("message") or event.get("state") or f"{event['stage']}: {event['seconds']} s"
            st.markdown(f"{event['time'][11:19]} {inline(str(text))}")
