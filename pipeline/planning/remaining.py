"""How long a run at work still takes and what it took so far: by what its own stages took, in the proportions of an earlier run.

Measures nothing, and promises nothing before a stage that takes time was seen at work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.experiment.load import Experiment, load
from pipeline.jobs import JobState
from pipeline.run_folder import machine, record
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation.repeat import sent
from pipeline.stages.expected import SHARES, TELLING, UNKNOWN, kind, of_earlier_run


@dataclass(frozen=True)
class Outlook:
    """How a run stands in time and money."""

    seconds: Mapping[str, float] = field(default_factory=dict)
    """By stage, what it took this run; what was taken over from another run took nothing."""
    worked_s: float | None = None
    """None where it is not known of a stage what it took."""
    left_s: float | None = None
    """None where that cannot be told yet."""
    money: float | None = None
    """For the machine, and for what was sent elsewhere; None where no price is stated for that."""
    currency: str = ""


def outlook(runs: Path, run: RunFolder, standing: JobState) -> Outlook:
    """By what is stored; now, where the run is at work."""
    events = run.events()
    seconds, at_work = _took(run, events), _at_work_s(events, standing)
    known = all(stage in seconds for stage in standing.finished)
    left = left_s(standing, seconds, at_work, of_earlier_run(runs, run, standing.plan)) if standing.active else None
    worked = sum(seconds.values()) + at_work if known else None
    money, currency = _money(run, list(seconds), worked)
    return Outlook(seconds, worked, left, money, currency)


def _took(run: RunFolder, events: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Seconds by finished stage, as recorded, else as they were told when it ended."""
    told = {e["stage"]: 0.0 if e.get("reused_from") else float(e["seconds"]) for e in events if e["event"] == "stage_done"}
    entries = {name: one for name, one in record.entries(run).items() if name != record.BEGINNING and one.finished}
    return {**told, **{name: 0.0 if one.reused_from else one.seconds for name, one in entries.items()}}


def left_s(standing: JobState, seconds: Mapping[str, float], at_work: float, earlier: Mapping[str, float]) -> float | None:
    """Seconds to the end of the plan; None where no telling stage was seen at work.

    `seconds`: of finished stages; `at_work`: of the stage at hand so far; `earlier`: seconds of an earlier run's stages, by name.
    """
    shares = {stage: earlier.get(stage) or SHARES.get(kind(stage), UNKNOWN) for stage in standing.plan}
    now = standing.stage if standing.stage in shares and standing.stage not in standing.finished else ""
    seen = {stage: took for stage, took in seconds.items() if took and stage in shares and kind(stage).startswith(TELLING)}
    if now and standing.eta_s is not None and kind(now).startswith(TELLING):
        seen[now] = at_work + standing.eta_s
    if not seen:
        return None
    pace = sum(seen.values()) / sum(shares[stage] for stage in seen)
    left = 0.0
    for stage in standing.plan:
        if stage in standing.finished:
            continue
        alike = [took for other, took in seen.items() if kind(other) == kind(stage) and other != stage and not earlier]
        whole = seen.get(stage, sum(alike) / len(alike) if alike else pace * shares[stage])
        left += max(0.0, whole - at_work) if stage == now else whole
    return left


def _at_work_s(events: Sequence[Mapping[str, Any]], standing: JobState) -> float:
    """Since the stage at hand was begun; 0 where none is at work."""
    if standing.state not in ("running", "stalled") or not standing.stage or standing.stage in standing.finished:
        return 0.0
    began = next((e["time"] for e in reversed(events) if (e["event"], e.get("stage")) == ("stage_started", standing.stage)), None)
    try:
        return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(str(began))).total_seconds())
    except ValueError:
        return 0.0


def _money(run: RunFolder, finished: Sequence[str], worked_s: float | None) -> tuple[float | None, str]:
    path = run.path / "experiment.yaml"
    experiment = _experiment(path, path.stat().st_mtime_ns)
    prices = experiment.decision.prices
    told = [sent(run, experiment, stage) for stage in finished]
    if worked_s is None or any(one is None for one in told):
        return None, prices.currency
    dearer = (
        entry.seconds / 3600 * (machine.hour(entry.machine, prices.machines, prices.machine_hour) - prices.machine_hour)
        for entry in (record.entries(run).values() if prices.machines else ())
    )
    return worked_s / 3600 * prices.machine_hour + sum(dearer) + sum(one or 0.0 for one in told), prices.currency


@lru_cache(maxsize=16)
def _experiment(path: Path, written: int) -> Experiment:
    return load(path)
