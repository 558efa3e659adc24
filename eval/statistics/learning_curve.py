"""What more training rows are likely to bring: a power law through the scores at several sizes, with its interval. Trains nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eval.numerals import rounded_rows
from eval.statistics.grid import Codes, Floats, sum_by_cluster

DRAWS = 2_000
AHEAD = (2.0, 4.0)
"""How far to look, in multiples of the most rows trained on; further is guessing."""
STEEPEST = 1.0
"""No learning curve of a language model is steeper than error ~ 1 / rows (Hestness et al. 2017: exponents 0.07 to 0.35)."""

Outlook = Literal["overtakes", "stays ahead", "stays behind", "cannot tell"]


@dataclass(frozen=True)
class Point:
    """A mean score at a number of training rows, with its 95 % interval."""

    rows: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class LearningCurve:
    arm: str
    measured: tuple[Point, ...]
    predicted: tuple[Point, ...]
    exponent: Point
    """Of the power law; its `rows` are the most that were trained on."""
    rival: str | None
    lead: tuple[Point, ...]
    """Predicted score less the rival's, at each predicted size."""
    outlook: Outlook | None
    """Against the rival, as far as it was looked ahead; None without one."""

    @property
    def sentence(self) -> str:
        """The score foreseen at the largest size, with its interval, and what that means beside the rival."""
        last = self.predicted[-1]
        score = f"{last.mean:.2f} ({last.low:.2f} to {last.high:.2f})"
        said = f"With {rounded_rows(last.rows)} training rows {self.arm} would score about {score}"
        ends = {
            "overtakes": f"; it is likely to overtake {self.rival}",
            "stays ahead": f"; it is likely to stay ahead of {self.rival}",
            "stays behind": f"; more rows are not likely to bring it past {self.rival}",
            "cannot tell": f"; whether it would pass {self.rival} these runs cannot tell",
        }
        return said + (ends[self.outlook] if self.outlook else "") + "."


def learning_curve(
    arm: str,
    scores: Mapping[int, Floats],
    clusters: Codes,
    rival: tuple[str, Floats | Mapping[int, Floats]] | None = None,
    ahead: Sequence[float] = AHEAD,
) -> LearningCurve:
    """From the scores (test rows,) in [0, 1] at each number of training rows, NaN where missing; all on the same test rows.

    The error at n rows is taken to be c + a n^-b (Hestness et al. 2017). Few sizes cannot tell the floor c, so it is not fitted: each
    of `DRAWS` resamples of the test rows (whole clusters, `clusters` (test rows,)) takes a floor at random between 0 and its lowest
    error, and the interval shows what that leaves open. At least two sizes are needed; ValueError otherwise. A rival whose scores are
    given at several sizes learns too, and is extrapolated in the same resamples; one with scores alone stays as it is.
    """
    sizes = sorted(scores)
    if len(sizes) < 2:
        raise ValueError("a learning curve needs scores at two sizes or more")
    theirs = _by_size(rival[1]) if rival else {}
    columns = [scores[size] for size in sizes] + list(theirs.values())
    means = _resampled(np.stack(columns, axis=1), clusters)
    further = [round(sizes[-1] * factor) for factor in ahead]
    exponents, future = _extrapolated(means[:, : len(sizes)], sizes, further)
    rivals = means[:, len(sizes) :] if len(theirs) < 2 else _extrapolated(means[:, len(sizes) :], list(theirs), further, seed=2)[1]
    lead = future - rivals if rival else np.zeros((0, 0))
    now = means[:, len(sizes) - 1] - means[:, -1]
    return LearningCurve(
        arm=arm,
        measured=tuple(_point(size, means[:, place]) for place, size in enumerate(sizes)),
        predicted=tuple(_point(size, future[:, place]) for place, size in enumerate(further)),
        exponent=_point(sizes[-1], exponents),
        rival=rival[0] if rival else None,
        lead=tuple(_point(size, lead[:, place]) for place, size in enumerate(further)) if rival else (),
        outlook=_outlook(float(np.median(now)), lead) if rival else None,
    )


def _by_size(scores: Floats | Mapping[int, Floats]) -> dict[int, Floats]:
    """Smallest first; one entry for a rival that does not learn."""
    return {size: scores[size] for size in sorted(scores)} if isinstance(scores, Mapping) else {0: scores}


def _resampled(columns: Floats, clusters: Codes) -> Floats:
    """(DRAWS, columns) means; the columns keep their rows in common."""
    count = int(clusters.max()) + 1
    sums, rows = sum_by_cluster(columns, clusters, count), sum_by_cluster((~np.isnan(columns)).astype(np.float64), clusters, count)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=DRAWS).astype(np.float64)
    means: Floats = (drawn @ sums) / np.maximum(drawn @ rows, 1e-9)
    return means


def _extrapolated(means: Floats, sizes: Sequence[int], further: Sequence[int], seed: int = 1) -> tuple[Floats, Floats]:
    """(draws,) exponents and (draws, further) scores: least squares of log(error - floor) on log(rows), in every draw."""
    error = np.clip(1 - means, 1e-6, 1)
    floor = np.random.default_rng(seed).uniform(0, 1, size=len(means)) * error.min(axis=1) * 0.999
    x, y = np.log(sizes), np.log(error - floor[:, None])
    centred = x - x.mean()
    exponent = np.clip(-(y @ centred) / (centred @ centred), 0, STEEPEST)
    height = y.mean(axis=1) + exponent * x.mean()
    future = 1 - floor[:, None] - np.exp(height[:, None] - exponent[:, None] * np.log(further))
    return exponent, np.clip(future, 0, 1)


def _point(rows: int, draws: Floats) -> Point:
    low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
    return Point(rows, float(middle), float(low), float(high))


def _outlook(now: float, lead: Floats) -> Outlook:
    """At the last size looked at; likely is nine draws in ten."""
    ahead = float(np.mean(lead[:, -1] > 0))
    if ahead >= 0.9:
        return "stays ahead" if now > 0 else "overtakes"
    return "stays behind" if ahead <= 0.1 else "cannot tell"
