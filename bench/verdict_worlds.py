"""Invented experiments whose truth is known: tables of scores in clusters, with several arms and training seeds. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from eval.judge.people.calibration import Labelled
from eval.judge.people.correction import judge_error
from eval.statistics.grid import ABSENT, MEASURED, MISSING, Grid
from eval.verdict.judge_error import JudgeError

Floats = NDArray[np.float64]
Kind = Literal["binary", "continuous", "narrow", "long", "rare"]
PAIRED = 0.5
"""Correlation of two arms on a row, on the latent scale."""


@dataclass(frozen=True)
class Arm:
    mean: float
    kind: Kind = "binary"
    """`binary`: right or wrong; `continuous`: like token F1, many zeros and some ones; `narrow`: like chrF, near its mean; `long`: token F1
    of long answers, of which many hold a little of the reference and none is it; `rare`: the same, but 2 of 100 are exact."""
    lost: float = 0.0
    """Share of its rows that have no score, all of them wrong ones."""
    lenient: float = 0.0
    """Share of its wrong answers that a judge calls right."""
    trained: bool = True
    """Else it has one seed, and no training that could lie apart from others."""


@dataclass(frozen=True)
class World:
    """One kind of experiment."""

    arms: tuple[Arm, ...]
    rows: int
    clusters: int = 0
    """0: every row is its own."""
    sizes: str = "mild"
    """`equal`; `mild`: 1 to 5 parts; `skewed`: log-normal; `giant`: one cluster has a third of the rows."""
    icc: float = 0.3
    """Correlation of two rows of a cluster, on the latent scale; where `observed`, of right and wrong themselves."""
    observed: bool = False
    seeds: int = 1
    seed_sd: float = 0.0
    """How far training runs lie apart, on the latent scale."""
    labels: int = 0
    """Answers of each arm that people labelled beside the judge."""

    def scaled(self, rows: int) -> World:
        """The same with more rows, in clusters of the same size."""
        return replace(self, rows=rows, clusters=max(round(self.clusters * rows / self.rows), 2) if self.clusters else 0)


def equal(count: int, *, top: float = 0.5, below: float = 0.0, kind: Kind = "binary", of: int | None = None) -> tuple[Arm, ...]:
    """`count` equal arms on top of others `below` them, `of` in all."""
    return (Arm(top, kind),) * count + (Arm(top - below, kind),) * ((of or count) - count)


def clusters_of(world: World, rng: np.random.Generator) -> NDArray[np.int64]:
    """(rows,) codes."""
    if not world.clusters:
        return np.arange(world.rows)
    count = world.clusters
    weights = {
        "equal": np.ones(count), "mild": rng.integers(1, 6, size=count).astype(float), "skewed": np.exp(rng.normal(size=count)),
        "giant": np.r_[count / 2, np.ones(count - 1)],
    }[world.sizes]  # fmt: skip
    sizes = 1 + rng.multinomial(world.rows - count, weights / weights.sum()) if world.sizes != "equal" else _even(world.rows, count)
    return np.repeat(np.arange(count), sizes)


def _even(rows: int, count: int) -> NDArray[np.int64]:
    return np.full(count, rows // count) + (np.arange(count) < rows % count)


class Scores(NamedTuple):
    """(rows, arms, seeds) each."""

    true: Floats
    seen: Floats
    """As judged; NaN where a score is missing."""


def scores(world: World, clusters: NDArray[np.int64], rng: np.random.Generator) -> Scores:
    latent = _latent(world, clusters, rng)
    true = np.stack([_scored(arm, latent[:, place]) for place, arm in enumerate(world.arms)], axis=1)
    if world.observed:
        true = _beta_binomial(world, clusters, rng)
    values = true.copy()
    for place, arm in enumerate(world.arms):
        wrong = values[:, place] == 0
        values[:, place][wrong & (rng.random(wrong.shape) < arm.lenient)] = 1.0
        if arm.lost:
            share = arm.lost / max(float(wrong.mean()), 1e-9)
            values[:, place][wrong & (rng.random(wrong.shape) < share)] = np.nan
    return Scores(true, values)


def _latent(world: World, clusters: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """(rows, arms, seeds) uniform."""
    rows, count, shape = world.rows, int(clusters.max()) + 1, len(world.arms)
    between = world.icc if world.clusters else 0.0

    def rough(arms: int) -> Floats:
        of_clusters = rng.normal(size=(count, arms, 1))[clusters]
        return np.sqrt(between) * of_clusters + np.sqrt(1 - between) * rng.normal(size=(rows, arms, 1))

    runs = world.seed_sd * rng.normal(size=(1, shape, world.seeds))
    runs *= np.array([arm.trained for arm in world.arms])[:, None]
    apart = world.seed_sd * np.array([arm.trained for arm in world.arms])[:, None]
    mixed = np.sqrt(PAIRED) * rough(1) + np.sqrt(1 - PAIRED) * rough(shape) + runs
    uniform: Floats = special.ndtr(mixed / np.sqrt(1 + apart**2))
    return uniform


def _beta_binomial(world: World, clusters: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Right and wrong whose correlation in a cluster is `icc` itself; arms apart from each other."""
    count, means = int(clusters.max()) + 1, np.array([arm.mean for arm in world.arms])
    spread = 1 / max(world.icc, 1e-9) - 1
    chance = rng.beta(means * spread, (1 - means) * spread, size=(count, len(means))) if world.icc else np.tile(means, (count, 1))
    right: Floats = np.where(rng.random((world.rows, len(means), world.seeds)) < chance[clusters][:, :, None], 1.0, 0.0)
    return right


