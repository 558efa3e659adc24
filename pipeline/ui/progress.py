"""One run as it goes: how long still, each candidate's steps, losses and log. No scores before the end: peeking spoils the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from eval.numerals import duration
from eval.report import figures
from pipeline import jobs
from pipeline.arms import ARMS
from pipeline.planning.remaining import Outlook, outlook
from pipeline.records import read_lines
from pipeline.run_folder.store import RunFolder
from pipeline.stages.beginning import CHANGED
from pipeline.ui import blocks, damage, state
from pipeline.ui.text import inline, said

POLL_S, SLOW_POLL_S = 1.0, 5.0
"""Between two looks at a run at work; at its losses and its log, where they are open."""
VERBS = {"train": "Training", "predict": "Asking", "data": "Reading the data", "audit": "Auditing", "index": "Building the index",
         "retrieve": "Retrieving", "score": "Scoring", "decide": "Deciding", "report": "Writing the report"}  # fmt: skip
SHOWN_EVENTS, SHOWN_JOBS = 12, 20
STATES = ("running", "starting", "waits", "done")
WORDS = {"running": "▶ now", "starting": "starting", "waits": "waits", "done": "done"}
JOBS = {"base": "Candidates without a training", "index": "Index and search"}
"""Jobs that are not named after a training."""
STEADY = "progress-live"
"""Key of what is drawn again and again; the style sheet keeps it from being dimmed meanwhile."""


@state.of_run
def page(run: RunFolder) -> None:
    """Looked at every second while it is at work, and once where it is not."""
    standing = jobs.state(run.path.parent, run.id)
    every, slowly = (POLL_S, SLOW_POLL_S) if standing.active else (None, None)
    with st.container(key=STEADY):
        st.fragment(damage.told(_live), run_every=every)(run.path.parent.as_posix(), run.id, standing.state)
        st.fragment(damage.told(_losses), run_every=slowly)(run)
        st.fragment(damage.told(_log), run_every=slowly)(run)


def _live(runs: str, name: str, drawn: str) -> None:
    """`drawn`: the state that the sidebar shows; once it is another, the whole page is drawn anew."""
    run = RunFolder(Path(runs) / name)
    standing = jobs.state(Path(runs), name)
    if standing.state != drawn:
        if standing.state == "done":
            st.session_state["_ended"] = name
        st.rerun()
    if st.session_state.pop("_ended", None) == name:
        st.toast("The comparison is done.", icon=":material/check_circle:")
    seen = outlook(Path(runs), run, standing)
    st.set_page_config(page_title=_tab(run, standing, seen))
    st.title(inline(_sentence(standing, seen)), anchor=False)
    if standing.plan and standing.active:
        st.progress(_share(standing, seen), text=inline(_now(standing)))
    st.caption(inline(_so_far(standing, seen)))
    _state_panel(run, standing)
    _by_candidate(standing, seen)
    _by_job(standing)


def _candidates(plan: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Arm → `train` and `predict` → its stages, over all seeds; a training that several arms use stands at the arm of its name."""
    found: dict[str, dict[str, list[str]]] = {}
    for stage in plan:
        verb, _, rest = stage.partition(" ")
        if verb in ("train", "predict") and rest:
            found.setdefault(rest.split(" ")[0], {}).setdefault(verb, []).append(stage)
    return found


def _sentence(standing: jobs.JobState, seen: Outlook) -> str:
    """The heading: how many candidates, and how long still."""
    count = sum(not (arm in ARMS and ARMS[arm].diagnostic) for arm in _candidates(standing.plan))
    many = f"{count} candidate{'' if count == 1 else 's'}"
    if standing.state == "running" and standing.plan:
        return f"Comparing {many}" + (f": about {duration(seen.left_s)} left" if seen.left_s else "")
    if standing.state == "done" and count:
        return f"Done: {many} compared"
    words = {
        "new": "This run has not been started.", "queued": "Waiting for its turn.", "running": "Starting.", "stalled": "Stalled.",
        "done": "Done.", "failed": "Failed.", "cancelled": "Cancelled.",
    }  # fmt: skip
    return words[standing.state]


def _now(standing: jobs.JobState) -> str:
    """`Training Hybrid, seed 0, 40 of 90`."""
    if standing.state != "running" or not standing.stage:
        return ""
    return _readable(standing.stage) + (f", {standing.done} of {standing.total}" if standing.total else "")


def _readable(stage: str) -> str:
    """`train hybrid seed-0` → `Training Hybrid, seed 0`."""
    verb, _, rest = stage.replace("seed-", "seed ").partition(" ")
    arm, _, seed = rest.partition(" ")
    told = f" {ARMS[arm].label if arm in ARMS else arm}{f', {seed}' if seed else ''}" if rest else ""
    return VERBS.get(verb, verb.capitalize()) + told


def _so_far(standing: jobs.JobState, seen: Outlook) -> str:
    """Time and money so far."""
    if not standing.plan:
        return ""
    if seen.worked_s is None:
        worked, spent = "time and money not known", ""
    else:
        worked = f"{duration(seen.worked_s) if seen.worked_s >= 90 else f'{10 * round(seen.worked_s / 10)} s'} of work"
        cents = "under 0.01" if (seen.money or 0.0) < 0.01 else f"{seen.money:.2f}"
        spent = f"{cents} {seen.currency}" if seen.money is not None else "no price is stated for an endpoint"
    closing = ["goes on if you close this tab"] if standing.active else []
    steps = f"{len(standing.finished)} of {len(standing.plan)} steps done"
    return " · ".join(filter(None, [worked, spent, steps, *closing]))


