"""How many of a training's rows may lack an answer, chosen by right answers to dev rows. Sees no test row.

Loss cannot choose it: declining is the easiest answer to learn, so that a model which declines everything has a low loss. Right answers
alone cannot either where half of dev has no answer, for declining everything is right on all of those. So an adapter that declines nearly
every question that has an answer is taken only where all do. As in every choice here the usual share stands unless another leads it by
twice the standard error of the paired differences.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from eval.metrics.hallucination import OUTCOMES
from eval.numerals import listed
from pipeline.arms import Training
from pipeline.errors import Cancelled, UserError
from pipeline.records import Example
from pipeline.stages.base import Context, capped, drawn
from pipeline.stages.prediction.answers import Sheet, prediction
from pipeline.stages.prediction.prompting import Prompter
from pipeline.stages.training_pairs import pairs_of, settings_of
from pipeline.stages.tuning.training_settings import DECLINES, share_file

if TYPE_CHECKING:
    from pathlib import Path

SHARES = (0.1, 0.2, 0.4, 1.0)
MOST_TRAIN, MOST_DEV = 240, 48
"""Rows that a trial learns from and answers at most."""
FEWEST = 8
"""Dev rows of each kind, with an answer and without, below which nothing is chosen by them."""


@dataclass(frozen=True)
class Trial:
    """One training under one share, and what it made of the dev rows."""

    share: float
    taught: int
    without: int
    """Of the rows taught, those without an answer."""
    values: Mapping[str, float]
    """By dev row: 1 right, 0 declined wrongly or wrong, less what a wrong answer costs (`decision.cost_of_wrong`)."""
    right: int
    declined: float
    """Share of the dev rows with an answer that were declined."""


def choose(context: Context, training: Training, seed: int) -> None:
    """Writes the share to use, the reason and every trial; called again after a kill it goes on after the last finished trial."""
    usual = context.experiment.finetune.USUAL_SHARE
    some = drawn(context.train, MOST_TRAIN, context.experiment.data.split.seed, "share")
    rows = _candidates(some, context.experiment.data.split.seed)
    if told := _nothing_to_choose(context, len(rows)):
        context.run.write_json(share_file(training.name), {"schema": 1, "share": usual, "reason": told, "trials": []})
        return
    stored = context.run.read_json(share_file(training.name)) or {}
    trials = [Trial(**one) for one in stored.get("trials", [])]
    for one, taught in list(rows.items())[len(trials) :]:
        trials.append(_try(context, training, seed, one, taught))
        context.run.write_json(share_file(training.name), {"schema": 1, "trials": list(map(asdict, trials))})
    found, why = best(trials, usual)
    said = {"schema": 1, "share": found, "reason": f"{_tried(trials)}; {why}", "trials": list(map(asdict, trials))}
    context.run.write_json(share_file(training.name), said)


def best(trials: Sequence[Trial], usual: float) -> tuple[float, str]:
    """The share to use and why, by the rule above."""
    usable = [one for one in trials if one.declined < DECLINES]
    if not usable:
        return min(one.share for one in trials), "the smallest is taken, since all decline nearly every question that has an answer"
    leader = max(usable, key=lambda one: (fmean(one.values.values()), -one.share))
    own = next((one for one in usable if one.share == usual), None)
    if own is None:
        return leader.share, f"{leader.share:g} is taken, since with {usual:g} it declines nearly every question that has an answer"
    leads = [leader.values[row] - own.values[row] for row in own.values]
    if leader is not own and fmean(leads) > 2 * stdev(leads) / len(leads) ** 0.5:
        return leader.share, f"{leader.share:g} is taken"
    return usual, f"{usual:g} stays, since no other that answers leads it beyond luck"


def _candidates(rows: Sequence[Example], seed: int) -> dict[float, list[Example]]:
    """Each share with the rows it leaves; of shares that leave the same rows the smallest."""
    found: dict[tuple[str, ...], tuple[float, list[Example]]] = {}
    for share in SHARES:
        taught = capped(rows, share, seed)
        found.setdefault(tuple(row.id for row in taught), (share, taught))
    return dict(found.values())


def _nothing_to_choose(context: Context, candidates: int) -> str:
    """Why nothing is chosen; empty where it can be."""
    if candidates < 2:
        return f"at most {SHARES[0]:.0%} of the training rows have no answer; all of them are used"
    known = sum(bool(row.references) for row in context.dev)
    if min(known, len(context.dev) - known) < FEWEST:
        return f"dev has {known} rows with an answer and {len(context.dev) - known} without; {FEWEST} of each are needed to choose by them"
    return ""


def _dev(context: Context) -> list[Example]:
    """Half of them with an answer and half without, as far as there are so many."""
    kinds = ([row for row in context.dev if bool(row.references) is has] for has in (True, False))
    return [row for kind in kinds for row in drawn(kind, MOST_DEV // 2, context.experiment.data.split.seed, "share")]


def _try(context: Context, training: Training, seed: int, share: float, taught: Sequence[Example]) -> Trial:
    from finetune.errors import SetupError, Stopped
    from finetune.training.settings import Job
    from finetune.training.train import train

    place = context.run.path / share_file(training.name).replace(".json", f"-{share:g}")
    context.free_models()
    pairs, dev = pairs_of(context, training, seed, taught), pairs_of(context, training, seed, context.dev)
    try:
        train(Job(context.weights, pairs, dev, settings_of(context.experiment, seed), place))
    except Stopped:
        raise Cancelled from None
    except SetupError as error:
        raise UserError(str(error), where="finetune.unanswerable_share") from error
    outcomes = _answered(context, training, place)
    context.free_models()
    shutil.rmtree(place)
    known = {row.id for row in context.dev if row.references}
    return trial(share, taught, outcomes, known, context.experiment.decision.cost_of_wrong)


def _answered(context: Context, training: Training, adapter: Path) -> dict[str, str]:
    """Dev row → what became of its answer, `correct`, `abstained` or `fabricated`; without rows that cannot be graded, whatever is said."""
    from finetune.inference.generate import Prompt

    task, prompter, generator = context.task, Prompter(context), context.generator(adapter)
    asked = {row.id: prompter.ask(row, prompter.found(row) if training.retrieved else []) for row in _dev(context)}
    sheet, found = Sheet(training.name, 0, adapter), dict[str, str]()
    for batch in generator.plan([Prompt(one.row.id, one.messages, task.scored(one.row)) for one in asked.values()]):
        for done in generator.run(batch, task.max_new_tokens, task.schema):
            scores = task.score(prediction(task, sheet, asked[done.id], done), asked[done.id].row)
            found.update((done.id, name) for name in OUTCOMES if scores[name].value == 1)
    return found


def trial(share: float, taught: Sequence[Example], outcomes: Mapping[str, str], known: set[str], cost: float = 0.0) -> Trial:
    """`outcomes` by dev row; `known`: the dev rows that have an answer; `cost` of a wrong answer in right ones."""
    values = {row: float(one == ("correct" if row in known else "abstained")) for row, one in outcomes.items()}
    paid = {row: values[row] - cost * (one == "fabricated") for row, one in outcomes.items()}
    declined = [one == "abstained" for row, one in outcomes.items() if row in known]
    without = sum(not row.references for row in taught)
    return Trial(share, len(taught), without, paid, round(sum(values.values())), fmean(declined) if declined else 0.0)


def _tried(trials: Sequence[Trial]) -> str:
    each = listed([f"{one.share:g} ({one.without} of {one.taught} rows without an answer): right on {one.right}, declines "
                   f"{100 * one.declined:.0f} % of those with an answer" for one in trials])  # fmt: skip
    return f"tried by right answers to {len(trials[0].values)} dev rows: {each}"
