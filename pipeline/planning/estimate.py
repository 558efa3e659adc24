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
from pipeline.arms import hosted as arms_hosted
from pipeline.experiment.load import Experiment
from pipeline.run import inputs_exist
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import data, hosted
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
    """Of these and of trainings at services, by the experiment's prices."""
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
        tokens, money = _sent(context, measure)
        there = _hosted(context, measure)
        notes = [*measure.notes, *(told for _, told in there), *_of_systems(experiment)]
        return Estimate(stages, _peak_gib(), tokens, money + sum(price for price, _ in there), notes, kept)


def _of_systems(experiment: Experiment) -> list[str]:
    asked = any(system.answers is None for system in experiment.systems)
    judged = not built(experiment) and experiment.judge is not None
    told = {"the answers of systems that are asked during the run are": asked, "the judge is": judged}
    return [f"{what} not in this estimate" for what, holds in told.items() if holds]


def _sent(context: Context, measure: Measure) -> tuple[int, float]:
    """Tokens and money for the endpoints' arms, an answer being as long as a reference."""
    tokens, money = 0, 0.0
    prices = context.experiment.token_prices()
    for arm in (arm for arm in chosen(context.experiment) if arm.endpoint):
        prompts = [[{"role": m.role, "content": m.content} for m in a.messages] for a in measure.asked(arm)]
        asked = fmean(context.count_tokens(prompt) for prompt in prompts)
        told, count = measure.target_tokens(), len(context.test)
        tokens += round((asked + told) * count)
        price = prices[arm.paid_by]
        money += (asked * price.get("input", 0.0) + told * price.get("output", 0.0)) * count / 1e6
    return tokens, money


def _hosted(context: Context, measure: Measure) -> list[tuple[float, str]]:
    """Of each training at an endpoint's service its price, and in words what is uploaded for it."""
    found, arms = [], chosen(context.experiment)
    for endpoint, how in hosted.tuning(context.experiment):
        for training in arms_hosted(arms, endpoint.name):
            arm = next(one for one in arms if one.endpoint == endpoint.name and one.hosted == training.name)
            prompts = [[{"role": m.role, "content": m.content} for m in asked.messages] for asked in measure.asked(arm)]
            each = fmean(context.count_tokens(prompt) for prompt in prompts) + measure.target_tokens()
            rows = len(context.taught(training.name))
            tokens = round(each * rows * how.epochs)
            told = f"fine-tuning {endpoint.name} ({training.name}) uploads {rows} training and {len(context.dev)} dev rows to "
            told += f"{endpoint.training_address} and trains about {tokens:,} tokens there, {hosted.money(tokens, how):.2f} at its price; "
            found.append((hosted.money(tokens, how), f"{told}its time is not in this estimate, and it needs --upload-training-data"))
    return found


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
