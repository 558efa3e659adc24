"""Every arm answers the same test rows, greedily. Predictions are written batch by batch, and a resumed run repeats whole batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.arms import Arm
from pipeline.experiment.load import Endpoint as EndpointSection
from pipeline.experiment.load import Experiment, answering, dump
from pipeline.records import Example, Hit, Timing, read_lines, write_lines
from pipeline.stages.base import Context, Stage, drawn, weights_of
from pipeline.stages.fits import context_notes
from pipeline.stages.index import found_by
from pipeline.stages.prediction import likelihood, remote
from pipeline.stages.prediction.answers import Sheet, append, prediction
from pipeline.stages.prediction.prompting import Asked, Prompter
from pipeline.stages.train import stage_name as training_stage
from pipeline.stages.training_pairs import CODE as TRAIN_CODE

if TYPE_CHECKING:
    from finetune.inference.generate import Generation, Generator, Prompt
    from pipeline.stages.prediction.classic import Answering
    from pipeline.tasks.base import TaskKind

PARTS = ("predict", "answers", "remote", "likelihood", "classic", "supported", "fields_found")
ALONE = 8
"""Rows asked one at a time at most, for the latency of a single query."""
CODE = (*TRAIN_CODE, *(f"pipeline/stages/prediction/{part}.py" for part in PARTS), "pipeline/arms.py")


def stage_name(arm: str, seed: int) -> str:
    return f"predict {arm} seed-{seed}"


def stage(experiment: Experiment, arm: Arm, seed: int) -> Stage:
    """The stage in which one arm, under one training seed, answers the test rows."""
    trained = training_stage(arm.adapter, seed) if arm.adapter else f"fine-tune {arm.endpoint}" if arm.hosted else None
    needs = (*found_by(experiment), *((trained,) if trained else ()))
    ours = arm.language_model and not arm.endpoint
    return Stage(
        name=stage_name(arm.name, seed),
        outputs=(
            f"predictions/{arm.name}/seed-{seed}.jsonl", f"predictions/{arm.name}/seed-{seed}.timings.jsonl",
            *([alone_name(arm.name, seed)] if not arm.endpoint else []), *([likelihood.name(arm.name, seed)] if ours else []),
        ),
        inputs=inputs_of(experiment, arm),
        code=code_of(arm),
        needs=needs,
        work=partial(work, arm=arm, seed=seed),
        job=training_stage(arm.adapter, seed) if arm.adapter else "" if arm.endpoint else "base",
    )  # fmt: skip


def inputs_of(experiment: Experiment, arm: Arm) -> dict[str, Any]:
    """The settings that an arm's answers depend on."""
    settings = dump(experiment)
    return {
        "arm": arm.name, "model": settings["model"], "task": answering(experiment), "k": experiment.retrieval.k,
        "few_shot": settings["few_shot"] if arm.shots else None, "revision": weights_of(experiment).revision,
        "endpoint": next((_asked_of(e) for e in experiment.endpoints if e.name == arm.endpoint), None),
    }  # fmt: skip


def _asked_of(endpoint: EndpointSection) -> list[Any]:
    """What an endpoint's answers depend on; a new price or time limit asks nobody again."""
    further = (endpoint.arguments, endpoint.reasoning_effort, endpoint.thinking_tokens)
    return [endpoint.address, endpoint.model, *([endpoint.provider, *further] if any(further) or not endpoint.base_url else [])]


def code_of(arm: Arm) -> tuple[str, ...]:
    return CODE if arm.language_model else (*CODE, "retrieval")


def work(context: Context, arm: Arm, seed: int) -> None:
    """Ask the arm every test row it can answer, and write its predictions down."""
    sheet = Sheet(arm.name, seed, context.run.predictions_path(arm.name, seed))
    prompter = Prompter(context)
    if not arm.language_model:
        hits = {row.id: prompter.found(row) for row in context.test}
        _alone_without_model(context, arm, without_model(context, arm, context.test, hits, sheet, prompter), hits)
        return
    rows = [row for row in context.test if arm.passages != "gold" or row.gold_passages]
    asked = [prompter.for_arm(arm, row) for row in rows]
    if not asked:
        context.progress.note(f"{arm.name} is left out: no test row names its gold passages")
    if arm.endpoint:
        remote.ask(context, arm, stage_name(arm.name, seed), asked, sheet)
        return
    generator = context.answering(arm, seed)
    likelihood.decide(context, arm, seed, generator, prompter)
    ask(context, generator, context.task, asked, sheet, likelihood.settler(context, arm, seed, generator, prompter, asked))
    _alone(context, generator, arm, seed, prompter, asked)


