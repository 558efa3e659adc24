"""The table of scores as arrays: one metric, rows × arms × seeds. Lays out what is there; computes no statistics."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eval.errors import SetupError
from eval.scores import NOT_APPLICABLE

ABSENT, MEASURED, MISSING, INAPPLICABLE = 0, 1, 2, 3
"""What a cell holds: no line at all, a value, a reason for a missing value, a reason why there can be none."""

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """All scores of one metric."""

    metric: str
    rows: tuple[str, ...]
    """(n,) ids, in order of appearance."""
    clusters: Codes
    """(n,) which cluster each row belongs to, 0 … len(cluster_names) - 1: its group, or itself."""
    cluster_names: tuple[str, ...]
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    values: Floats
    """(n, arms, seeds), NaN where there is no value."""
    state: NDArray[np.int8]
    """(n, arms, seeds), one of the codes above."""
    reasons: pd.DataFrame
    """Lines without a value: arm, reason."""
    ends: tuple[float, float] | None = None
    """The least and the highest value there can be; None: told from the values (see `scale`)."""

    @property
    def scale(self) -> tuple[float, float]:
        """The ends where they are known; (0, 1) where all values lie there; else unknown: nothing is assumed of values not seen."""
        if self.ends is not None:
            return self.ends
        inside = np.nanmin(self.values, initial=0.0) >= 0 and np.nanmax(self.values, initial=1.0) <= 1
        return (0.0, 1.0) if inside else (-np.inf, np.inf)

    def arm(self, name: str) -> int:
        return self.arms.index(name)

    def seeds_of(self, name: str) -> tuple[int, ...]:
        """The seeds this arm was run with."""
        ran = (self.state[:, self.arm(name), :] != ABSENT).any(axis=0)
        return tuple(seed for seed, there in zip(self.seeds, ran, strict=True) if there)

    def block(self, name: str) -> Floats:
        """(n, seeds of this arm), NaN where there is no value."""
        ran = (self.state[:, self.arm(name), :] != ABSENT).any(axis=0)
        values: Floats = self.values[:, self.arm(name), ran]
        return values


@dataclass(frozen=True)
class Layout:
    """What all metrics of a table share, so that it is found once."""

    rows: tuple[str, ...]
    clusters: Codes
    cluster_names: tuple[str, ...]
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    row_codes: Codes
    arm_codes: Codes
    seed_codes: Codes
    metric_codes: Codes
    metrics: tuple[str, ...]


def layout(frame: pd.DataFrame) -> Layout:
    """Codes for every column. A row that stands in two groups is a SetupError: it could not be resampled with both."""
    row_codes, rows = pd.factorize(frame["row"])
    arm_codes, arms = pd.factorize(frame["arm"])
    metric_codes, metrics = pd.factorize(frame["metric"])
    seed_codes, seeds = pd.factorize(frame["seed"], sort=True)
    units = frame["group"].where(frame["group"] != "", frame["row"])
    unit_codes, names = pd.factorize(units)
    clusters = np.zeros(len(rows), dtype=np.int64)
    clusters[row_codes] = unit_codes
    if len(frame) and (clash := np.flatnonzero(clusters[row_codes] != unit_codes)).size:
        raise SetupError(f"row {frame['row'].iloc[int(clash[0])]!r} stands in two groups; give each row one group.")
    return Layout(
        tuple(rows.tolist()), clusters, tuple(names.tolist()), tuple(map(str, arms)), tuple(int(s) for s in seeds),
        row_codes, arm_codes, seed_codes, metric_codes, tuple(map(str, metrics)),
    )  # fmt: skip


def grid(frame: pd.DataFrame, metric: str, shared: Layout | None = None) -> Grid:
    """The scores of `metric`. Two scores for one row, arm and seed are a SetupError: which one counts cannot be guessed."""
    shared = shared or layout(frame)
    if metric not in shared.metrics:
        raise SetupError(f"there are no scores of {metric!r} (available: {', '.join(sorted(shared.metrics)) or 'none'}).")
    chosen = np.flatnonzero(shared.metric_codes == shared.metrics.index(metric))
    shape = (len(shared.rows), len(shared.arms), len(shared.seeds))
    place = np.ravel_multi_index((shared.row_codes[chosen], shared.arm_codes[chosen], shared.seed_codes[chosen]), shape)
    _no_duplicates(frame, chosen, place)
    value = frame["value"].to_numpy(dtype=np.float64, na_value=np.nan)[chosen]
    reason = frame["reason"].iloc[chosen]
    values, state = np.full(shape, np.nan), np.zeros(shape, dtype=np.int8)
    values.flat[place] = value
    inapplicable = reason.str.startswith(NOT_APPLICABLE).to_numpy(dtype=bool)
    state.flat[place] = np.where(~np.isnan(value), MEASURED, np.where(inapplicable, INAPPLICABLE, MISSING))
    without = frame.iloc[chosen[np.isnan(value)]][["arm", "reason"]]
    return Grid(metric, shared.rows, shared.clusters, shared.cluster_names, shared.arms, shared.seeds, values, state, without)


def deciding(frame: pd.DataFrame, metric: str, shared: Layout | None = None, cost_of_wrong: float = 0.0) -> Grid:
    """The scores a verdict goes by: those of `metric`; for `not_fabricated` one minus those of `fabricated`, where there are any.

    `cost_of_wrong`: what a wrong answer takes away (negative marking, as in exams): 1 right, 0 declined, minus this wrong.
    """
    shared = shared or layout(frame)
    if cost_of_wrong:
        return _marked(grid(frame, metric, shared), grid(frame, "fabricated", shared), cost_of_wrong)
    if metric == "not_fabricated" and "fabricated" in shared.metrics:
        made_up = grid(frame, "fabricated", shared)
        return replace(made_up, metric=metric, values=1 - made_up.values)
    return grid(frame, metric, shared)


def _marked(right: Grid, wrong: Grid, cost: float) -> Grid:
    return replace(right, values=right.values - cost * np.where(np.isnan(wrong.values), 0.0, wrong.values), ends=(-cost, 1.0))


def _no_duplicates(frame: pd.DataFrame, chosen: Codes, place: Codes) -> None:
    order = np.argsort(place, kind="stable")
    twice = np.flatnonzero(np.diff(place[order]) == 0)
    if twice.size:
        line = frame.iloc[int(chosen[order[int(twice[0])]])]
        raise SetupError(f"two scores of {line['metric']!r} for row {line['row']!r}, arm {line['arm']!r}, seed {line['seed']}.")


def sum_by_cluster(columns: Floats, clusters: Codes, count: int) -> Floats:
    """(n, columns) → (count, columns), NaN as nothing."""
    order = np.argsort(clusters, kind="stable")
    filled = np.nan_to_num(columns[order], nan=0.0)
    present, starts = np.unique(clusters[order], return_index=True)
    sums = np.zeros((count, columns.shape[1]))
    if len(present):
        sums[present] = np.add.reduceat(filled, starts, axis=0)
    return sums
