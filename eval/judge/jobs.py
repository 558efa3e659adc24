"""What there is to ask: every answer under every metric, and a probe of the judge itself where it compares two answers. Asks nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from eval.judge.metrics import METRICS, JudgeMetric
from eval.judge.offline import AnswerRow
from eval.judge.pairs import padded, with_rivals
from eval.judge.settings import OFFLINE, PREFERENCE, JudgeSettings

PADDING = "padding"


@dataclass(frozen=True)
class Job:
    """One answer under one metric."""

    place: int
    row: AnswerRow
    name: str
    metric: JudgeMetric

    @property
    def probe(self) -> bool:
        """Whether it is about the judge and gives no value of an arm."""
        return self.name == PADDING


def jobs(rows: Sequence[AnswerRow], settings: JudgeSettings) -> list[Job]:
    """In the order of rows and metrics, probes last."""
    names = [name for name in dict.fromkeys(settings.metrics) if name not in OFFLINE]
    compares = PREFERENCE in names
    paired = with_rivals(rows) if compares else rows
    asked = [(two if name == PREFERENCE else row, name) for row, two in zip(rows, paired, strict=True) for name in names]
    probes = [(row, PADDING) for row in padded(rows)] if compares else []
    return [
        Job(place, row, name, METRICS[PREFERENCE if name == PADDING else name]) for place, (row, name) in enumerate([*asked, *probes])
    ]  # fmt: skip


def drawn(job: Job) -> tuple[bool, str, int]:
    """The order they are asked in: rows at random, all arms of a row together, probes after everything else."""
    return job.probe, hashlib.sha256(job.row.row.encode()).hexdigest(), job.place
