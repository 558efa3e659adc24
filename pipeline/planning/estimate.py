"""How long a run will take on this very machine, and what it sends elsewhere: from a minute of measuring on a few of its own rows.

Nothing is kept: it works in a folder that is gone afterwards. Only training rows are asked.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean

from pipeline.arms import built, chosen
from pipeline.experiment.load import Experiment
from pipeline.run import inputs_exist
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import data
from pipeline.stages.base import Context
from pipeline.stages.limit import stage as limit
from pipeline.stages.limit import told
from pipeline.stages.limit.measure import CLOSING, SCORING, Measure
from pipeline.stages.limit.rule import Work, seconds


@dataclass(frozen=True)
class Kept:
    """What a run does to keep its limit of time."""

    minutes: float
    seconds: float
    """That are expected of what is left."""
    left: str
    """What there is less of, in words."""


@dataclass(frozen=True)
class Estimate:
    """Before a run."""

    stages: dict[str, float]
    """Seconds by stage, as the run names them."""
    peak_gib: float
    """The most memory that measuring took, which trains and answers as the run does."""
    sent_tokens: int = 0
    """To endpoints; a judge's share is not in it."""
    money: float = 0.0
    """Of these, by the experiment's prices."""
    notes: list[str] = field(default_factory=list)
    kept: Kept | None = None
    """None where nothing would be cut."""

    @property
    def seconds(self) -> float:
        return sum(self.stages.values())


def estimate(experiment: Experiment) -> Estimate:
    """Measures for about a minute; a UserError as a run would give it."""
    inputs_exist(experiment)
    with tempfile.TemporaryDirectory(prefix="bakeoff-estimate-") as folder:
        run = RunFolder(Path(folder))
        context = Context(run, experiment, Progress(run))
        data.work(context)
        if not built(experiment):
            rows = len(context.test) * len(experiment.systems)
            return Estimate({"score, decide and report": CLOSING + SCORING * rows}, _peak_gib(), notes=_of_systems(experiment))
        began = time.perf_counter()
        measure = Measure(context, Path(folder) / "passages")
        works = list(measure.works())
        kept = _kept(works, context, time.perf_counter() - began)
        stages = {work.stage: work.seconds(limit.size_of(context)) for work in works}
        return Estimate(stages, _peak_gib(), *_sent(context, measure), [*measure.notes, *_of_systems(experiment)], kept)


def _of_systems(experiment: Experiment) -> list[str]:
    asked = any(system.answers is None for system in experiment.systems)
    return ["the answers of systems that are asked during the run are not in this estimate"] if asked else []


def _sent(context: Context, measure: Measure) -> tuple[int, float]:
    """Tokens and money for the endpoints' arms, an answer being as long as a reference."""
    tokens, money = 0, 0.0
    prices = context.experiment.token_prices()
    for arm in (arm for arm in chosen(context.experiment) if arm.endpoint):
        prompts = [[{"role": m.role, "content": m.content} for m in a.messages] for a in measure.asked(arm)]
        asked = fmean(context.count_tokens(prompt) for prompt in prompts)
        told, count = measure.target_tokens(), len(context.test)
        tokens += round((asked + told) * count)
        price = prices[str(arm.endpoint)]
        money += (asked * price.get("input", 0.0) + told * price.get("output", 0.0)) * count / 1e6
    return tokens, money


def _kept(works: Sequence[Work], context: Context, spent: float) -> Kept | None:
    """What a run with this limit would be cut to; None where it has none, or keeps it with everything."""
    minutes, whole = context.experiment.run.minutes, limit.size_of(context)
    size = limit.within(works, whole, minutes, spent) if minutes else whole
    if minutes is None or size == whole:
        return None
    return Kept(minutes, seconds(works, size), told.parts(asdict(whole), asdict(size)))


def _peak_gib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)
