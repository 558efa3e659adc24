"""Which run a page shows: its id stands in the address, so that any page can be shared. Visitors share nothing else."""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from eval.report.format import plain
from pipeline import jobs
from pipeline.errors import Damaged, UserError
from pipeline.run_folder import about, pages
from pipeline.run_folder.store import RunFolder, all_runs, of_id
from pipeline.ui import damage

Json = dict[str, Any]
STATE_MARKS = {
    "new": ":material/circle: new", "queued": ":material/schedule: queued", "running": ":material/progress_activity: running",
    "stalled": ":material/warning: stalled", "done": ":material/check_circle: done", "failed": ":material/error: failed",
    "cancelled": ":material/cancel: cancelled",
}  # fmt: skip


def remember_pages(pages: dict[str, Any]) -> None:
    """So that pages can link to each other."""
    st.session_state["_pages"] = pages


def page_named(title: str) -> Any:
    return st.session_state["_pages"][title]


def open_page(title: str, run: str | None = None, **params: str) -> None:
    """Go to a page with this run, where there is one, in its address."""
    if run is not None:
        st.session_state["_run"] = run
    st.switch_page(page_named(title), query_params={**({"run": run} if run else {}), **params})


def link(title: str, run: str, label: str, icon: str | None = None, **params: str) -> None:
    st.page_link(page_named(title), label=label, icon=icon, query_params={"run": run, **params})


def wanted() -> str | None:
    """The run id of the address, else the one looked at last in this tab, else the newest."""
    named = st.query_params.get("run")
    if named:
        st.session_state["_run"] = named
    known = st.session_state.get("_run")
    if not named and known is None:
        newest = all_runs(jobs.runs_folder())
        known = newest[0].id if newest else None
    return named or known


def called(runs: Sequence[RunFolder]) -> dict[str, str]:
    """Run id → its name as people read it: what they call it, else the experiment's."""
    return told_apart({run.id: _name(run) for run in runs})


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Run id → name, with a part of the id where two have the same."""
    often = Counter(names.values())
    return {id_: name if often[name] == 1 else f"{name} ({id_.rpartition('-')[2][:4]})" for id_, name in names.items()}


def _name(run: RunFolder) -> str:
    with contextlib.suppress(Damaged):
        if name := about.read(run).name:
            return plain(name)
    return run.id.rpartition("-")[0] or run.id


def sidebar() -> str | None:
    """The choice of the run, and its state, on every page; the name of the run that is shown."""
    runs = jobs.runs_folder()
    names = called(all_runs(runs))
    known, name = list(names), wanted()
    if not known:
        return None
    with st.sidebar:
        index = known.index(name) if name in known else None
        chosen = st.selectbox("This run", known, index=index, placeholder="Choose a run", format_func=lambda one: names.get(one, one))
        if chosen and chosen != name and (name in known or name is None):
            st.session_state["_run"] = chosen
            st.query_params["run"] = chosen
        shown = chosen or name
        if shown in known:
            st.write(STATE_MARKS[jobs.state(runs, shown).state])
    return names.get(shown) if shown else None


def current() -> RunFolder | None:
    """The run this page shows; where there is none, or none of that name, the page says so and this is None."""
    name = wanted()
    if name is None:
        st.title("No run yet", anchor=False)
        st.write("Start a comparison with your files, or look at a finished example.")
        st.page_link(page_named("New comparison"), label="New comparison", icon=":material/add:")
        st.page_link(page_named("Home"), label="See a finished example", icon=":material/visibility:")
        return None
    run = of_id(jobs.runs_folder(), name)
    if run is None:
        st.title("Run not found", anchor=False)
        st.write("There is no run of this name on this machine:")
        st.code(plain(name, 200), language=None)
        st.page_link(page_named("All runs"), label="All runs")
        return None
    if st.query_params.get("run") != run.id:
        st.query_params["run"] = run.id
    return run


def of_run(page: Callable[[RunFolder], None]) -> Callable[[], None]:
    """A page that shows one run; where there is none, the page says so."""

    @damage.told
    @functools.wraps(page)
    def drawn() -> None:
        run = current()
        if run is not None:
            page(run)

    return drawn


def of_report(page: Callable[[RunFolder, Json], None]) -> Callable[[], None]:
    """A page that shows a finished run's stored report, given without its rows; before there is one, how the run stands."""

    @of_run
    @functools.wraps(page)
    def drawn(run: RunFolder) -> None:
        """The page where there is a verdict, and where not, the way to the run."""
        try:
            path = pages.ready(run)
            report = _head(str(path), path.stat().st_mtime_ns) if path else None
        except UserError as error:
            st.title("This run cannot be shown", anchor=False)
            damage.say(error)
            return
        if report is None:
            st.title("No verdict yet", anchor=False)
            st.write(f"This run is {jobs.state(run.path.parent, run.id).state}.")
            link("Progress", run.id, "Watch its progress", ":material/progress_activity:")
            return
        page(run, report)

    return drawn


@st.cache_data(max_entries=8, show_spinner=False)
def _head(path: str, written: int) -> Json:
    """Kept by file and time of writing."""
    from eval.report.content import brought_up

    return brought_up(pages.head(Path(path)))
