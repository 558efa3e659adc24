"""The stages of a run as steps with their seconds and money: what `eval.verdict.repeat_cost` bills. It measures and prices nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.arms import Arm, chosen, trainings
from pipeline.experiment.load import Experiment, dump
from pipeline.records import Prediction
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder
from pipeline.stages import train
from pipeline.stages.prediction import predict
from pipeline.stages.tuning import search
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

    recorded = record.entries(run)
    for name, arms in needed(experiment).items():
        stage = recorded.get(name, record.Entry(""))
        yield Step(name, stage.seconds, arms, _sent(run, experiment, name), stage.finished and stage.whole)


def needed(experiment: Experiment) -> dict[str, tuple[str, ...]]:
    """Every stage up to the scores → the arms it is for; none: for all."""
    arms, seeds = chosen(experiment), experiment.finetune.seeds or [0]
    reading = {training.name for training in trainings(arms) if training.retrieved}
    retrieving = tuple(arm.name for arm in arms if arm.passages == "retrieved" or arm.adapter in reading)
    found: dict[str, tuple[str, ...]] = {"data": (), "audit": ()}
    found |= dict.fromkeys((*(["tune retrieval"] if experiment.retrieval.tune else []), "index", "retrieve"), retrieving)
    if KINDS[experiment.task.kind].styled:
        found["style"] = ()
    for training in trainings(arms):
        using = tuple(arm.name for arm in arms if arm.adapter == training.name)
        if experiment.finetune.search:
            found[search.stage_name(training.name)] = using
        found |= {train.stage_name(training.name, seed): using for seed in seeds}
    found |= {predict.stage_name(arm.name, seed): (arm.name,) for arm in arms for seed in (seeds if arm.adapter else [0])}
    return {**found, **({"judge": ()} if experiment.judge else {}), "score": ()}


def _sent(run: RunFolder, experiment: Experiment, stage: str) -> float | None:
    """Money for what this stage sent elsewhere; None where no price is stated for it."""
    if stage == "judge":
        own = experiment.judge is not None and experiment.judge.provider == "in_process"
        return 0.0 if own else (run.read_json("judge.json") or {"total": {"money": None}})["total"]["money"]
    asked: Arm | None = next((arm for arm in chosen(experiment) if arm.endpoint and stage == predict.stage_name(arm.name, 0)), None)
    if asked is None:
        return 0.0
    prices = experiment.token_prices()[str(asked.endpoint)]
    path = run.predictions_path(asked.name, 0)
    stored: list[Prediction] = run.predictions(asked.name, 0) if path.exists() else []
    tokens = {"input": sum(p.prompt_tokens for p in stored), "output": sum(p.completion_tokens for p in stored)}
    return sum(tokens[kind] * price for kind, price in prices.items()) / 1e6 if prices else None
