"""Rank, learning rate and epochs of each training by dev loss, before them its share of rows without an answer; sees no test row."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.arms import Training
from pipeline.errors import Cancelled, UserError
from pipeline.experiment.load import Experiment
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.training_pairs import pairs_of, settings_of
from pipeline.stages.tuning import share
from pipeline.stages.tuning.training_settings import CHOSEN, folder

if TYPE_CHECKING:
    from finetune.training.settings import TrainSettings

CODE = ("eval/metrics", "pipeline/stages/prediction/answers.py", "pipeline/stages/tuning/share.py")
FEWEST = 10
"""Dev rows below which nothing is chosen by their loss."""


def stage_name(training: str) -> str:
    return f"search {training}"


def stage(experiment: Experiment, training: Training, inputs: Any, needs: tuple[str, ...], code: tuple[str, ...]) -> Stage:
    """With the inputs, code and earlier stages of the training it is for."""
    return Stage(
        name=stage_name(training.name),
        outputs=(folder(training.name),),
        inputs=[inputs, (experiment.finetune.seeds or [0])[0], experiment.decision.cost_of_wrong],
        code=(*code, *CODE),
        needs=needs,
        work=partial(work, training=training),
        job=stage_name(training.name),
    )


def work(context: Context, training: Training) -> None:
    """Choose on dev what is to be chosen of this training, and write down what was tried."""
    seed, finetune = (context.experiment.finetune.seeds or [0])[0], context.experiment.finetune
    (context.run.path / folder(training.name)).mkdir(parents=True, exist_ok=True)
    if finetune.unanswerable_share == "dev":
        share.choose(context, training, seed)
    if finetune.search:
        _settings(context, training, seed)


def _settings(context: Context, training: Training, seed: int) -> None:
    """Search the training's settings on dev, and write down what was tried, what was chosen and what it cost."""
    from finetune.errors import SetupError, Stopped
    from finetune.training.search import search

    place = context.run.path / folder(training.name)
    if len(context.dev) < FEWEST:
        reason = f"{len(context.dev)} dev rows are too few to choose training settings by; {FEWEST} are needed"
        context.run.write_json(f"{folder(training.name)}/chosen.json", {"schema": 1, "chosen": {}, "told": reason})
        return
    context.free_models()
    pairs, dev = pairs_of(context, training, seed, context.taught(training.name)), pairs_of(context, training, seed, context.dev)
    given = settings_of(context.experiment, seed)
    try:
        found = search(context.weights, pairs, dev, given, place)
    except Stopped:
        raise Cancelled from None
    except SetupError as error:
        raise UserError(str(error), where="finetune.search") from error
    told = f"{len(found.trials)} trials in {found.seconds:.0f} s of training, by the loss of {len(dev)} dev rows"
    chosen = {key: getattr(found.settings, key) for key in CHOSEN}
    said = {
        "schema": 1,
        "chosen": chosen,
        "seconds": found.seconds,
        "tokens": found.tokens,
        "told": f"{told}; {_words(found.settings, given)}",
    }
    context.run.write_json(f"{folder(training.name)}/chosen.json", said)


def notes(run: RunFolder) -> list[str]:
    paths = sorted(run.path.glob("search/*/chosen.json"))
    return [f"Training settings of {p.parent.name}: {(run.read_json(str(p.relative_to(run.path))) or {})['told']}." for p in paths]


def _words(found: TrainSettings, given: TrainSettings) -> str:
    if found == given:
        return "the settings given were the best"
    return f"taken: rank {found.rank}, learning rate {found.learning_rate:g}, {found.epochs:g} epochs"