def _tab(run: RunFolder, standing: jobs.JobState, seen: Outlook) -> str:
    """The tab's title, to be read from another tab."""
    name = state.called([run])[run.id]
    told = f"{100 * _share(standing, seen):.0f} %" if standing.state == "running" and standing.plan else standing.state.capitalize()
    return f"{told} · Progress · {name} · Bakeoff"


def _share(standing: jobs.JobState, seen: Outlook) -> float:
    """Of the whole run, in time where that is known, else in steps."""
    if seen.left_s is not None and seen.worked_s:
        return min(1.0, seen.worked_s / (seen.worked_s + seen.left_s))
    part = standing.done / standing.total if standing.total and standing.state == "running" else 0.0
    return min(1.0, (len(standing.finished) + min(part, 1.0)) / len(standing.plan))


def _state_panel(run: RunFolder, standing: jobs.JobState) -> None:
    runs = run.path.parent
    if standing.error:
        st.error("What happened:")
        said(standing.error)
    if standing.state == "done":
        state.link("Verdict", run.id, "See the verdict")
    if CHANGED in (standing.error or ""):
        if st.button("Start a new run with the data as it is now", type="primary", icon=":material/play_arrow:"):
            state.open_page("Progress", jobs.start(run.path / "experiment.yaml", runs))
        return
    if standing.state in ("failed", "cancelled", "new", "stalled") and st.button("Resume", type="primary", icon=":material/play_arrow:"):
        if standing.state == "stalled":
            jobs.cancel(runs, run.id)
        jobs.resume(runs, run.id)
        st.rerun()
    if standing.active and st.button("Stop", icon=":material/stop_circle:", help="What is done is kept; Resume goes on from there."):
        jobs.cancel(runs, run.id)
        st.rerun()


def _by_candidate(standing: jobs.JobState, seen: Outlook) -> None:
    """A line a candidate: what is done of each step, and how long that took."""
    there = _candidates(standing.plan)
    if not there:
        return
    scoring = [stage for stage in standing.plan if stage in ("judge", "score")]
    begun = {standing.stage, *(job["stage"] for job in standing.jobs if job["state"] == "running")}
    at_work = [arm for arm, steps in there.items() if any(begun.intersection(stages) for stages in steps.values()) and standing.active]
    told = []
    for arm, steps in there.items():
        spent = sum(seen.seconds.get(stage, 0.0) for stages in steps.values() for stage in stages)
        own = [_done(standing, seen.seconds, steps.get(verb, [])) for verb in ("train", "predict")]
        told.append([_label(arm), *own, _done(standing, {}, scoring), duration(spent) if spent else "–"])
    blocks.table(
        ["candidate", "train", "answer", "score", "time"], told, "Progress by candidate", first=_label(at_work[0]) if at_work else ""
    )


def _label(arm: str) -> str:
    return ARMS[arm].label if arm in ARMS else arm


def _done(standing: jobs.JobState, seconds: Mapping[str, float], stages: Sequence[str]) -> str:
    """`–` where there is nothing to do, `✓ 25 s`, how far it is, or that it waits."""
    if not stages:
        return "–"
    if all(stage in standing.finished for stage in stages):
        took = sum(seconds.get(stage, 0.0) for stage in stages)
        return f"✓ {duration(took)}" if took >= 1 else "✓"
    for job in ({"stage": standing.stage, "done": standing.done, "total": standing.total}, *standing.jobs):
        if job["stage"] in stages and standing.state == "running":
            return _far(job)
    return "waits" if standing.active else "not done"


def _far(job: Mapping[str, Any]) -> str:
    return f"▶ {job['done']} of {job['total']}" if job["total"] else "▶ now"


def _by_job(standing: jobs.JobState) -> None:
    """What other processes do, and on which machines; those at work first."""
    if not standing.jobs:
        return
    told = []
    for job in sorted(standing.jobs, key=lambda one: STATES.index(one["state"])):
        at_work = job["state"] == "running" and standing.active
        stage = "" if job["stage"] == job["job"] else f"{_readable(job['stage'] or '')} "
        now = f"{stage}{_far(job)}" if at_work and job["stage"] else WORDS[job["state"]] if standing.active else "–"
        told.append([JOBS.get(job["job"]) or _readable(job["job"]), "done" if job["state"] == "done" else now,
                     str(job["host"] or "–"), str(job["attempt"] or "–")])  # fmt: skip
    blocks.table(["job", "state", "machine", "attempt"], told[:SHOWN_JOBS], "Jobs and their machines")
    if len(told) > SHOWN_JOBS:
        st.caption(f"{len(told) - SHOWN_JOBS} more jobs wait or are done.")


def _losses(run: RunFolder) -> None:
    """Drawn only where it is open."""
    box = st.expander("Training loss", on_change="rerun", key="losses")
    if not box.open:
        return
    logs = {
        f"{_label(path.parent.parent.name)} seed {path.parent.name.removeprefix('seed-')}": list(read_lines(path))
        for path in sorted(run.path.glob("adapters/*/seed-*/log.jsonl"))
    }
    with box:
        if drawn := figures.training((), logs):
            blocks.figure(drawn, caption=False)
        else:
            st.write("Nothing was trained yet.")


def _log(run: RunFolder) -> None:
    box = st.expander("Log", on_change="rerun", key="log")
    if not box.open:
        return
    with box:
        for event in [one for one in run.events() if one["event"] in ("note", "state", "stage_done")][-SHOWN_EVENTS:]:
            st.markdown(f"{event['time'][11:19]} {inline(_event(event))}")


def _event(event: Mapping[str, Any]) -> str:
    if event["event"] == "stage_done":
        taken = " (taken over)" if event.get("reused_from") else f": {event['seconds']:.1f} s"
        return f"{_readable(str(event['stage']))}{taken}"
    return str(event.get("message") or event.get("state") or "")
