"""Whether one document, group or training seed carries the verdict: leaves each out and judges again. Measures nothing new."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from eval.statistics.grid import Floats, Grid, sum_by_cluster
from eval.verdict.evidence import Laid, difference
from eval.verdict.judgement import judge
from eval.verdict.sensitivity import Case, Flip, changed

MOST = 12
"""How many groups are left out and all is judged again: those that pull hardest towards another verdict; all, if there are no more."""
SHOWN, EQUAL = 2.0, 1.65
"""About the t at which a difference is shown, and its room to the margin at which equality is."""
NEAR = 2.0
"""Further from there than this no test and no adjustment disagrees with t."""

PAIR = 2
"""Trainings that leave one degree of freedom: no lead is shown by them, however large, so that "undecided without a seed" tells nothing."""


def leave_out(case: Case, laid: Laid) -> list[Flip]:
    """Groups and seeds without which the verdict is another."""
    if case.judged.verdict == "blocked" or not case.judged.tested:
        return []
    grid = laid.deciding
    pulling = _pulling(case, grid) if len(grid.cluster_names) > 2 else []
    found = [_judged(case, laid.cut(partial(_without_group, group=group)), "group", grid.cluster_names[group]) for group in pulling]
    seeds = [seed for seed in grid.seeds if _can_go(grid, seed)] if len(grid.seeds) > 1 else []
    apart = [_judged(case, laid.cut(partial(_without_seed, seed=seed)), "seed", str(seed)) for seed in seeds]
    found += [flip for flip in apart if not (flip and len(seeds) == PAIR + 1 and flip.verdict == "undecided")]
    return [flip for flip in found if flip is not None]


def _judged(case: Case, laid: Laid, kind: str, name: str) -> Flip | None:
    judged = judge(laid.gathered(case.rules, bounded=False), case.rules, case.measures, case.means)
    if not changed(judged, case.judged):
        return None
    return Flip(kind, name, None, name, "without", judged.verdict, judged.arm, judged.leaders)


def _pulling(case: Case, grid: Grid) -> list[int]:
    """The groups without which one of the leader's differences comes nearest to changing sides, if it comes near at all."""
    count = len(grid.cluster_names)
    if count <= MOST:
        return list(range(count))
    distances = [np.full(count, np.inf)]
    for one in case.judged.tested:
        if case.judged.leaders[0] in (one.pair.a, one.pair.b):
            t, room = _without_each(difference(grid, one.pair.a, one.pair.b).block, grid, case.rules.margin)
            shown, equal = np.abs(t) - SHOWN, room - EQUAL
            distances.append(equal if one.equivalent else shown if one.better else np.minimum(-shown, -equal))
    distance = np.min(distances, axis=0)
    return [int(group) for group in np.argsort(distance, kind="stable")[:MOST] if distance[group] < NEAR]


def _without_each(block: Floats, grid: Grid, margin: float) -> tuple[Floats, Floats]:
    """(groups,) t of the mean difference, and of the room it leaves to the margin, without each group; in closed form."""
    values = np.where(np.isnan(block).any(axis=1), np.nan, block.mean(axis=1))[:, None]
    count = len(grid.cluster_names)
    sums, rows = (sum_by_cluster(part, grid.clusters, count)[:, 0] for part in (values, (~np.isnan(values)).astype(np.float64)))
    left = np.maximum(rows.sum() - rows, 1e-9)
    mean = (sums.sum() - sums) / left
    # Σ(s - m n)² over the other groups, expanded so that one pass is enough.
    squares = (sums @ sums - sums**2) - 2 * mean * (sums @ rows - sums * rows) + mean**2 * (rows @ rows - rows**2)
    se = np.sqrt(np.maximum(squares, 1e-18)) / left
    return mean / se, (margin - np.abs(mean)) / se


def _without_group(grid: Grid, group: int) -> Grid:
    return _kept(grid, grid.clusters != group)


def _kept(grid: Grid, rows: NDArray[np.bool_]) -> Grid:
    _, clusters = np.unique(grid.clusters[rows], return_inverse=True)
    names = tuple(np.array(grid.cluster_names, dtype=object)[np.unique(grid.clusters[rows])])
    kept = tuple(row for row, stays in zip(grid.rows, rows, strict=True) if stays)
    return replace(grid, rows=kept, clusters=clusters, cluster_names=names, values=grid.values[rows], state=grid.state[rows])


def _can_go(grid: Grid, seed: int) -> bool:
    """An arm that has this seed alone would be gone with it; it keeps it."""
    return any(seed in grid.seeds_of(arm) and len(grid.seeds_of(arm)) > 1 for arm in grid.arms)


def _without_seed(grid: Grid, seed: int) -> Grid:
    state, values = grid.state.copy(), grid.values.copy()
    place = grid.seeds.index(seed)
    for number, arm in enumerate(grid.arms):
        if len(grid.seeds_of(arm)) > 1:
            state[:, number, place], values[:, number, place] = 0, np.nan
    return replace(grid, state=state, values=values)
