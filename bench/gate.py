"""Does the gate keep its promises? Thousands of pairs of systems whose truth is known, held against each other by the real code.

    python bench/gate.py [--experiments 1000] [--processes 2]

passes: the new one is worse by the margin exactly. Shown "not worse", it is a false pass: at most 5 %, with an upper end of 6.5 %.
alarms: the two are equally good, in all and in each of four slices. Shown "worse", it is a false alarm: the same.
power: how often equals pass, and how often a new one that is worse by 10 points is caught.
"""

from __future__ import annotations

import argparse
import os
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from eval.verdict.gate import Terms, gate

MARGIN = 0.03
CHUNK = 25


@dataclass(frozen=True)
class World:
    """Right or wrong answers of an old and a new system to the same questions."""

    group: str
    rows: int
    clusters: int
    """As many as rows: every row by itself."""
    differ: float
    """Share of rows that one of the two alone has right, beyond those that the difference takes."""
    truth: float
    """New minus old."""
    margin: float = MARGIN
    graded: bool = False
    missing: float = 0.0
    """Share of the rows the new one has wrong whose score is missing."""

    def told(self) -> str:
        kind = "graded" if self.graded else f"{100 * self.differ:.0f} of 100 differ"
        lost = f", {100 * self.missing:.0f} of 100 of its errors missing" if self.missing else ""
        return f"{kind}, {100 * self.truth:+.0f} points, margin {100 * self.margin:.0f}{lost}"


SIZES = ((300, 300), (1000, 40))
WORLDS = [
    *(World("passes", rows, clusters, differ, -MARGIN) for rows, clusters in SIZES for differ in (0.02, 0.2)),
    World("passes", 300, 300, 0.0, -MARGIN), World("passes", 100, 100, 0.1, -0.1, 0.1),
    World("passes", 300, 30, 0.2, -0.05, 0.04, graded=True), World("passes", 300, 300, 0.1, -MARGIN, missing=0.1),
    *(World("alarms", rows, clusters, differ, 0.0) for rows, clusters in ((100, 100), *SIZES) for differ in (0.05, 0.3)),
    World("alarms", 300, 30, 0.2, 0.0, graded=True),
    *(World("power", rows, rows, 0.1, 0.0) for rows in (300, 1000)), *(World("power", rows, rows, 0.1, -0.1) for rows in (100, 300)),
]  # fmt: skip


def drawn(world: World, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, list[str]]]:
    rng = np.random.default_rng(seed)
    cluster = np.arange(world.rows) % world.clusters
    lean = rng.normal(0, 0.3, world.clusters)[cluster] if world.clusters < world.rows else 0.0
    old = (rng.normal(0, 1, world.rows) + lean < 0.25).astype(float)
    draw = rng.random(world.rows)
    # Each of two equal shares goes over: as many from right to wrong as from wrong to right, and `truth` more to wrong.
    share = old.mean()
    down, up = (world.differ / 2 - world.truth) / max(share, 0.01), world.differ / 2 / max(1 - share, 0.01)
    new = np.where(old == 1, (draw >= down).astype(float), (draw < up).astype(float))
    if world.graded:
        old, new = (one * rng.beta(8, 2, world.rows) for one in (old, new))
    lost = (new == 0) & (rng.random(world.rows) < world.missing)
    names = [f"r{number}" for number in range(world.rows)]
    base = {"row": names, "group": [f"c{one}" for one in cluster], "arm": "a", "seed": 0, "metric": "right", "reason": ""}
    frames = [pd.DataFrame({**base, "value": values}) for values in (np.where(lost, np.nan, new), old)]
    frames[0].loc[lost, "reason"] = "no answer"
    return frames[0], frames[1], {f"part {part}": names[part::4] for part in range(4)}


def outcomes(world: World, seeds: range) -> list[str]:
    terms = Terms("right", world.margin)
    return [gate(new, old, terms, slices).outcome for new, old, slices in (drawn(world, seed) for seed in seeds)]


def line(world: World, found: list[str]) -> tuple[str, bool]:
    """A row of the table, and whether the promise is kept."""
    shares = ", ".join(f"{100 * found.count(one) / len(found):.1f}" for one in ("not_worse", "worse", "open"))
    false = {"passes": "not_worse", "alarms": "worse"}.get(world.group)
    words, good = "", True
    if false:
        hits = found.count(false)
        low, high = (100 * end for end in stats.binomtest(hits, len(found)).proportion_ci(method="wilson"))
        words, good = f"{100 * hits / len(found):.1f} ({low:.1f} to {high:.1f})", low <= 5
    return f"| {world.group}: {world.told()} | {world.clusters}/{world.rows} | {shares} | {words} |{'' if good else ' !'}", good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    kept, count = True, asked.experiments
    print(f"{count} experiments a line\n\n| | clusters/rows | not worse, worse, open % | false % (95 % CI) |\n|---|---|---|---|")
    with ProcessPoolExecutor(asked.processes) as pool:
        for world in WORLDS:
            first = zlib.crc32(repr(world).encode())
            parts = [range(start, min(start + CHUNK, first + count)) for start in range(first, first + count, CHUNK)]
            told, good = line(world, [one for part in pool.map(outcomes, [world] * len(parts), parts) for one in part])
            kept &= good
            print(told, flush=True)
    print("\nall promises kept" if kept else "\na promise is broken (!)")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
