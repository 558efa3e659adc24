"""Every arm answers the same test rows, greedily. Predictions are written batch by batch, and a resumed run repeats whole batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from pipeline.arms import Arm
from pipeline.experiment import Experiment, dump
from pipeline.records import Timing, read_lines, write_lines
from pipeline.stages import likelihood, remote
from pipeline.stages.answers import append, prediction
from pipeline.stages.base import Context, Stage, weights_of
from pipeline.stages.prompting import Asked, Prompter
from pipeline.stages.train import CODE as TRAIN_CODE
from pipeline.stages.train import stage_name as training_stage

if TYPE_CHECKING:
    from finetune.generate import Prompt

PARTS = ("predict", "answers", "remote", "likelihood", "classic")
CODE = (*TRAIN_CODE, *(f"pipeline/stages/{part}.py" for part in PARTS), "pipeline/arms.py")


def stage_name(arm: str, seed: int) -> str:
    return f"predict {arm} seed-{seed}"


def stage(experiment: Experiment, arm: Arm, seed: int) -> Stage:
    settings = dump(experiment)
    needs = ("data", "retrieve", training_stage(arm.adapter, seed)) if arm.adapter else ("data", "retrieve")
    return Stage(
        name=stage_name(arm.name, seed),
        outputs=(
            f"predictions/{arm.name}/seed-{seed}.jsonl", f"predictions/{arm.name}/seed-{seed}.timings.jsonl",
            *((likelihood.name(arm.name, seed),) if _ours(arm) else ()),
        ),
        inputs={
            "arm": arm.name, "model": settings["model"], "task": settings["task"], "k": experiment.retrieval.k,
            "few_shot": settings["few_shot"] if arm.shots else None, "revision": weights_of(experiment).revision,
            "endpoint": next((e for e in settings["endpoints"] if e["name"] == arm.endpoint), None),
        },
        code=CODE if arm.language_model else (*CODE, "retrieval"),
        needs=needs,
        work=partial(work, arm=arm, seed=seed),
    )  # fmt: skip


def _ours(arm: Arm) -> bool:
    """Whether a language model on this machine answers."""
    return arm.language_model and not arm.endpoint


def work(context: Context, arm: Arm, seed: int) -> None:
    if not arm.language_model:
        from pipeline.stages.classic import answer

        began = time.monotonic()
        predictions = answer(context, arm)
        each = (time.monotonic() - began) / max(1, len(predictions))
        write_lines(context.run.timings_path(arm.name, seed), [Timing(p.row, each, len(predictions)) for p in predictions])
        write_lines(context.run.predictions_path(arm.name, seed), predictions)
        return
    rows = [row for row in context.test if arm.passages != "gold" or row.gold_passages]
    prompter = Prompter(context)
    asked = {row.id: prompter.for_arm(arm, row) for row in rows}
    if not asked:
        context.progress.note(f"{arm.name} is left out: no test row names its gold passages")
    if arm.endpoint:
        remote.ask(context, arm, stage_name(arm.name, seed), asked)
        return
    _ask(context, arm, seed, asked)


def _ask(context: Context, arm: Arm, seed: int, asked: dict[str, Asked]) -> None:
    from finetune.generate import Prompt

    generator = context.generator(arm.adapter, seed)
    scored = context.experiment.task.answers != "written"
    prompts = [Prompt(a.row.id, a.messages, context.task.choices(a.row) if scored else ()) for a in asked.values()]
    calibration = likelihood.decide(context, arm, seed, [a.row for a in asked.values()] if scored else [])
    batches = generator.plan(prompts)
    path, timings = context.run.predictions_path(arm.name, seed), context.run.timings_path(arm.name, seed)
    done = _keep_whole_batches(context, arm, seed, batches)
    count = sum(len(batch) for batch in batches[:done])
    context.progress.step(count, len(prompts))
    for batch in batches[done:]:
        generations = generator.run(batch, context.task.max_new_tokens, context.task.schema)
        generations = [calibration.settle(generation) for generation in generations]
        append(timings, (Timing(g.id, round(g.seconds, 6), g.batch) for g in generations))
        append(path, (prediction(context, arm, seed, asked[g.id], g) for g in generations))
        count += len(batch)
        context.progress.step(count, len(prompts))
    for file in (path, timings):
        if not file.exists():
            write_lines(file, [])


def _keep_whole_batches(context: Context, arm: Arm, seed: int, batches: Sequence[Sequence[Prompt]]) -> int:
    """How many batches are answered already; rows of a batch that was cut off are taken out of the files again."""
    path, timings = context.run.predictions_path(arm.name, seed), context.run.timings_path(arm.name, seed)
    stored = {line["row"] for line in read_lines(path)}
    done = 0
    for batch in batches:
        if not all(prompt.id in stored for prompt in batch):
            break
        done += 1
    keep = {prompt.id for batch in batches[:done] for prompt in batch}
    if path.exists():
        write_lines(path, [p for p in context.run.predictions(arm.name, seed) if p.row in keep])
    if timings.exists():
        write_lines(timings, [t for t in context.run.timings(arm.name, seed) if t.row in keep])
    return done
