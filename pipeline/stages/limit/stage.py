"""A run's limit of time as a stage: what the run would take is measured once, and what is cut for it is stored before anything is spent.

What is stored holds for the rest of the run, resumed or not: every later stage is keyed by it. No test row is asked or looked at.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.arms import built
from pipeline.data.split import fewer
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, dump
from pipeline.stages.base import Context, Stage, weights_of
from pipeline.stages.embedder import embedder_of
from pipeline.stages.limit.cut import MEASURED, OUTPUT
from pipeline.stages.limit.rule import Size, Work, fitting, seconds
from pipeline.stages.limit.told import caveats, notes
from pipeline.stages.training_pairs import CODE

NAME = "limit"
BEFORE = ("tune retrieval", "index")
"""What is built begins with one of these; what stands before has everything there is."""


def asked_for(experiment: Experiment) -> bool:
    """Whether the run has a limit of time, or one that was found elsewhere."""
    return built(experiment) and bool(experiment.run.minutes or experiment.run.training_rows)


def stage(experiment: Experiment) -> Stage:
    """The stage that keeps the run within `run.minutes`."""
    settings = dump(experiment)
    named = ("run", "task", "model", "retrieval", "finetune", "few_shot", "arms", "endpoints")
    split = {"seed": experiment.data.split.seed, "by": experiment.data.split.by}
    revisions = [weights_of(experiment).revision, embedder_of(experiment).revision]
    return Stage(
        name=NAME,
        outputs=(OUTPUT, MEASURED),
        inputs={"settings": {name: settings[name] for name in named}, "split": split, "revisions": revisions},
        code=("retrieval", *CODE, "pipeline/stages/limit", "pipeline/stages/prediction", "pipeline/data/split.py", "pipeline/arms.py"),
        needs=("data",),
        work=work,
        settles=(OUTPUT,),
    )


def bound(stages: Sequence[Stage], experiment: Experiment) -> list[Stage]:
    """The plan with this stage in its place, and every later stage bound to what it stores; as it was where there is no limit."""
    if not asked_for(experiment):
        return list(stages)
    at = next(number for number, one in enumerate(stages) if one.name in BEFORE)
    return [*stages[:at], stage(experiment), *(replace(one, needs=(*dict.fromkeys((*one.needs, NAME)),)) for one in stages[at:])]


def work(context: Context) -> None:
    """Measure where there is a limit, and write down what is cut and what all of it would take."""
    experiment = context.experiment
    whole = size_of(context)
    size, told = whole, dict[str, Any]()
    if experiment.run.minutes:
        began = time.perf_counter()
        works = measured(context)
        spent = time.perf_counter() - began
        size = within(works, whole, experiment.run.minutes, spent)
        told = {"measuring": spent, "all": seconds(works, whole), "kept": seconds(works, size), "stages": [asdict(one) for one in works]}
    rows = min(size.rows, experiment.run.training_rows or size.rows)
    left = fewer(context.train, rows, experiment.data.split, experiment.task.kind) if rows < whole.rows else None
    context.run.write_json(MEASURED, {"schema": 1, "whole": asdict(whole), "size": {**asdict(size), "rows": rows}, "seconds": told})
    cut = {"rows": None if left is None else [row.id for row in left], "k": size.k, "epochs": size.epochs}
    same = {"k": whole.k, "epochs": whole.epochs}
    context.run.write_json(OUTPUT, {"schema": 1, **{key: None if same.get(key) == value else value for key, value in cut.items()}})
    for line in (*caveats(context.run, experiment), *notes(context.run, experiment)):
        context.progress.note(line)


def size_of(context: Context) -> Size:
    """All that the run could use."""
    experiment = context.experiment
    return Size(len(context.train), experiment.retrieval.k, experiment.finetune.epochs or 1.0)


def measured(context: Context) -> list[Work]:
    """The stages' seconds; a model that cannot be asked is a UserError, as it would be in the stage that asks it."""
    from finetune.errors import SetupError
    from pipeline.stages.limit.measure import Measure

    with tempfile.TemporaryDirectory(prefix="bakeoff-limit-") as folder:
        try:
            return list(Measure(context, Path(folder)).works())
        except SetupError as error:
            raise UserError(str(error), where="model") from error
        finally:
            context.free_models()


def within(works: Sequence[Work], whole: Size, minutes: float, spent: float) -> Size:
    """The size that these stages keep `minutes` with, `spent` seconds of them being gone."""
    return fitting(partial(seconds, works), whole, 60 * minutes - spent)
