"""One run as it goes: stages, progress, time left, loss curves, cancel and resume. No scores before the end: peeking spoils the test."""

from __future__ import annotations

import streamlit as st

from eval.numerals import duration
from eval.report import figures
from pipeline import jobs
from pipeline.arms import ARMS
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
        if standing.state == "done":
            st.session_state["_ended"] = name
        st.rerun()
    if st.session_state.pop("_ended", None) == name:
        st.toast("The comparison is done.", icon=":material/check_circle:")
    st.title(inline(_sentence(name, standing)), anchor=False)
    if standing.plan and standing.active:
        st.progress(_share(standing), text=f"{len(standing.finished)} of {len(standing.plan)} steps done; it goes on if you close this tab")
    _state_panel(run, standing)
    _by_candidate(standing)
    _checklist(standing)
    with st.expander("Training loss"):
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


def _share(standing: jobs.JobState) -> float:
    """Of the whole run, the step at work in parts."""
    part = standing.done / standing.total if standing.total and standing.state == "running" else 0.0
    return min(1.0, (len(standing.finished) + min(part, 1.0)) / len(standing.plan))


def _by_candidate(standing: jobs.JobState) -> None:
    """What is done of each: training and answering, over its seeds."""
    steps: dict[str, dict[str, list[str]]] = {}
    for stage in standing.plan:
        verb, _, rest = stage.partition(" ")
        if verb in ("train", "predict") and rest:
            steps.setdefault(rest.split(" ")[0], {}).setdefault(verb, []).append(stage)
    if not steps:
        return
    told = [[ARMS[arm].label if arm in ARMS else arm, *(_done(standing, found.get(verb, [])) for verb in ("train", "predict"))]
            for arm, found in steps.items()]  # fmt: skip
    blocks.table(["candidate", "train", "answer"], told, "Progress by candidate")


def _done(standing: jobs.JobState, stages: list[str]) -> str:
    """`–` where there is nothing to do, `✓`, how far it is, or `waits`."""
    if not stages:
        return "–"
    if all(stage in standing.finished for stage in stages):
        return "✓"
    if standing.stage in stages and standing.state == "running":
        return f"{standing.done} of {standing.total}" if standing.total else "now"
    return "waits" if standing.active else "not done"


def _checklist(standing: jobs.JobState) -> None:
    if not standing.plan:
        return
    at_work = {standing.stage: ":material/play_circle:"} if standing.state == "running" else {}
    marks = {**at_work, **dict.fromkeys(standing.finished, ":material/check_circle:")}
    lines = [f"{marks.get(name, ':material/radio_button_unchecked:')} {inline(_readable(name))}" for name in standing.plan]
    half = (len(lines) + 1) // 2
    with st.expander(f"{len(standing.finished)} of {len(standing.plan)} stages done"):
        for column, part in zip(st.columns(2), (lines[:half], lines[half:]), strict=True):
            column.markdown("  \n".join(part))


def _curves(run: RunFolder) -> None:
    logs = {
        f"{path.parent.parent.name} seed {path.parent.name.removeprefix('seed-')}": list(read_lines(path))
        for path in sorted(run.path.glob("adapters/*/seed-*/log.jsonl"))
    }
    if drawn := figures.training((), logs):
        blocks.figure(drawn, caption=False)
    else:
        st.write("Nothing was trained yet.")


def _log(run: RunFolder) -> None:
    notes = [e for e in run.events() if e["event"] in ("note", "state", "stage_done")][-12:]
    with st.expander("Log"):
        for event in notes:
            text = event.get("message") or event.get("state") or f"{event['stage']}: {event['seconds']} s"
            st.markdown(f"{event['time'][11:19]} {inline(str(text))}")
