"""Does the verdict keep its promises? Thousands of invented experiments whose truth is known, decided by the real code.

    python bench/verdict.py [--experiments 1000] [--processes 2] [--only null|power|hard]

null: arms that are equal. A winner is a false winner; the interval of the difference should hold the truth 95 times of 100.
power: the true difference is the margin. A pilot predicts the rows needed for 80 % power; a second experiment of that size is decided.
hard: few clusters, rare answers, four equal arms, several training seeds: beyond what is promised, printed for honesty.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from eval.decision import decide, read_evidence
from eval.statistics.power import rows_for_difference
from eval.verdict.record import Decision
from eval.verdict.rules import Rules

Floats = NDArray[np.float64]
MARGIN = 0.08
"""Large, so that the experiments of the power study stay small."""
ICC = 0.3
"""Correlation of two rows of a cluster, on the latent scale."""
PAIRED = 0.5
"""Correlation of two arms on a row, on the latent scale."""


@dataclass(frozen=True)
class Cell:
    """One kind of experiment."""

    scores: str
    """`binary`: right or wrong; `continuous`: like token F1, many zeros and some ones; `narrow`: like chrF, near its mean."""
    clustered: bool
    rows: int
    difference: float = 0.0
    level: float = 0.5
    """The lower arms' mean."""
    arms: int = 2
    cluster_size: int = 4
    """The mean; sizes run from 1 to twice this less one."""
    seeds: int = 1
    seed_sd: float = 0.0
    """How far training runs lie apart, on the latent scale."""

    @property
    def name(self) -> str:
        extra = f", {self.arms} arms" * (self.arms > 2) + f", {self.seeds} seeds" * (self.seeds > 1)
        extra += f", mean {self.level:g}" * (self.level != 0.5) + f", clusters of {self.cluster_size}" * (self.cluster_size != 4)
        return f"{self.scores}, {'clustered' if self.clustered else 'independent'}{extra}"


def experiment(cell: Cell, rng: np.random.Generator) -> pd.DataFrame:
    """A table of scores; arm `a0` is better by `cell.difference`, the others are equal."""
    clusters = _clusters(cell, rng)
    shape = (cell.arms, cell.seeds, cell.rows)
    of_rows, of_clusters = np.sqrt(1 - ICC), np.sqrt(ICC) if cell.clustered else 0.0
    of_rows = of_rows if cell.clustered else 1.0
    count = int(clusters.max()) + 1
    shared = of_clusters * rng.normal(size=count)[clusters] + of_rows * rng.normal(size=cell.rows)
    own = of_clusters * rng.normal(size=(cell.arms, 1, count))[:, :, clusters] + of_rows * rng.normal(size=(cell.arms, 1, cell.rows))
    runs = cell.seed_sd * rng.normal(size=(cell.arms, cell.seeds, 1))
    latent = (np.sqrt(PAIRED) * shared + np.sqrt(1 - PAIRED) * own + runs) / np.sqrt(1 + cell.seed_sd**2)
    levels = np.full((cell.arms, 1, 1), cell.level)
    levels[0] += cell.difference
    values = np.broadcast_to(_scored(cell.scores, special.ndtr(latent), levels), shape)
    arm, seed, row = np.meshgrid(*(np.arange(size) for size in shape), indexing="ij")
    names = [np.array([f"{letter}{i}" for i in range(size)]) for letter, size in zip("asr", shape, strict=True)]
    return pd.DataFrame({
        "row": names[2][row.ravel()], "group": np.array([f"g{c}" for c in range(count)])[clusters][row.ravel()],
        "arm": names[0][arm.ravel()], "seed": seed.ravel(), "metric": "score", "value": values.ravel(), "reason": "",
    })  # fmt: skip


def _clusters(cell: Cell, rng: np.random.Generator) -> NDArray[np.int64]:
    if not cell.clustered:
        return np.arange(cell.rows)
    sizes = rng.integers(1, 2 * cell.cluster_size, size=cell.rows)
    return np.repeat(np.arange(cell.rows), sizes)[: cell.rows]


def _scored(scores: str, uniform: Floats, mean: Floats) -> Floats:
    """Uniform → a score with that mean. Continuous: half of the mass not zero is 1, the rest is spread evenly, so mean = 3/4 mass."""
    if scores == "narrow":
        return np.clip(mean + (uniform - 0.5) / 4, 0.0, 1.0)
    if scores == "binary":
        return (uniform > 1 - mean).astype(float)
    mass = mean * 4 / 3
    above = (uniform - (1 - mass)) / mass
    return np.where(above <= 0, 0.0, np.minimum(2 * above, 1.0))


RULES = Rules(metric="score", margin=MARGIN, diagnostic=())


def decided(cell: Cell, seed: int) -> Decision:
    return decide(experiment(cell, np.random.default_rng(seed)), RULES, {}, sensitivity=False)


@dataclass(frozen=True)
class Seen:
    """What one experiment showed."""

    winner: bool
    covered: bool | None
    rows: int


