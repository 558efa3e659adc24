"""All runs as a table: choose one to open, name or delete it, choose two to see them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pipeline import jobs
from pipeline.errors import UserError
from pipeline.results import trash
from pipeline.results.overview import overview
from pipeline.ui import state
from pipeline.ui.runs import keeping, listing, side_by_side
from pipeline.ui.text import inline

Json = dict[str, Any]
LINE, TALLEST = 35, 420
"""Pixels of a line of the table, and of the table before it scrolls."""


def page() -> None:
    """All runs, the newest first."""
    st.title("All runs", anchor=False)
    rows = overview(jobs.runs_folder())
    if not rows:
        st.write("No runs yet. A bundled case shows in about ten minutes what a comparison looks like.")
        st.page_link(state.page_named("New comparison"), label="Start a run", icon=":material/add:")
        _deleted()
        return
    active = sum(row["state"] in ("queued", "running", "stalled") for row in rows)
    st.write(
        f"{len(rows)} run{'s' if len(rows) > 1 else ''}, {active} active. Choose one to open, name or delete it; choose two to compare."
    )
    called = listing.names(rows)
    chosen = _chosen(rows, called)
    with st.expander("The same as a table with links"):
        listing.table(rows, called)
    for row in rows:
        if row["damaged"]:
            st.warning(inline(f"{called[row['run']]}: {', '.join(row['damaged'])} cannot be read."), icon=":material/warning:")
    if len(chosen) == 1:
        keeping.one(chosen[0], called[chosen[0]["run"]])
    elif len(chosen) == 2:
        side_by_side.draw([row["run"] for row in sorted(chosen, key=_began)], called)
    if len(chosen) > 1:
        keeping.several(chosen)
    _deleted()


def _chosen(rows: Sequence[Json], called: dict[str, str]) -> list[Json]:
    """The rows that are marked in the table; at the first look those that the address names."""
    ids = [row["run"] for row in rows]
    asked = [ids.index(one) for one in st.query_params.get("compare", "").split(",") if one in ids]
    event = st.dataframe(
        listing.frame(rows, called), hide_index=True, height=min(TALLEST, LINE * (len(rows) + 1) + 3), column_config=listing.columns(rows),
        key=f"runs-{len(ids)}", on_select="rerun", selection_mode="multi-row",
        selection_default={"selection": {"rows": asked}} if asked else None,
        alt=f"{len(rows)} runs with their verdicts; the same stands below as a table with links",
    )  # fmt: skip
    chosen = [rows[place] for place in event["selection"]["rows"] if place < len(rows)]
    if len(chosen) == 2:
        st.query_params["compare"] = ",".join(row["run"] for row in chosen)
    else:
        st.query_params.pop("compare", None)
    return chosen


def _began(row: Json) -> str:
    return row["started"] or ""


def _deleted() -> None:
    """What can be brought back; what was deleted more than a day ago goes for good."""
    runs = jobs.runs_folder()
    try:
        trash.expire(runs)
        gone = trash.deleted(runs)
    except UserError as error:
        st.error(inline(str(error)))
        return
    if not gone:
        return
    with st.expander(f"Deleted ({len(gone)})", expanded=bool(st.session_state.pop("_deleted", False))):
        for one in gone:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{inline(one.run.id)}, until {one.until:%Y-%m-%d %H:%M} UTC")
                if st.button("Bring back", key=f"back-{one.run.path.parent.name}", icon=":material/undo:"):
                    keeping.bring_back(one.run.id)
