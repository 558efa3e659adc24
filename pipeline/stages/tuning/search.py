"""Rank, learning rate and epochs of each training, chosen by dev loss. The same search for every trained arm; sees no test row."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.arms import Training
from pipeline.errors import Cancelled, UserError
from pipeline.experiment.load import Experiment
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.training_pairs import pairs_of, settings_of
from pipeline.stages.tuning.training_settings import CHOSEN, folder

if TYPE_CHECKING:
    from finetune.training.settings import TrainSettings

FEWEST = 10
"""Dev rows below which nothing is chosen by their loss."""


def stage_name(training: str) -> str:
    return f"search {training}"


def stage(experiment: Experiment, training: Training, inputs: Any, needs: tuple[str, ...], code: tuple[str, ...]) -> Stage:
    """With the inputs, code and earlier stages of the training it is for."""
    return Stage(
        name=stage_name(training.name),
        outputs=(folder(training.name),),
        inputs=[inputs, (experiment.finetune.seeds or [0])[0]],
        code=code,
        needs=needs,
        work=partial(work, training=training),
    )


def work(context: Context, training: Training) -> None:
    """Search the training's settings on dev, and write down what was tried, what was chosen and what it cost."""
    from finetune.errors import SetupError, Stopped
    from finetune.training.search import search

    seed, place = (context.experiment.finetune.seeds or [0])[0], context.run.path / folder(training.name)
    place.mkdir(parents=True, exist_ok=True)
    if len(context.dev) < FEWEST:
        reason = f"{len(context.dev)} dev rows are too few to choose training settings by; {FEWEST} are needed"
        context.run.write_json(f"{folder(training.name)}/chosen.json", {"schema": 1, "chosen": {}, "told": reason})
        return
    context.free_models()
    pairs, dev = pairs_of(context, training, seed, context.taught), pairs_of(context, training, seed, context.dev)
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
