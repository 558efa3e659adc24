"""What `bench/speed.py` measured, side by side: stages, scores, shares of the machine's limits. Runs nothing."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ARMS = ("base", "rag", "lora", "hybrid")
AIM = 2.5
"""The whole at least so many times faster than by hand."""
STAGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "index, retrieve": (("index", "retrieve"), ("index", "retrieve")),
    **{f"train {arm}": ((f"train {arm} seed-0",), (f"train {arm}",)) for arm in ("lora", "hybrid")},
    **{f"answer {arm}": ((f"predict {arm} seed-0",), (f"generate {arm}",)) for arm in ARMS},
    "score, verdict, report": (("score", "decide", "report"), ("score",)),
}
"""By the names each side gives them; what is in none of them is the start: interpreter, imports, data, audit."""


@dataclass(frozen=True)
class Timed:
    """One run of one side."""

    total_s: float
    """From the process's start to its end."""
    peak_gib: float
    """Of the largest process."""
    stages: dict[str, float]
    token_f1: dict[str, float]
    by_row: dict[str, dict[str, float]]
    """Token F1 by arm and row; empty where a side gives means alone."""
    interval: dict[str, tuple[float, float]] = field(default_factory=dict)
    """95 % of each arm's mean."""


@dataclass(frozen=True)
class Peaks:
    """See `bench/peaks.py`; FLOP/s and bytes a second."""

    matmul: float
    onednn: float | None
    bandwidth: float
    load: float

    @property
    def flops(self) -> float:
        """The better product."""
        return max(self.matmul, self.onednn or 0.0)

    @property
    def name(self) -> str:
        return "oneDNN's product" if self.flops > self.matmul else "torch's own product"

    def mean(self, other: Peaks) -> Peaks:
        onednn = (self.onednn + other.onednn) / 2 if self.onednn and other.onednn else None
        half = [(getattr(self, name) + getattr(other, name)) / 2 for name in ("matmul", "bandwidth", "load")]
        return Peaks(half[0], onednn, half[1], half[2])


@dataclass(frozen=True)
class Limit:
    """A stage beside what bounds it: products, or reading memory, whichever would take longer at its peak."""

    stage: str
    tokens_per_s: float
    share: float
    """Of that peak: the least time it could take over the time it took."""
    bound: str


@dataclass(frozen=True)
class Pair:
    """Both sides on the same rows."""

    ours: Timed
    theirs: Timed
    limits: list[Limit]
    peaks: Peaks
    load: float
    """Of the machine just before."""
    peer_first: bool


def limits(work: Sequence[Mapping[str, Any]], training: Peaks, later: Peaks) -> list[Limit]:
    """Trainings against the peaks around the run, everything else against those around its own measurement."""
    found = []
    for one in work:
        peaks = training if one["stage"].startswith("train") else later
        least = {"matmul peak": one["flops"] / peaks.flops, "memory bandwidth": one["bytes"] / peaks.bandwidth}
        bound = max(least, key=lambda name: least[name])
        found.append(Limit(one["stage"], one["tokens"] / one["seconds"], least[bound] / one["seconds"], bound))
    return found


def by_stage(side: Timed, which: int) -> dict[str, float]:
    """Seconds of each stage under its common name; they add up to the whole."""
    known = {name: sum(side.stages.get(own, 0.0) for own in names[which]) for name, names in STAGES.items()}
    return {"start, data, audit": side.total_s - sum(known.values()), **known}


