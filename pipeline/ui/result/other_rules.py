"""The verdict under other rules, beside the stored one, at once: what is stored is judged again, nothing is run and nothing kept."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import streamlit as st

from pipeline.errors import UserError
from pipeline.results.redecide import decide_run
from pipeline.run_folder.store import RunFolder
from pipeline.ui import damage
from pipeline.ui.text import inline

Json = dict[str, Any]


@st.dialog("Under other rules", width="large")
@damage.told
def dialog(run: RunFolder, report: Json) -> None:
    """Sliders and the two verdicts."""
    st.write("A trial on the stored scores. The verdict of the run stays: its rules were fixed before anything was measured.")
    _read_ahead(run)
    asked = _asked(report["experiment"]["decision"])
    changed = {key: value for key, value in asked.items() if value != stored(report["experiment"]["decision"], key)}
    now, then = st.columns(2)
    with now.container(border=True, height="stretch"):
        st.caption("The run's rules")
        _told(report["decision"])
    with then.container(border=True, height="stretch"):
        st.caption("These rules")
        try:
            decision = decided(run, changed) if changed else report["decision"]
        except UserError as error:
            st.error(inline(str(error)))
            return
        _told(decision)
        same = (decision["verdict"], decision["arm"]) == (report["decision"]["verdict"], report["decision"]["arm"])
        st.markdown("The same verdict." if same else "**Another verdict.**")


def _read_ahead(run: RunFolder) -> None:
    """What every trial reads is read once, while the first slider is looked for."""
    if st.session_state.get("_read_ahead") != run.id:
        st.session_state["_read_ahead"] = run.id
        threading.Thread(target=_tried, args=(run,), daemon=True).start()


def _tried(run: RunFolder) -> None:
    with contextlib.suppress(Exception):  # told where it is asked for
        decided(run, {})


def decided(run: RunFolder, changed: Json) -> Json:
    """The verdict alone: what would flip it takes ten times as long and is not shown here."""
    overrides = [f"{key}={'null' if value is None else value}" for key, value in changed.items()]
    return decide_run(run.path.parent, run.id, overrides, sensitivity=False)


def _told(decision: Json) -> None:
    if approach := decision.get("approach"):
        st.markdown(f"**{inline(approach['heading'])}**")
    st.markdown(inline(decision["sentence"]))


def _asked(rules: Json) -> Json:
    prices, limits = rules["prices"], rules["constraints"]
    left, right = st.columns(2)
    margin = left.slider("Smallest difference that matters, of 100", 0.0, 30.0, 100 * float(rules["margin"]), 0.5)
    volume = right.number_input("Questions a month", 0.0, None, float(prices["queries_per_month"]), 1000.0, "%.0f")
    wrong = left.number_input("At most wrong (share)", 0.0, 1.0, limits["max_fabricated"], 0.05, placeholder="no limit")
    wait = right.number_input("At most seconds (95 of 100)", 0.0, None, limits["p95_seconds"], 0.5, placeholder="no limit")
    hour_help = f"Machines with a price of their own keep it: {', '.join(prices['machines'])}." if prices.get("machines") else None
    hour = left.number_input(
        f"Price of a machine hour ({prices['currency']})", 0.0, None, float(prices["machine_hour"]), 0.05, help=hour_help
    )
    alpha = right.number_input("Level of the tests", 0.001, 0.49, float(rules["alpha"]), 0.01, "%.3f")
    return {
        "decision.margin": round(margin / 100, 6), "decision.alpha": alpha, "decision.prices.machine_hour": hour,
        "decision.prices.queries_per_month": volume, "decision.constraints.max_fabricated": wrong, "decision.constraints.p95_seconds": wait,
    }  # fmt: skip


def stored(rules: Json, key: str) -> Any:
    """The run's own value of this setting."""
    value: Any = rules
    for name in key.split(".")[1:]:
        value = value[name]
    return value
