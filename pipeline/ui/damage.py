"""Where a file of a run is damaged, a page says so in a sentence with a remedy, never by a library's error. Mends nothing."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import ParamSpec

import streamlit as st

from eval.errors import SetupError
from pipeline import jobs
from pipeline.errors import UserError
from pipeline.results.verify import verify
from pipeline.run_folder.store import RunFolder, of_id
from pipeline.ui.text import inline

P = ParamSpec("P")
NAMED = 3
"""Damaged files that are named; of more, how many there are."""
REPORT = "If it finds none, this is a fault of Bakeoff: please report it with the last lines of the server's log."


def told(draw: Callable[P, None]) -> Callable[P, None]:
    """For what draws a page, a fragment or a dialog. An error that no damaged file of the run explains is raised: it may be ours."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        """The same, or the sentence."""
        try:
            draw(*args, **kwargs)
        except (UserError, SetupError) as error:
            say(error)
        except Exception:
            run = of_id(jobs.runs_folder(), st.query_params.get("run") or st.session_state.get("_run") or "")
            bad = [one["file"] for one in verify(run).damaged] if run else []
            if run is None or not bad:
                st.error(inline(f"This cannot be drawn. `bakeoff verify {run.id if run else 'RUN'}` tells of damaged files. {REPORT}"))
                raise
            st.error(inline(_sentence(run, bad)))

    return drawn


def say(error: Exception) -> None:
    """Files by their place in the run: the server's own folders are nobody's business."""
    run = st.query_params.get("run") or st.session_state.get("_run") or "RUN"
    st.error(inline(str(error).replace(f"{jobs.runs_folder()}/{run}/", "").replace("RUN", run)))


def _sentence(run: RunFolder, bad: Sequence[str]) -> str:
    more = f" and {len(bad) - NAMED} more" if len(bad) > NAMED else ""
    are = "is" if len(bad) == 1 else "are"
    return f"{', '.join(bad[:NAMED])}{more} of this run {are} damaged. `bakeoff resume {run.id}` makes what is damaged anew."
