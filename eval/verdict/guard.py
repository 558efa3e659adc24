"""Whether the measures contradict each other: an arm that leads by the deciding metric and is right less often. It makes no winner."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from eval.verdict.evidence import Evidence, Pair

YARDSTICKS = ("right", "correct")
"""Metrics of 0 and 1 that count right answers, the first that was measured."""


@dataclass(frozen=True)
class Against:
    """A candidate that is right more often than the arm that leads."""

    arm: str
    pair: Pair
    """Of right answers: the leader minus this candidate, so that its mean is below 0."""
    shown: bool
    """Whether the whole interval is below 0."""


def yardstick(metric: str, measured: Collection[str]) -> str | None:
    """The metric that counts right answers beside `metric`; None where none was measured, or where it decides itself."""
    there = next((name for name in YARDSTICKS if name in measured), None)
    return None if there == metric else there


def against(right: Evidence | None, leader: str, others: Sequence[str]) -> tuple[Against, ...]:
    """Of `others` those that are right more often than `leader` on the rows that both have, the largest difference first."""
    pairs = [(arm, right.minus(leader, arm)) for arm in others] if right else []
    found = [Against(arm, pair, pair.high is not None and pair.high < 0) for arm, pair in pairs if pair and pair.spread.mean < 0]
    return tuple(sorted(found, key=lambda one: one.pair.spread.mean))