def show(pairs: Sequence[Pair], number: int = 0) -> None:
    """One pair (`number` from 1), or the medians of all."""
    middle = statistics.median
    if number:
        who = "by hand" if pairs[0].peer_first else "ours"
        print(f"\n## Pair {number}, {who} first; {os.cpu_count()} cores, load {pairs[0].load:.1f} before it\n")
    else:
        print(f"\n## Medians of {len(pairs)} pairs\n")
    print("| stage | ours s | by hand s | by hand / ours |\n|---|---|---|---|")
    mine, hand = [by_stage(one.ours, 0) for one in pairs], [by_stage(one.theirs, 1) for one in pairs]
    for stage in mine[0]:
        line(stage, [one[stage] for one in mine], [one[stage] for one in hand])
    line("**whole**", [one.ours.total_s for one in pairs], [one.theirs.total_s for one in pairs])
    print(f"| largest process, GiB | {middle(p.ours.peak_gib for p in pairs):.2f} | {middle(p.theirs.peak_gib for p in pairs):.2f} | |")
    scores(pairs)
    shares(pairs)
    ratios = [one.theirs.total_s / one.ours.total_s for one in pairs]
    told = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"\nby hand / ours: {middle(ratios):.2f}, median of {len(ratios)} ({told}); the aim is {AIM}", flush=True)


def line(stage: str, mine: list[float], hand: list[float]) -> None:
    ratio = statistics.median(h / m if m > 0 else float("inf") for m, h in zip(mine, hand, strict=True))
    print(f"| {stage} | {statistics.median(mine):.1f} | {statistics.median(hand):.1f} | {ratio:.2f} |")


def scores(pairs: Sequence[Pair]) -> None:
    """Both sides are deterministic, so the first pair speaks for all; where a later one differs it is said."""
    first = pairs[0]
    rows = max((len(some) for some in first.ours.by_row.values()), default=0)
    print(f"\n| token F1 on the same {rows} rows | ours (95 %) | by hand | difference |\n|---|---|---|---|")
    for arm in ARMS:
        low, high = first.ours.interval[arm]
        mine, hand = first.ours.token_f1[arm], first.theirs.token_f1[arm]
        print(f"| {arm} | {mine:.3f} ({low:.3f} to {high:.3f}) | {hand:.3f} | {difference(first, arm)} |")
    for side in ("ours", "theirs"):
        if any(getattr(one, side).token_f1 != getattr(first, side).token_f1 for one in pairs):
            print(f"\nScores of {'ours' if side == 'ours' else 'by hand'} differ between pairs.")


def difference(one: Pair, arm: str) -> str:
    """Ours less by hand: of means, or of rows with its interval where the peer gives rows (BCa bootstrap, Efron 1987)."""
    hand = one.theirs.by_row.get(arm, {})
    gaps = [value - hand[row] for row, value in one.ours.by_row.get(arm, {}).items() if row in hand]
    if len(gaps) < 2 or len(set(gaps)) == 1:
        return f"{one.ours.token_f1[arm] - one.theirs.token_f1[arm]:+.3f}, of means"
    from scipy import stats

    ends = stats.bootstrap((gaps,), statistics.fmean, vectorized=False, rng=0).confidence_interval
    return f"{statistics.fmean(gaps):+.3f} ({ends.low:+.3f} to {ends.high:+.3f}), of {len(gaps)} rows"


def shares(pairs: Sequence[Pair]) -> None:
    """How near each stage of ours is to what bounds it."""
    middle: Callable[[Any], float] = statistics.median
    peaks = pairs[0].peaks if len(pairs) == 1 else None
    if peaks:
        onednn = f", oneDNN's {peaks.onednn / 1e9:.0f}" if peaks.onednn else ""
        print(f"\nfloat32: torch's own product {peaks.matmul / 1e9:.0f} GFLOP/s{onednn}; the matmul peak is {peaks.name}.", end=" ")
        print(f"Reading memory: {peaks.bandwidth / 1e9:.1f} GB/s.")
    print("\n| stage of ours | tokens/s | of its limit |\n|---|---|---|")
    for number, limit in enumerate(pairs[0].limits):
        rate, share = middle(one.limits[number].tokens_per_s for one in pairs), middle(one.limits[number].share for one in pairs)
        print(f"| {limit.stage} | {rate:,.0f} | {share:.0%} of the {limit.bound} |")
