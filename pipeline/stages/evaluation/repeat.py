"""The stages of a run as steps with their seconds and money: what `eval.verdict.repeat_cost` bills. It measures and prices nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.arms import Arm, built, chosen, trainings
from pipeline.experiment.load import Experiment, dump
from pipeline.records import Prediction
from pipeline.run_folder import machine, record
from pipeline.run_folder.store import RunFolder
from pipeline.stages import hosted, train
from pipeline.stages.evaluation import query_cost
from pipeline.stages.prediction import predict
from pipeline.stages.tuning import search, training_settings
from pipeline.tasks import KINDS

if TYPE_CHECKING:
    from eval.verdict.repeat_cost import Step

WITHOUT = "the verdict, the probes and the report"
"""What comes after the scores is not in the bill."""


def repeat_of(run: RunFolder, experiment: Experiment) -> dict[str, Any]:
    """What this comparison would cost once more, from the data to the scores, by what its stages took."""
    from eval.verdict.repeat_cost import repeat_cost

    return {**repeat_cost(list(_steps(run, experiment)), dump(experiment)["decision"]["prices"]), "without": WITHOUT}


def _steps(run: RunFolder, experiment: Experiment) -> Iterator[Step]:
    from eval.verdict.repeat_cost import Step

    recorded, prices = record.entries(run), experiment.decision.prices
    for name, arms in needed(experiment).items():
        stage = recorded.get(name, record.Entry(""))
        hour = machine.hour(stage.machine, prices.machines, prices.machine_hour)
        yield Step(name, stage.seconds, arms, sent(run, experiment, name), stage.finished and stage.whole, hour)


def needed(experiment: Experiment) -> dict[str, tuple[str, ...]]:
    """Every stage up to the scores → the arms it is for; none: for all."""
    arms, seeds = chosen(experiment), experiment.finetune.seeds or [0]
    reading = {training.name for training in trainings(arms) if training.retrieved}
    retrieving = tuple(arm.name for arm in arms if arm.passages == "retrieved" or arm.adapter in reading)
    found: dict[str, tuple[str, ...]] = {"data": (), "audit": ()}
    if built(experiment):
        found |= dict.fromkeys((*(["tune retrieval"] if experiment.retrieval.tune else []), "index", "retrieve"), retrieving)
    if KINDS[experiment.task.kind].styled and built(experiment):
        found["style"] = ()
    for training in trainings(arms):
        using = tuple(arm.name for arm in arms if arm.adapter == training.name)
        if training_settings.searched(experiment):
            found[search.stage_name(training.name)] = using
        found |= {train.stage_name(training.name, seed): using for seed in seeds}
    found |= {hosted.stage_name(one.name): tuple(f"{one.name}_{arm}" for arm in how.arms) for one, how in hosted.tuning(experiment)}
    found |= {predict.stage_name(arm.name, seed): (arm.name,) for arm in arms for seed in (seeds if arm.adapter else [0])}
    return {**found, **({"judge": ()} if experiment.judge else {}), "score": ()}


def sent(run: RunFolder, experiment: Experiment, stage: str) -> float | None:
    """Money for what this stage sent elsewhere; None where no price is stated for it."""
    if stage == "judge":
        own = experiment.judge is not None and experiment.judge.provider == "in_process"
        return 0.0 if own else (run.read_json("judge.json") or {"total": {"money": None}})["total"]["money"]
    if stage == "retrieve":
        return query_cost.sent(run, experiment)
    if stage in {hosted.stage_name(one.name) for one, _ in hosted.tuning(experiment)}:
        return hosted.charged(run, experiment, stage)
    asked: Arm | None = next((arm for arm in chosen(experiment) if arm.elsewhere and stage == predict.stage_name(arm.name, 0)), None)
    if asked is None:
        return 0.0
    path = run.predictions_path(asked.name, 0)
    stored: list[Prediction] = run.predictions(asked.name, 0) if path.exists() else []
    prices = experiment.token_prices()[asked.paid_by]
    if asked.system:
        there = any(system.name == asked.system and system.answers is not None for system in experiment.systems)
        return 0.0 if there else _told([p for p in stored if not p.failure], prices)
    return _priced(stored, prices)


def _told(stored: Sequence[Prediction], prices: Mapping[str, float]) -> float | None:
    """By what a system itself says that its answers cost, else by its tokens; None where it tells neither of some answer."""
    if stored and all(p.cost is not None for p in stored):
        return sum(p.cost or 0.0 for p in stored)
    return None if any(None in (p.prompt_tokens, p.completion_tokens) for p in stored) else _priced(stored, prices)


def _priced(stored: Sequence[Prediction], prices: Mapping[str, float]) -> float | None:
    tokens = {"input": sum(p.prompt_tokens or 0 for p in stored), "output": sum(p.completion_tokens or 0 for p in stored)}
    return sum(tokens[kind] * price for kind, price in prices.items()) / 1e6 if prices else None
