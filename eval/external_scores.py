"""Scores from another tool, as CSV or Parquet, into a table of scores and a decision. Runs nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from eval import scores
from eval.decision import Rules, decide
from eval.errors import SetupError
from eval.verdict.record import Decision

NEEDED = ("row", "arm", "value")
MISSING = "no value in the table"
NO_VALUE = ("nan", "na", "n/a", "null", "none", "-")
"""How other tools write a missing value."""
OWN = "own"
"""A scale that is not known: values and margin stay in the metric's own units."""


def decide_scores(path: Path, metric: str | None, margin: float = 0.03, alpha: float = 0.05, scale: str | None = None) -> Decision:
    """The decision from a table with the columns `row`, `arm`, `value` and, where known, `group`, `seed`, `metric`.

    `scale`: the best value there can be, 0 being the worst, by which values are divided; `own` keeps them, whatever their ends; None: 1.
    """
    frame = scaled_scores(path, metric, scale)
    return decide(frame, Rules(metric=str(frame["metric"].iloc[0]), margin=margin, alpha=alpha, diagnostic=()), {})


def scaled_scores(path: Path, metric: str | None, scale: str | None = None) -> pd.DataFrame:
    """`read_scores` by the scale that `decide_scores` describes."""
    return _scaled(read_scores(path, metric), scale, path)


def read_scores(path: Path, metric: str | None) -> pd.DataFrame:
    """A table of scores of one metric. Every mistake is a SetupError that names the place.

    Without a column `metric` all values are of `metric` (or of one called `score`); with one and without `metric` it must hold one
    name alone. An empty value, NaN, NA, null and the like are missing; anything else that is no number is an error.
    """
    table = _read(path)
    if absent := [name for name in NEEDED if name not in table]:
        raise SetupError(f"{path}: no column {', '.join(absent)} (found: {', '.join(map(str, table.columns))}); rename them in the file.")
    table = _of_metric(table, metric, path)
    frame = pd.DataFrame({
        "row": _text(table, "row", path), "group": table["group"].fillna("").astype(str) if "group" in table else "",
        "arm": _text(table, "arm", path), "seed": _seeds(table, path), "metric": metric or str(table["metric"].iloc[0]),
        "value": _values(table, path), "reason": "",
    })  # fmt: skip
    frame.loc[frame["value"].isna(), "reason"] = MISSING
    return frame.astype({"seed": "int64", "value": "float64"}).loc[:, list(scores.COLUMNS)]


def _scaled(frame: pd.DataFrame, scale: str | None, path: Path) -> pd.DataFrame:
    """Values in 0 to 1. A SetupError where they lie beyond the scale: by which one they are to be read cannot be guessed."""
    if scale == OWN:
        return frame
    try:
        top = float(scale or 1)
    except ValueError:
        top = np.nan
    if not (np.isfinite(top) and top > 0):
        raise SetupError(f"--scale {scale}: give the best value there can be, such as 100, or {OWN}.")
    values = frame["value"]
    if (beyond := (values < 0) | (values > top)).any():
        place, found = _line(frame, beyond, path), f"{values[beyond].iloc[0]:g}"
        percent = 1 < values.max() <= 100 and values.min() >= 0 and top == 1
        guess = "Are these percentages? Then add --scale 100" if percent else "Add --scale with the best value there can be"
        raise SetupError(
            f"{place}: value {found} lies outside 0 to {top:g}. {guess}: values are divided by it, and --margin stays a share of 1 "
            f"(0.03: 3 of 100). To keep values as they are, add --scale {OWN} and --margin with the smallest difference that matters "
            "in their units."
        )
    return frame.assign(value=values / top)


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig", sep=_separator(path))
    except FileNotFoundError:
        raise SetupError(f"{path}: there is no such file.") from None
    except (OSError, ValueError) as error:
        raise SetupError(f"{path}: not a readable table ({error}). Give a CSV in UTF-8, or a Parquet file named .parquet.") from error


def _separator(path: Path) -> str:
    with path.open(encoding="utf-8-sig") as file:
        head = file.readline()
    return max(",;\t", key=head.count)


def _of_metric(table: pd.DataFrame, metric: str | None, path: Path) -> pd.DataFrame:
    if table.empty:
        raise SetupError(f"{path}: no rows.")
    if "metric" not in table:
        return table.assign(metric=metric or "score")
    known = sorted(map(str, table["metric"].dropna().unique()))
    if metric is None and len(known) != 1:
        raise SetupError(f"{path}: several metrics ({', '.join(known)}); choose one with --metric.")
    if metric is not None and metric not in known:
        raise SetupError(f"{path}: there is no metric {metric!r} (available: {', '.join(known)}).")
    return table[table["metric"].astype(str) == (metric or known[0])]


def _text(table: pd.DataFrame, name: str, path: Path) -> pd.Series[str]:
    if (empty := table[name].isna()).any():
        raise SetupError(f"{_line(table, empty, path)}: no {name}.")
    return table[name].astype(str)


def _values(table: pd.DataFrame, path: Path) -> pd.Series[float]:
    values = table["value"]
    if values.dtype == bool:
        return values.astype(float)
    lowered = values.astype("str").str.strip().str.lower().replace({"true": "1", "false": "0"})
    numbers = pd.to_numeric(lowered, errors="coerce").where(values.notna(), np.nan).astype(float)
    if (wrong := values.notna() & ~np.isfinite(numbers) & ~lowered.isin(NO_VALUE)).any():
        raise SetupError(
            f"{_line(table, wrong, path)}: value {str(values[wrong].iloc[0])!r} is not a number; leave it empty where it is missing."
        )
    return numbers


def _seeds(table: pd.DataFrame, path: Path) -> pd.Series[int]:
    if "seed" not in table:
        return pd.Series(0, index=table.index)
    numbers = pd.to_numeric(table["seed"].fillna(0), errors="coerce")
    if (wrong := numbers.isna() | (numbers % 1 != 0)).any():
        raise SetupError(f"{_line(table, wrong, path)}: seed {str(table['seed'][wrong].iloc[0])!r} is not a whole number.")
    return numbers.astype(int)


def _line(table: pd.DataFrame, wrong: pd.Series[bool], path: Path) -> str:
    """`file:line`, counting the line of names."""
    return f"{path}:{int(table.index[wrong][0]) + 2}"
