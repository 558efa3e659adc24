"""The learning curve: trained arms once more on parts of the training rows, asked the same test rows. Writes `curve.json`.

The parts are nested and drawn by a seed from training rows alone; the test rows choose nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.arms import TRAININGS, Arm, table, trainings
from pipeline.experiment.load import Experiment, answering, dump
from pipeline.probes.measure import metric_of, scores_of
from pipeline.records import Example, read_predictions
from pipeline.stages import train
from pipeline.stages.base import Context, Stage, drawn
from pipeline.stages.index import found_by
from pipeline.stages.prediction import likelihood, predict
from pipeline.stages.prediction.answers import Sheet
from pipeline.stages.prediction.prompting import Prompter
from pipeline.stages.sources import source_of
from pipeline.stages.training_pairs import CODE as TRAIN_CODE

if TYPE_CHECKING:
    from eval.explain.more_rows import Sized, Standing

SHARES = (0.25, 0.5)
"""Of the training rows; all of them are what the run trains on anyway."""
OUTPUT = "curve.json"
CODE = ("pipeline/probes/curve.py", "pipeline/probes/measure.py")
ONE_RUN = "One training run a size: how much training runs differ among themselves is not in these intervals."
INDEX_WHOLE = "What is retrieved was the same at every size: all training rows, also those that were not trained on."


@dataclass(frozen=True)
class Part:
    """One arm trained on a share of the training rows."""

    arm: Arm
    share: float
    seed: int

    @property
    def name(self) -> str:
        return f"{self.arm.name} share-{round(100 * self.share):03d}"

    @property
    def folder(self) -> str:
        return f"curve/{self.name.replace(' ', '/')}"

    def sheet(self, context: Context) -> Sheet:
        return Sheet(self.arm.name, self.seed, context.run.path / self.folder / "predictions.jsonl")


def parts_of(experiment: Experiment, arms: Sequence[Arm]) -> list[Part]:
    """Each training once, asked as the first chosen arm that uses it."""
    seed = (experiment.finetune.seeds or [0])[0]
    firsts = [next(arm for arm in arms if arm.adapter == training.name) for training in trainings(arms)]
    return [Part(arm, share, seed) for arm in firsts for share in SHARES]


def subset(rows: Sequence[Example], share: float, seed: int) -> list[Example]:
    """`share` of the rows, at least one, in their order; a smaller share's rows stand in every larger one's."""
    kept = {row.id for row in drawn(rows, max(1, math.ceil(share * len(rows))), seed, "curve")}
    return [row for row in rows if row.id in kept]


def stages(experiment: Experiment, arms: Sequence[Arm]) -> list[Stage]:
    """For each part its training and its answers, then the curve; none where no arm is trained."""
    parts = parts_of(experiment, arms)
    if not parts:
        return []
    made = [stage for part in parts for stage in _part(experiment, part)]
    whole = [predict.stage_name(part.arm.name, part.seed) for part in parts]
    needs = ("data", "score", "decide", *dict.fromkeys(whole), *(f"curve predict {part.name}" for part in parts))
    work_ = partial(work, parts=parts)
    settings = dump(experiment)
    inputs = {"metric": settings["decision"]["metric"], "task": answering(experiment), "parts": [part.name for part in parts]}
    return [*made, Stage("curve", (OUTPUT,), inputs, ("eval", "pipeline/tasks", *CODE), needs, work_)]


def _part(experiment: Experiment, part: Part) -> Iterator[Stage]:
    training = TRAININGS[str(part.arm.adapter)]
    trained, sheet = f"curve train {part.name}", f"{part.folder}/predictions.jsonl"
    yield Stage(
        name=trained,
        outputs=(f"{part.folder}/adapter",),
        inputs={**train.inputs_of(experiment, training), "share": part.share, "seed": part.seed},
        code=(*TRAIN_CODE, *CODE),
        needs=train.needs_of(training, experiment),
        work=partial(_train, part=part),
        job=f"curve {part.name}",
    )
    yield Stage(
        name=f"curve predict {part.name}",
        outputs=(sheet, sheet.replace(".jsonl", ".timings.jsonl")),
        inputs={**predict.inputs_of(experiment, part.arm), "share": part.share, "seed": part.seed},
        code=(*predict.CODE, *CODE),
        needs=(*found_by(experiment), trained, predict.stage_name(part.arm.name, part.seed)),
        work=partial(_predict, part=part),
        job=f"curve {part.name}",
    )


def _folder(context: Context, part: Part) -> Path:
    return context.run.path / part.folder / "adapter"


def _train(context: Context, part: Part) -> None:
    rows = subset(context.taught(str(part.arm.adapter)), part.share, part.seed)
    train.fit(context, TRAININGS[str(part.arm.adapter)], part.seed, rows, _folder(context, part))


def _predict(context: Context, part: Part) -> None:
    prompter = Prompter(context)
    asked = [prompter.for_arm(part.arm, row) for row in context.test]
    generator = context.generator(_folder(context, part))
    settle = likelihood.settler(context, part.arm, part.seed, generator, prompter, asked)
    predict.ask(context, generator, context.task, asked, part.sheet(context), settle)


def work(context: Context, parts: Sequence[Part]) -> None:
    """Score the arms trained on parts of the rows, and write down whether more rows would help."""
    from eval import scores
    from eval.explain.more_rows import more_rows

    task, rows = context.task, {row.id: row for row in context.test}
    metric = metric_of(context.experiment, task)
    decision = context.run.read_json("decision.json") or {}
    standing = _standing(decision, table(context.experiment))
    found = [
        score
        for name, seed in context.run.predicted()
        if name in standing.candidates
        for score in scores_of(task, metric, name, context.run.predictions(name, seed), rows)
    ]
    sizes: list[Sized] = []
    for part in [*parts, *(Part(arm, 1.0, parts[0].seed) for arm in dict.fromkeys(part.arm for part in parts))]:
        whole = part.share == 1.0
        path = context.run.predictions_path(part.arm.name, part.seed) if whole else part.sheet(context).path
        found += scores_of(task, metric, part.name, read_predictions(path), rows)
        sizes.append(_sized(context, part))
    told = more_rows(scores.table(found), metric, sorted(sizes, key=lambda one: (one.arm, one.rows)), standing)
    context.run.write_json(OUTPUT, {"schema": 1, "metric": metric, "seed": parts[0].seed, **told, "notes": _notes(context, parts)})


def _sized(context: Context, part: Part) -> Sized:
    from eval.explain.more_rows import Sized

    rows = len(subset(context.taught(str(part.arm.adapter)), part.share, part.seed))
    return Sized(part.arm.name, part.share, rows, part.name)


def _standing(decision: dict[str, Any], arms: dict[str, Arm]) -> Standing:
    from eval.explain.more_rows import Standing

    out = {*decision["excluded"], *(arm.name for arm in arms.values() if arm.diagnostic)}
    candidates = tuple(arm for arm in arms if arm in decision["coverage"] and arm not in out)
    leader = decision["arm"] or next(iter(decision["leaders"]), None)
    return Standing(leader, candidates, decision["verdict"] in ("winner", "tie"), {arm.name: arm.label for arm in arms.values()})


def _notes(context: Context, parts: Sequence[Part]) -> list[str]:
    retrieves = any(part.arm.passages == "retrieved" for part in parts)
    whole = retrieves and source_of(context.experiment, bool(context.documents)) != "documents"
    return [ONE_RUN, *([INDEX_WHOLE] if whole else [])]
