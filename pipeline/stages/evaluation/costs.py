"""What each arm cost to train and costs to ask, from what is stored of it. All arithmetic is eval's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.arms import Arm, table
from pipeline.experiment.load import Experiment, dump
from pipeline.records import kept, read_as
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder
from pipeline.stages import hosted, train
from pipeline.stages.evaluation import query_cost
from pipeline.stages.prediction import predict

if TYPE_CHECKING:
    from eval.verdict.economics import ArmCost, Measured

LEARNT = ("classification", "extraction")
"""Tasks whose classic baseline learns from the training rows and reads no passages."""


def costs_of(run: RunFolder, experiment: Experiment) -> dict[str, ArmCost]:
    """What each arm cost to train and costs to ask, from its stored timings."""
    from eval.verdict.economics import Measured, after, arm_cost

    costs: dict[str, ArmCost] = {}
    arms, prices = table(experiment), dump(experiment)["decision"]["prices"]
    index_seconds, index_bytes = _index(run) if experiment.retrieval.store is None else (0.0, 0)
    per_million, step = experiment.token_prices(), query_cost.query_cost(run, experiment)
    for arm in dict(run.predicted()):
        seeds = [seed for name, seed in run.predicted() if name == arm]
        predictions = [p for seed in seeds for p in kept(_priced, run.predictions_path(arm, seed))]
        seconds = [t for seed in seeds for t in kept(_seconds, run.timings_path(arm, seed))]
        if predictions:
            indexed = arms[arm].passages == "retrieved"
            measured = _of_system(predictions, seconds) if arms[arm].system else Measured(
                prompt_tokens=[p.prompt_tokens or 0 for p in predictions],
                completion_tokens=[p.completion_tokens or 0 for p in predictions],
                seconds=seconds, single_seconds=_alone(run, arm), **_training(run, experiment, arms[arm]),
                index_seconds=index_seconds if indexed else 0.0, index_bytes=index_bytes if indexed else 0,
                hours=_hours(run, experiment, arms[arm], seeds),
            )  # fmt: skip
            cost = arm_cost(measured, prices, per_million.get(arms[arm].paid_by))
            costs[arm] = after(step, cost) if step and indexed and not (arm == "classic" and experiment.task.kind in LEARNT) else cost
    return costs


class _Priced(NamedTuple):
    """What a prediction's price goes by; see `Prediction`."""

    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    failure: str


def _priced(path: Path) -> list[_Priced]:
    return read_as(path, lambda p: _Priced(p.get("prompt_tokens", 0), p.get("completion_tokens", 0), p.get("cost"), p.get("failure", "")))


def _seconds(path: Path) -> list[float]:
    return read_as(path, lambda timing: float(timing["seconds"]))


def _of_system(predictions: Sequence[_Priced], seconds: Sequence[float]) -> Measured:
    """What is known of every answered row; of what some rows do not tell, nothing is said."""
    from eval.verdict.economics import Measured

    said = [p for p in predictions if not p.failure]
    sent, written, money = (
        [value for p in said if (value := getattr(p, name)) is not None] for name in ("prompt_tokens", "completion_tokens", "cost")
    )
    whole = [values if len(values) == len(said) else () for values in (sent, written, money, seconds)]
    return Measured(prompt_tokens=whole[0], completion_tokens=whole[1], money=whole[2], seconds=whole[3], outside=True)


def _index(run: RunFolder) -> tuple[float, int]:
    """Seconds of building the index, and its bytes on disk."""
    built = record.entries(run).get("index", record.Entry(""))
    return built.seconds, sum(path.stat().st_size for path in (run.path / "index").rglob("*") if path.is_file())


def _hours(run: RunFolder, experiment: Experiment, arm: Arm, seeds: Sequence[int]) -> dict[str, float]:
    """Prices of the machines that this arm's stages were done on, their mean over seeds."""
    stages = {
        "index": ["index"], "train": [train.stage_name(str(arm.adapter), seed) for seed in seeds],
        "query": [predict.stage_name(arm.name, seed) for seed in seeds],
    }  # fmt: skip
    return {part: query_cost.mean_hour(run, experiment, names) for part, names in stages.items()}


def _alone(run: RunFolder, arm: str) -> list[float]:
    """Seconds of the rows that were asked one at a time, over all seeds."""
    paths = sorted((run.path / "predictions" / arm).glob("seed-*.alone.json"))
    return [one for path in paths for one in (run.read_json(str(path.relative_to(run.path))) or {})["seconds"]]


def _training(run: RunFolder, experiment: Experiment, arm: Arm) -> dict[str, Any]:
    """`train_seconds` and, where a service trained it, `train_money`."""
    if arm.hosted:
        kept, how = (
            hosted.trained(run, str(arm.endpoint), arm.hosted),
            next(how for one, how in hosted.tuning(experiment) if one.name == arm.endpoint),
        )
        return {"train_seconds": kept["seconds"], "train_money": hosted.money(kept["tokens"], how)}
    return {"train_seconds": _training_seconds(run, arm)}


def _training_seconds(run: RunFolder, arm: Arm) -> float:
    training = arm.adapter
    folders = sorted((run.path / "adapters" / training).glob("seed-*")) if training else []
    trained = [run.read_json(f"adapters/{training}/{folder.name}/trained.json") for folder in folders]
    seconds = [one["seconds"] for one in trained if one]
    return sum(seconds) / len(seconds) if seconds else 0.0
