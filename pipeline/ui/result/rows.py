"""The rows of a finished run as a table that can be filtered: pandas over what is stored, no widget a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd
import streamlit as st

from eval.metrics.diagnosis import CORRECT, KINDS, UNAIDED, Observed, explain
from pipeline.run_folder import pages
from pipeline.run_folder.pages import Line

if TYPE_CHECKING:
    from eval.metrics.hallucination import Outcome

RIGHT, RIGHTLY, DECLINED, WRONG, UNKNOWN = "right", "rightly declined", "declined", "wrong", "not measured"
MARKS = {RIGHT: "✓", RIGHTLY: "✓ declined", DECLINED: "◐ declined", WRONG: "✗", UNKNOWN: "–"}
"""As they stand in the table."""
ANY = "any"
CELLS = {"fixed": (False, True), "broken": (True, False), "both right": (True, True), "both wrong": (False, False)}
"""Whether the first and the second candidate are right."""
CHANGES = {(False, True): "fixed", (True, False): "broken"}
KINDS_WRONG = tuple(kind for kind in KINDS if kind not in (CORRECT, UNAIDED))
"""Where an answer can go wrong."""
GROUPS = ("all", *CELLS, UNKNOWN)


@dataclass(frozen=True)
class Rows:
    """Every row that was asked; all sequences and frames are (rows,) in the report's order."""

    lines: Sequence[Line]
    outcomes: pd.DataFrame
    """A column an arm: one of the words above; missing where this arm was not asked."""
    right: pd.DataFrame
    """A column an arm: 1.0, 0.0, or NaN where it was not measured."""
    found: pd.DataFrame
    """A column an arm: whether the gold passage was found; None where there was none to find."""
    kinds: pd.DataFrame
    """A column an arm: where the answer went wrong, as `eval.metrics.diagnosis` names it; None where it was not measured."""
    searched: pd.Series[str]
    """Questions, references and answers, casefolded."""


@st.cache_resource(max_entries=4, show_spinner="Reading the rows")
def read(path: str, written: int, retrieving: frozenset[str]) -> Rows:
    """Kept by file and time of writing, shared by all visitors and never changed. `retrieving`: arms that look for passages."""
    lines = tuple(pages.lines(Path(path)))
    arms = list(dict.fromkeys(arm for line in lines for arm in line.right))
    return Rows(
        lines,
        pd.DataFrame({arm: [_outcome(line, arm) for line in lines] for arm in arms}, dtype=object),
        pd.DataFrame({arm: [_number(line.right.get(arm)) for line in lines] for arm in arms}, dtype=float),
        pd.DataFrame({arm: [line.found.get(arm) for line in lines] for arm in arms}, dtype=object),
        pd.DataFrame({arm: [_kind(line, arm, arm in retrieving) for line in lines] for arm in arms}, dtype=object),
        pd.Series(["\n".join((line.input, line.references, *line.answers.values())).casefold() for line in lines], dtype=str),
    )


def _outcome(line: Line, arm: str) -> str | None:
    if arm not in line.right:
        return None
    told = line.outcomes[arm]
    if told == "abstained":
        return DECLINED if line.answerable else RIGHTLY
    return {"correct": RIGHT, "fabricated": WRONG}.get(told or "", UNKNOWN)


def _kind(line: Line, arm: str, retrieves: bool) -> str | None:
    outcome = cast("Outcome | None", line.outcomes.get(arm))
    return explain(Observed(line.row, arm, 0, outcome, line.answerable, retrieves, line.found.get(arm), line.formed.get(arm, True)))


def _number(right: bool | None) -> float:
    return float("nan") if right is None else float(right)


def groups(rows: Rows, left: str, right: str) -> dict[str, pd.Series[bool]]:
    """Which rows that both were asked fall into each part; with the rows that were not measured the parts add up to all."""
    asked = rows.outcomes[left].notna() & rows.outcomes[right].notna()
    one, other = rows.right[left], rows.right[right]
    parts = {name: asked & (one == float(a)) & (other == float(b)) for name, (a, b) in CELLS.items()}
    return {"all": asked, **parts, UNKNOWN: asked & (one.isna() | other.isna())}


def kept(rows: Rows, right: str, filters: Mapping[str, str], search: str) -> pd.Series[bool]:
    """Which rows the filters leave: `outcome`, `why` and `passage` of the second candidate, `slice` as `name: value`, and a text."""
    left = pd.Series(True, index=rows.outcomes.index)
    if (outcome := filters.get("outcome", ANY)) != ANY:
        left &= rows.outcomes[right].isin((RIGHT, RIGHTLY) if outcome == RIGHT else (outcome,))
    if (why := filters.get("why", ANY)) != ANY:
        left &= rows.kinds[right] == why
    if (passage := filters.get("passage", ANY)) != ANY:
        left &= rows.found[right] == (passage == "found")
    if (part := filters.get("slice", ANY)) != ANY:
        left &= pd.Series([part in slices_of(line) for line in rows.lines])
    if search:
        left &= rows.searched.str.contains(search.casefold(), regex=False)
    return left


def slices_of(line: Line) -> set[str]:
    return {f"{name}: {value}" for name, value in line.slices.items()} | {f"has an answer: {'yes' if line.answerable else 'no'}"}


def table(rows: Rows, places: Sequence[int], names: Mapping[str, str]) -> pd.DataFrame:
    """The rows at these places as they are shown: question, right answer, and a mark for each candidate in the order of `names`."""
    lines = [rows.lines[place] for place in places]
    told = {"Question": [line.input[:300] for line in lines], "Right answer": [line.references or "no answer" for line in lines]}
    first, second = list(names)[:2]
    told["Change"] = [
        CHANGES.get(one, "") for one in zip(rows.right[first].iloc[list(places)], rows.right[second].iloc[list(places)], strict=True)
    ]
    marks = {label: [MARKS.get(one, "") for one in rows.outcomes[arm].iloc[list(places)]] for arm, label in names.items()}
    more = {name: [line.slices.get(name, "") for line in lines] for name in dict.fromkeys(n for line in lines for n in line.slices)}
    return pd.DataFrame({**told, **marks, **{name: found for name, found in more.items() if name not in told and name not in marks}})


def why(rows: Rows, places: Sequence[int], arm: str) -> list[str]:
    """Where this arm went wrong on each of these rows; empty where it did not, or was not measured."""
    return ["" if one in (None, CORRECT) else str(one) for one in rows.kinds[arm].iloc[list(places)]]


def as_csv(path: Path, rows: Rows, places: Sequence[int], names: Mapping[str, str]) -> bytes:
    """The same with the answers whole; text that a spreadsheet would compute stands behind an apostrophe."""
    made = []
    for place in places:
        row = pages.row(path, rows.lines[place].row) or {"row": "", "input": "", "references": [], "arms": {}}
        told = {"row": row["row"], "question": row["input"], "right answer": " / ".join(row["references"])}
        for arm, label in names.items():
            told[f"{label}: outcome"] = rows.outcomes[arm].iloc[place] or ""
            told[f"{label}: went wrong"] = "".join(why(rows, [place], arm))
            told[f"{label}: answer"] = row["arms"].get(arm, {}).get("text", "")
        made.append({name: _harmless(text) for name, text in told.items()})
    return pd.DataFrame(made).to_csv(index=False).encode("utf-8-sig")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
