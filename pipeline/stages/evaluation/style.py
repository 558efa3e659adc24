"""Training rows as the base model answers them, beside the team's own targets: what the style match is fitted on. Never sees test rows."""

from __future__ import annotations

from pipeline.arms import ARMS
from pipeline.experiment.load import Experiment, answering, dump
from pipeline.records import Example
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage, drawn, weights_of
from pipeline.stages.prediction.prompting import Prompter
from pipeline.stages.training_pairs import CODE as TRAIN_CODE

OUTPUT = "style.json"
PAIRS = 60
"""Rows answered: enough to tell styles apart, few enough to cost half a minute."""


def stage(experiment: Experiment) -> Stage:
    """The stage that learns to tell the team's writing from the base model's."""
    settings = dump(experiment)
    return Stage(
        name="style",
        outputs=(OUTPUT,),
        inputs={"model": settings["model"], "task": answering(experiment), "revision": weights_of(experiment).revision},
        code=(*TRAIN_CODE, "retrieval", "eval/metrics/style.py", "pipeline/stages/evaluation/style.py"),
        needs=("data",),
        work=work,
        job="base",
    )


def work(context: Context) -> None:
    """Write down how well the two can be told apart, and the training pairs it was learnt from."""
    from eval.metrics.style import fit

    rows = _drawn(context)
    answers = _base_answers(context, rows)
    pairs = [{"row": row.id, "team": context.task.target(row), "base": answers[row.id]} for row in rows if answers[row.id].strip()]
    embed = context.embedder.encode
    style = fit(embed([p["team"] for p in pairs], "passage"), embed([p["base"] for p in pairs], "passage")) if pairs else None
    figures = {"accuracy": style.accuracy, "low": style.low, "high": style.high, "usable": style.usable} if style else {"usable": False}
    context.run.write_json(OUTPUT, {"schema": 1, **figures, "pairs": pairs})


def notes(run: RunFolder) -> list[str]:
    """What a reader of the style match must know; nothing where the task has none."""
    stored = run.read_json(OUTPUT)
    if stored is None:
        return []
    if "accuracy" not in stored:
        return ["Style match: not measured, for want of answers of the base model to tell the team's from."]
    told = f"{stored['accuracy']:.0%} of held-out texts right ({stored['low']:.0%} to {stored['high']:.0%}; chance is 50%)"
    what = "the classifier that tells the team's targets from the base model's answers gets"
    return [f"Style match: {what} {told}{'' if stored['usable'] else ', which is no better than chance: no score is given'}."]


def _drawn(context: Context) -> list[Example]:
    return drawn(context.train, PAIRS, context.experiment.data.split.seed, "style")


def _base_answers(context: Context, rows: list[Example]) -> dict[str, str]:
    from finetune.inference.generate import Prompt

    prompter, generator = Prompter(context), context.generator(None)
    prompts = [Prompt(row.id, prompter.for_arm(ARMS["base"], row).messages, ()) for row in rows]
    of, answers = {row.id: row for row in rows}, dict[str, str]()
    for batch in generator.plan(prompts):
        answers |= {g.id: context.task.read(g.text, of[g.id]).content for g in generator.run(batch, context.task.max_new_tokens)}
        context.progress.step(len(answers), len(rows))
    return answers