def one_null(task: tuple[Cell, int]) -> Seen:
    cell, seed = task
    decision = decided(cell, seed)
    first = next(c for c in decision.comparisons if {c.a, c.b} == {"a0", "a1"})
    truth = cell.difference if first.a == "a0" else -cell.difference
    covered = None if first.low is None or first.high is None else first.low <= truth <= first.high
    return Seen(decision.verdict == "winner", covered, cell.rows)


def one_power(task: tuple[Cell, int]) -> Seen:
    """A pilot, then an experiment with the rows that the pilot asks for."""
    cell, seed = task
    pilot = experiment(cell, np.random.default_rng([seed, 1]))
    pair = read_evidence(pilot, RULES, {})[0].gathered(RULES).pairs[0]
    needed = rows_for_difference(pair.noise, MARGIN, RULES.alpha)
    assert needed is not None
    decision = decide(experiment(replace(cell, rows=needed.rows), np.random.default_rng([seed, 2])), RULES, {}, sensitivity=False)
    return Seen(decision.verdict == "winner" and decision.arm == "a0", None, needed.rows)


def null_cells() -> list[Cell]:
    return [
        Cell(scores, clustered, rows)
        for scores, clustered, rows in product(("binary", "continuous", "narrow"), (False, True), (50, 100, 200, 500))
    ]


def power_cells() -> list[Cell]:
    return [
        Cell(scores, clustered, rows, MARGIN) for scores, clustered, rows in product(("binary", "continuous"), (False, True), (100, 300))
    ]


def hard_cells() -> list[Cell]:
    return [
        *(Cell("continuous", True, rows, cluster_size=8) for rows in (50, 100)),
        *(Cell(scores, clustered, 100, level=0.05) for scores, clustered in product(("binary", "continuous"), (False, True))),
        *(Cell(scores, False, 200, arms=4) for scores in ("binary", "continuous")),
        *(Cell(scores, True, 200, seeds=seeds, seed_sd=0.15) for scores, seeds in product(("binary", "continuous"), (1, 2, 3, 5))),
    ]  # fmt: skip


def share(hits: Iterable[bool]) -> tuple[float, float, float]:
    """A share of 100 and its 95 % Wilson interval."""
    seen = list(hits)
    low, high = stats.binomtest(sum(seen), len(seen)).proportion_ci(method="wilson")
    return 100 * sum(seen) / len(seen), 100 * low, 100 * high


def run(cells: list[Cell], one: Callable[[tuple[Cell, int]], Seen], count: int, pool: ProcessPoolExecutor) -> list[list[Seen]]:
    tasks = [(cell, 1_000_000 * place + number) for place, cell in enumerate(cells) for number in range(count)]
    seen = list(pool.map(one, tasks, chunksize=25))
    return [seen[place * count : (place + 1) * count] for place in range(len(cells))]


def show_null(title: str, count: int, pool: ProcessPoolExecutor, cells: list[Cell]) -> bool:
    """The promises hold for all lines together; a line that strays by more than chance allows is marked."""
    print(f"\n{title}: {count} experiments a line\n")
    print("| scores | rows | false winners % (95 % CI) | interval holds the truth % |\n|---|---|---|---|")
    found = run(cells, one_null, count, pool)
    for cell, seen in zip(cells, found, strict=True):
        line, kept = null_line(seen)
        print(f"| {cell.name} | {cell.rows} | {line} |{' !' * (not kept)}")
    line, kept = null_line([one for seen in found for one in seen])
    print(f"| all | | {line} |{' !' * (not kept)}")
    return kept


def null_line(seen: list[Seen]) -> tuple[str, bool]:
    false, low, high = share(s.winner for s in seen)
    covered, c_low, c_high = share(s.covered for s in seen if s.covered is not None)
    kept = low <= 5 and high <= 6.5 and c_low <= 96.5 and c_high >= 93.5
    return f"{false:.1f} ({low:.1f} to {high:.1f}) | {covered:.1f} ({c_low:.1f} to {c_high:.1f})", kept


def show_power(count: int, pool: ProcessPoolExecutor) -> bool:
    kept, cells = True, power_cells()
    print(f"\npower where the difference is the margin ({MARGIN}): {count} pilots a line\n")
    print("| scores | pilot rows | rows predicted (median) | power % (95 % CI) |\n|---|---|---|---|")
    for cell, seen in zip(cells, run(cells, one_power, count, pool), strict=True):
        power, low, high = share(s.winner for s in seen)
        kept &= abs(power - 80) <= 7
        rows = int(np.median([s.rows for s in seen]))
        print(f"| {cell.name} | {cell.rows} | {rows} | {power:.1f} ({low:.1f} to {high:.1f}) |{' !' * (abs(power - 80) > 7)}")
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", choices=("null", "power", "hard"))
    asked = parser.parse_args()
    start, kept = time.monotonic(), True
    with ProcessPoolExecutor(asked.processes) as pool:
        if asked.only in (None, "null"):
            kept &= show_null("equal arms", asked.experiments, pool, null_cells())
        if asked.only in (None, "power"):
            kept &= show_power(asked.experiments, pool)
        if asked.only in (None, "hard"):
            show_null("hard cases", asked.experiments, pool, hard_cells())
    print(f"\n{time.monotonic() - start:.0f} s; {'all promises kept' if kept else 'a promise is broken (!)'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
