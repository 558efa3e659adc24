"""Caveats of one run, by its settings and files (those of any verdict: eval.explain.caveats). It decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.arms import ARMS, chosen, table
from pipeline.experiment.load import Experiment
from pipeline.records import read_examples
from pipeline.run_folder.store import RunFolder

if TYPE_CHECKING:
    import pandas as pd

    from eval.verdict.record import Decision


def of_run(
    run: RunFolder, experiment: Experiment, decision: Decision, frame: pd.DataFrame, agreement: dict[str, dict[str, Any]]
) -> tuple[str, ...]:
    """The run's own caveats; `frame` holds its scores, `agreement` the metrics' agreement with people."""
    leading = _constant(run, experiment, decision, frame)
    return (*_room(frame), *_inexact(experiment), *leading, *_of_the_judge(experiment, decision, agreement))


def left_out(experiment: Experiment) -> list[str]:
    """Arms that could have run and were not asked for."""
    asked = {arm.name for arm in chosen(experiment)}
    missing = [arm.label for arm in ARMS.values() if arm.name not in asked and not arm.diagnostic]
    return [f"Arms that were not asked for: {', '.join(missing)}."] if missing else []


def _room(frame: pd.DataFrame) -> list[str]:
    """Whether the base model leaves anything to win; nothing where it did not run."""
    from pipeline.data.audit.headroom import headroom

    base = frame[(frame["arm"] == "base") & (frame["metric"] == "correct") & ~frame["reason"].str.startswith("not applicable")]
    found = headroom([None if value != value else float(value) for value in base["value"]]) if len(base) else None  # noqa: PLR0124
    return [f"{found.message}. {found.remedy}"] if found else []


def _inexact(experiment: Experiment) -> list[str]:
    """Settings that buy speed with another result, in all arms alike; nothing where no arm had to do with them."""
    layers, dtype, arms = experiment.finetune.layers, experiment.model.dtype, chosen(experiment)
    told = []
    if layers and any(arm.adapter for arm in arms):
        told.append(f"Adapters were trained in the last {layers} layers only (finetune.layers): faster, and they may learn less.")
    if dtype != "float32" and any(arm.language_model and not arm.endpoint for arm in arms):
        told.append(f"The local model computed in {dtype} (model.dtype), in all its arms; in float32 answers may differ.")
    return told


def _constant(run: RunFolder, experiment: Experiment, decision: Decision, frame: pd.DataFrame) -> list[str]:
    """Leading arms that do no better on a closed set than its commonest label."""
    from eval.metrics import constant

    if experiment.task.multi_label or (experiment.task.kind != "classification" and not experiment.task.choices):
        return []
    train, test = (read_examples(run.path / f"data/{side}.jsonl") for side in ("train", "test"))
    answer = constant.commonest([row.references[0] for row in train if row.references])
    if answer is None or not test:
        return []
    right = frame[(frame["metric"] == "correct") & frame["arm"].isin(decision.leaders)].groupby("arm")["value"].mean().dropna()
    labels = {arm.name: arm.label for arm in table(experiment).values()}
    share = constant.share_right(answer, [row.references for row in test])
    return constant.caveats(answer, share, {str(arm): float(mean) for arm, mean in right.items()}, labels, experiment.decision.margin)


def _of_the_judge(experiment: Experiment, decision: Decision, agreement: dict[str, dict[str, Any]]) -> list[str]:
    from eval.judge.people import gate
    from eval.judge.people.correction import shared_base

    warning = shared_base(experiment.judge.model, experiment.model.name) if experiment.judge else ""
    told = gate.caveats(decision.metric, agreement.get(decision.metric), decision.leaders) if not decision.blocks else []
    return [*told, *([warning] if warning else [])]
