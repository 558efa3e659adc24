"""How many passages a prompt holds, chosen by the base model's answers to training and dev questions. Sees no test question.

As with search and passage size the experiment's own k stands unless another's answers are better by twice the standard error of the
difference. One k for every arm that retrieves: the base model's, since none of them is trained yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from eval.names import in_a_sentence
from pipeline.arms import Arm, chosen
from pipeline.experiment.load import Experiment, answering, dump
from pipeline.records import Example
from pipeline.stages.base import Context, drawn, weights_of
from pipeline.stages.prediction.answers import Sheet, prediction
from pipeline.stages.prediction.prompting import Prompter
from pipeline.stages.training_pairs import CODE as TRAIN_CODE
from pipeline.stages.tuning.retrieval_settings import DEPTH

if TYPE_CHECKING:
    from finetune.inference.generate import Generator

CODE = (*TRAIN_CODE, "pipeline/stages/prediction/answers.py", "pipeline/stages/tuning/depth.py")
ROWS, FEWEST = 48, 20
"""Questions that are answered at most, and below which nothing is chosen."""
DEPTHS = (1, 2, 3, 5)


def inputs_of(experiment: Experiment) -> dict[str, Any]:
    settings = dump(experiment)
    return {"model": settings["model"], "task": answering(experiment), "revision": weights_of(experiment).revision}


def choose(context: Context, most: int) -> None:
    """Writes the k to use, at most `most`, with every trial's mean and the reason; a run with a limit of time takes no more passages."""
    own = context.experiment.retrieval.k
    most = own if context.experiment.run.minutes else most
    known = [row for row in (*context.train, *context.dev) if row.references]
    rows = drawn(known, ROWS, context.experiment.data.split.seed, "depth")
    if told := _not_asked(chosen(context.experiment), len(rows)):
        context.run.write_json(DEPTH, {"schema": 1, "k": own, "reason": f"k stays {own}: {told}", "trials": []})
        return
    prompter, generator = Prompter(context), context.generator(None)
    found = {k: _scores(context, generator, prompter, rows, k) for k in dict.fromkeys((own, *DEPTHS)) if k <= most}
    measured = [row.id for row in rows if all(row.id in scores for scores in found.values())]
    values = {k: [scores[row] for row in measured] for k, scores in found.items()}
    k = best(values, own)
    metric = context.task.primary
    told = f"{len(values)} values of k tried by the base model's {in_a_sentence(metric)} on {len(measured)} training and dev rows; "
    told += f"{k} gives {fmean(values[k]):.3f} instead of {fmean(values[own]):.3f}" if k != own else f"none beats {own} beyond luck"
    trials = [{"k": one, metric: round(fmean(each), 6) if each else None} for one, each in values.items()]
    context.run.write_json(DEPTH, {"schema": 1, "k": k, "reason": told, "trials": trials})
    context.progress.note(told)


def _not_asked(arms: Sequence[Arm], rows: int) -> str:
    """Why nothing is chosen; empty where it can be."""
    if not any(arm.language_model and arm.passages == "retrieved" for arm in arms):
        return "no arm gives passages to a language model"
    return f"only {rows} training and dev rows have a reference; {FEWEST} are needed to choose by them" if rows < FEWEST else ""


def best(values: dict[int, list[float]], own: int) -> int:
    """The k of the highest mean where it leads `own` by twice the standard error of the paired differences, else `own`."""
    if len(values[own]) < 2:
        return own
    k = max(values, key=lambda one: (fmean(values[one]), -one))
    leads = [a - b for a, b in zip(values[k], values[own], strict=True)]
    return k if fmean(leads) > 2 * stdev(leads) / len(leads) ** 0.5 else own


def _scores(context: Context, generator: Generator, prompter: Prompter, rows: Sequence[Example], k: int) -> dict[str, float]:
    """Row id → the primary metric of its answer with its k best passages, where it could be measured."""
    from finetune.inference.generate import Prompt

    task, scored = context.task, dict[str, float]()
    asked = {row.id: prompter.ask(row, prompter.found(row, k)) for row in rows}
    sheet = Sheet("rag", 0, context.run.path / DEPTH)
    for batch in generator.plan([Prompt(one.row.id, one.messages, task.scored(one.row)) for one in asked.values()]):
        for done in generator.run(batch, task.max_new_tokens, task.schema):
            one = asked[done.id]
            value = task.score(prediction(task, sheet, one, done), one.row)[task.primary].value
            if value is not None:
                scored[done.id] = value
    return scored