def without_model(
    context: Context, arm: Arm, rows: Sequence[Example], hits: Mapping[str, list[Hit]], sheet: Sheet, prompter: Prompter
) -> Answering:
    """The classic baseline's answers to these rows, with these passages by row id; returns the baseline as it was fitted."""
    from pipeline.stages.prediction.classic import prepare

    answer, began = prepare(context, arm, prompter), time.monotonic()
    predictions = answer(rows, hits)
    each = (time.monotonic() - began) / max(1, len(predictions))
    write_lines(sheet.timings, [Timing(p.row, each, len(predictions)) for p in predictions])
    write_lines(sheet.path, predictions)
    return answer


def _alone_without_model(context: Context, arm: Arm, answer: Answering, hits: Mapping[str, list[Hit]]) -> None:
    """Seconds of the same few rows that every arm is asked one at a time."""
    rows, seconds = drawn(context.test, asked_alone(len(context.test)), context.experiment.data.split.seed, "alone"), []
    for row in rows:
        began = time.perf_counter()
        answer([row], hits)
        seconds.append(round(time.perf_counter() - began, 4))
    context.run.write_json(alone_name(arm.name, 0), {"schema": 1, "rows": [row.id for row in rows], "seconds": seconds})


def ask(
    context: Context, generator: Generator, task: TaskKind, asked: Sequence[Asked], sheet: Sheet,
    settle: Callable[[Generation], Generation] = lambda generation: generation,
) -> None:  # fmt: skip
    """Each prompt to the model, batch by batch onto the sheet; whole batches that stand there already are not asked again."""
    from finetune.inference.generate import Prompt
    from finetune.inference.halving import answered

    by_row = {a.row.id: a for a in asked}
    prompts = [Prompt(a.row.id, a.messages, task.scored(a.row)) for a in asked]
    batches = generator.plan(prompts)
    done = _keep_whole_batches(sheet, batches)
    count = sum(len(batch) for batch in batches[:done])
    context.progress.step(count, len(prompts))
    for batch in batches[done:]:
        generations = [settle(generation) for generation in answered(generator, batch, task.max_new_tokens, task.schema)]
        append(sheet.timings, (Timing(g.id, round(g.seconds, 6), g.batch) for g in generations))
        append(sheet.path, (prediction(task, sheet, by_row[g.id], g) for g in generations))
        count += len(batch)
        context.progress.step(count, len(prompts))
    for file in (sheet.path, sheet.timings):
        if not file.exists():
            write_lines(file, [])


def alone_name(arm: str, seed: int) -> str:
    return f"predictions/{arm}/seed-{seed}.alone.json"


def asked_alone(rows: int) -> int:
    """How many of so many rows are asked one at a time: a twentieth of few."""
    return min(ALONE, -(-rows // 20))


def _alone(context: Context, generator: Generator, arm: Arm, seed: int, prompter: Prompter, asked: Sequence[Asked]) -> None:
    """Seconds of a few rows asked one at a time, as a user would meet the arm, and by which engine; the answers are not kept.

    Where likelihoods are held against an empty input, an arm with passages has to ask that for every query; the others know it already.
    """
    from finetune.inference.generate import Prompt

    task, seconds, by_row = context.task, [], {one.row.id: one for one in asked}
    rows = [one.row for one in asked]
    chosen = [by_row[row.id] for row in drawn(rows, asked_alone(len(rows)), context.experiment.data.split.seed, "alone")]
    for one in chosen:
        began = time.perf_counter()
        (batch,) = generator.plan([Prompt(one.row.id, one.messages, task.scored(one.row))])
        generator.run(batch, task.max_new_tokens, task.schema)
        if arm.passages != "none":
            likelihood.settler(context, arm, seed, generator, prompter, [one])
        seconds.append(round(time.perf_counter() - began, 4))
    told = {"rows": [one.row.id for one in chosen], "seconds": seconds, "engine": asdict(generator.engine)}
    told["chat"] = [*generator.chat.notes, *context_notes(context.experiment)]
    context.run.write_json(alone_name(arm.name, seed), {"schema": 1, **told})


def _keep_whole_batches(sheet: Sheet, batches: Sequence[Sequence[Prompt]]) -> int:
    """How many batches are answered already; rows of a batch that was cut off are taken out of the files again."""
    stored = {line["row"] for line in read_lines(sheet.path)}
    done = 0
    for batch in batches:
        if not all(prompt.id in stored for prompt in batch):
            break
        done += 1
    keep = {prompt.id for batch in batches[:done] for prompt in batch}
    if sheet.path.exists():
        write_lines(sheet.path, [p for p in sheet.predictions() if p.row in keep])
    if sheet.timings.exists():
        write_lines(sheet.timings, [t for line in read_lines(sheet.timings) if (t := Timing(**line)).row in keep])
    return done
