"""The table of scores: one value, or the reason why there is none, for each row, arm, seed and metric. Computes no statistics."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from eval.errors import SetupError

COLUMNS = ("row", "group", "arm", "seed", "metric", "value", "reason")
NOT_APPLICABLE = "not applicable"
"""How the reason begins where the metric cannot be asked of the arm or row at all; such a row is not missing."""


@dataclass(frozen=True)
class Score:
    """One measurement."""

    row: str
    group: str
    """What is resampled whole: the rows of one source document, customer, thread."""
    arm: str
    seed: int
    metric: str
    value: float | None
    """Higher is better for every metric that decides; None where there is no measurement."""
    reason: str = ""
    """Why there is no value; begins with "not applicable" where there cannot be one."""

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError(f"{self.arm}/{self.row}/{self.metric}: a missing score needs its reason.")
        if self.value is not None and (self.reason or not math.isfinite(self.value)):
            raise ValueError(f"{self.arm}/{self.row}/{self.metric}: a score is a finite value without a reason, or a reason alone.")


def table(scores: Iterable[Score]) -> pd.DataFrame:
    """One line a score; `value` is float64 with NaN where there is none."""
    rows = list(scores)
    frame = pd.DataFrame({name: [getattr(score, name) for score in rows] for name in COLUMNS})
    return _typed(frame)


def together(frame: pd.DataFrame, more: pd.DataFrame | None) -> pd.DataFrame:
    """Both tables as one, the first one's rows first."""
    return frame if more is None else pd.concat([frame, more], ignore_index=True)


def write(path: Path, frame: pd.DataFrame) -> None:
    """Parquet, replaced as a whole."""
    part = path.with_name(path.name + ".part")
    frame.loc[:, list(COLUMNS)].to_parquet(part, index=False)
    os.replace(part, path)


def read(path: Path) -> pd.DataFrame:
    """What `write` wrote; SetupError where the file is not such a table."""
    try:
        frame = pd.read_parquet(path)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise SetupError(f"{path}: not a readable Parquet file ({type(error).__name__}). Score the run again.") from error
    if missing := [name for name in COLUMNS if name not in frame]:
        raise SetupError(f"{path}: no column {', '.join(missing)}. Score the run again.")
    return _typed(frame)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    texts = dict.fromkeys(("row", "group", "arm", "metric", "reason"), "str")
    return frame.loc[:, list(COLUMNS)].astype({**texts, "seed": "int64", "value": "float64"})