def _scored(arm: Arm, uniform: Floats) -> Floats:
    """Uniform → a score with that mean. Continuous: half of the mass not zero is 1, the rest is spread evenly, so mean = 3/4 mass."""
    if arm.kind == "narrow":
        return np.clip(arm.mean + (uniform - 0.5) / 4, 0.0, 1.0)
    if arm.kind == "binary":
        return np.where(uniform > 1 - arm.mean, 1.0, 0.0)
    if arm.kind == "rare":
        return np.where(uniform > 0.98, 1.0, np.maximum((arm.mean - 0.02) / 0.98 * 2 * uniform / 0.98, 0.0))
    mass = arm.mean * 4 / 3 if arm.kind == "continuous" else min(0.9, 0.4 + 2 * arm.mean)
    above = np.maximum((uniform - (1 - mass)) / mass, 0.0)
    return np.minimum(2 * above, 1.0) if arm.kind == "continuous" else 2 * arm.mean / mass * above


class Table(NamedTuple):
    grid: Grid
    true: Floats
    """(rows, arms, seeds) before the judge and what is lost."""


def table(world: World, rng: np.random.Generator) -> Table:
    """The scores as `eval.statistics.grid` lays them out; arms are a0, a1, …"""
    clusters = clusters_of(world, rng)
    true, values = scores(world, clusters, rng)
    state = np.where(np.isnan(values), MISSING, MEASURED).astype(np.int8)
    for place, arm in enumerate(world.arms):
        if not arm.trained:
            values[:, place, 1:], state[:, place, 1:] = np.nan, ABSENT
    rows, arms = tuple(f"r{row}" for row in range(world.rows)), tuple(f"a{place}" for place in range(len(world.arms)))
    lost = [arms[place] for place in np.nonzero(state == MISSING)[1]]
    reasons = pd.DataFrame({"arm": lost, "reason": ["timed out"] * len(lost)}, dtype=object)
    names = tuple(f"g{group}" for group in range(int(clusters.max()) + 1))
    return Table(Grid("score", rows, clusters, names, arms, tuple(range(world.seeds)), values, state, reasons), true)


def labelled(made: Table, count: int, rng: np.random.Generator) -> dict[str, JudgeError]:
    """What people say of `count` rows, the same of every arm."""
    grid, found = made.grid, {}
    for place, arm in enumerate(grid.arms):
        chosen = rng.choice(len(grid.rows), size=min(count, len(grid.rows)), replace=False)
        pairs = [
            Labelled(
                grid.rows[row], arm, bool(made.true[row, place, 0]), float(grid.values[row, place, 0]), 1, group=str(grid.clusters[row])
            )
            for row in chosen
        ]
        if (error := judge_error(pairs)) is not None:
            found[arm] = error
    return found
