"""What a list tells of each run: name, verdict, right answers, difference, model, rows, cost, start. Formats what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from eval.report.format import interval, money, number, plain
from pipeline.ui import blocks
from pipeline.ui.state import told_apart

if TYPE_CHECKING:
    import pandas as pd  # which Home, the first page, has no need of

Json = dict[str, Any]
MARKS = {"yes": " ✓", "no": " ✗", "open": ": open"}
APPROACHES = {"retrieval": "Retrieval", "fine_tuning": "Fine-tuning"}
WITHOUT = {"blocked": "blocked", "none": "none is good enough"}
COLOURS = {
    **{f"{name} ✓": "green" for name in APPROACHES.values()}, **{f"{name} ✗": "gray" for name in APPROACHES.values()},
    **{f"{name}: open": "orange" for name in APPROACHES.values()}, "blocked": "red", "none is good enough": "red", "failed": "red",
    "stalled": "orange", "running": "blue", "queued": "blue",
}  # fmt: skip
"""Of badges; all others are gray."""
UNKNOWN = "–"


def names(rows: Sequence[Json]) -> dict[str, str]:
    """Run id → what it is called."""
    return told_apart({row["run"]: row["name"] for row in rows})


def badges(row: Json) -> list[str]:
    """What the verdict says of retrieval and fine-tuning; before there is one, the run's state."""
    if row["verdict"] is None:
        return [row["state"]]
    if row["verdict"] in WITHOUT:
        return [WITHOUT[row["verdict"]]]
    found = row["approach"] or {}
    told = [f"{name}{MARKS[found[key]]}" for key, name in APPROACHES.items() if found.get(key) in MARKS]
    return told or [row["verdict"]]


def difference(row: Json) -> str:
    """`+40.0 (29.7 to 49.5)`, of 100 where the metric lies between 0 and 1."""
    pair = row["comparison"]
    if pair is None or pair["difference"] is None:
        return UNKNOWN
    ends = [pair["difference"], pair["low"], pair["high"]]
    scale, places = (100, 1) if all(end is None or abs(end) <= 1 for end in ends) else (1, 3)
    told, low, high = (None if end is None else scale * end for end in ends)
    return f"{number(told, places, True)} ({interval(low, high, places, True)})"


def pair(row: Json) -> str:
    """`RAG − Base model`."""
    found = row["comparison"]
    return f"{label(found['a'])} − {label(found['b'])}" if found else UNKNOWN


def label(arm: str) -> str:
    from pipeline.arms import ARMS

    return ARMS[arm].label if arm in ARMS else arm


def right(row: Json) -> str:
    return f"{row['right']['right']} of {row['right']['rows']}" if row["right"] else UNKNOWN


def cost(row: Json) -> str:
    return money(row["cost"]["cost"], row["cost"]["currency"]) if row["cost"] and row["cost"]["cost"] is not None else UNKNOWN


def started(row: Json) -> datetime | None:
    """Without its zone, which is UTC."""
    try:
        return datetime.fromisoformat(row["started"]).replace(tzinfo=None, microsecond=0)
    except (TypeError, ValueError):
        return None


def table(rows: Sequence[Json], called: dict[str, str]) -> None:
    """Runs as a real table, each name a link."""
    told: list[list[blocks.Cell]] = []
    for row in rows:
        opens = blocks.Link(called[row["run"]], "verdict" if row["verdict"] else "progress", {"run": row["run"]})
        began = started(row)
        told.append([
            opens, ", ".join(badges(row)), right(row), difference(row), row["model"] or UNKNOWN, str(row["n"] or UNKNOWN),
            f"{began:%Y-%m-%d %H:%M}" if began else UNKNOWN,
        ])  # fmt: skip
    blocks.table(["comparison", "verdict", "right", "difference", "model", "questions", "started"], told, "Runs")


def frame(rows: Sequence[Json], called: dict[str, str]) -> pd.DataFrame:
    """A line a run; columns as `columns` describes them. Text of users is shown as it is."""
    import pandas as pd

    return pd.DataFrame({
        "name": [plain(called[row["run"]]) for row in rows], "verdict": [badges(row) for row in rows],
        "right": [right(row) for row in rows], "difference": [difference(row) for row in rows],
        "pair": [pair(row) for row in rows], "model": [row["model"] or UNKNOWN for row in rows],
        "rows": [row["n"] for row in rows], "cost": [cost(row) for row in rows],
        "started": [started(row) for row in rows], "tags": [[plain(tag) for tag in row["tags"]] for row in rows],
        "note": [plain(row["note"]) for row in rows],
    })  # fmt: skip


def columns(rows: Sequence[Json]) -> Json:
    """How `frame` is shown; tags and notes only where there are any."""
    config, there = st.column_config, sorted({badge for row in rows for badge in badges(row)})
    found: Json = {
        "name": config.TextColumn("Comparison", width="medium"),
        "verdict": config.MultiselectColumn("Verdict", options=there, color=[COLOURS.get(one, "gray") for one in there], width=250),
        "right": config.TextColumn("Right", help="Right answers of the candidate that is named or leads."),
        "difference": config.TextColumn("Difference", help="To the candidate next to it, of 100, with its 95 % interval."),
        "pair": config.TextColumn("Of which", help="The two candidates of the difference."),
        "model": config.TextColumn("Model"), "rows": config.NumberColumn("Questions", format="localized"),
        "cost": config.TextColumn("Cost", help="What it would cost to run it all again."),
        "started": config.DatetimeColumn("Started (UTC)", format="YYYY-MM-DD HH:mm"), "tags": config.ListColumn("Tags"),
        "note": config.TextColumn("Note"),
    }  # fmt: skip
    empty = [name for name in ("tags", "note") if not any(row["tags" if name == "tags" else "note"] for row in rows)]
    return {**found, **dict.fromkeys(empty)}
