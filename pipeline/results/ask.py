"""Asks every arm of a finished run one question. Nothing is scored or stored, and no verdict changes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.arms import Arm, chosen
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.records import Example, Hit
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import index
from pipeline.stages.base import Context
from pipeline.stages.prediction import likelihood, remote
from pipeline.stages.prediction.answers import Sheet, prediction
from pipeline.stages.prediction.prompting import Asked, Prompter

ROW = "asked"


@dataclass(frozen=True)
class Said:
    """What one arm answered, or why it could not."""

    arm: str
    label: str
    text: str = ""
    seconds: float = 0.0
    """From the prompt to the answer, alone; loading the weights is not in it."""
    passages: tuple[str, ...] = ()
    failure: str = ""


def ask(run: RunFolder, question: str, only: Sequence[str] = ()) -> Iterator[Said]:
    """Each arm's answer as it comes, those without training first; an arm that fails says so and the others go on."""
    if not (run.path / "retrieved").exists():
        raise UserError(f"{run.id} has no index yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    context = Context(run, load(run.path / "experiment.yaml"), Progress(run))
    arms = [arm for arm in chosen(context.experiment) if arm.passages != "gold" and arm.language_model and (not only or arm.name in only)]
    if not arms:
        raise UserError("there is no such arm in this run.", where=", ".join(only))
    row = Example(ROW, question, ())
    prompter = Prompter(context)
    found = index.open_retriever(context).retrieve([question], prompter.k)[0]
    hits = [index.hit_of(row, one) for one in found]
    for arm in arms:
        try:
            yield _answer(context, prompter, arm, row, hits if arm.passages == "retrieved" else [])
        except UserError as error:
            yield Said(arm.name, arm.label, failure=str(error))


def _answer(context: Context, prompter: Prompter, arm: Arm, row: Example, hits: Sequence[Hit]) -> Said:
    asked = prompter.ask(row, hits, shots=arm.shots)
    began = time.perf_counter()
    if arm.endpoint:
        text, failure = remote.answer(context, arm, asked)
    else:
        text, began = _own(context, prompter, arm, asked)
        failure = ""
    texts = tuple(prompter.text(hit.passage).text for hit in asked.passages)
    return Said(arm.name, arm.label, text, round(time.perf_counter() - began, 3), texts, failure)


def _own(context: Context, prompter: Prompter, arm: Arm, asked: Asked) -> tuple[str, float]:
    """The answer, and the moment at which the prompt was put."""
    from finetune.inference.generate import Prompt

    seed = (context.experiment.finetune.seeds or [0])[0]
    if arm.adapter and not (context.adapter_folder(arm.adapter, seed) / "adapter").exists():
        raise UserError("this arm is not trained yet.")
    generator, task = context.answering(arm, seed), context.task
    settle = likelihood.settler(context, arm, seed, generator, prompter, [asked])
    (batch,) = generator.plan([Prompt(ROW, asked.messages, task.scored(asked.row))])
    began = time.perf_counter()
    generation = settle(generator.run(batch, task.max_new_tokens, task.schema)[0])
    said = prediction(task, Sheet(arm.name, seed, context.run.path), asked, generation)
    return said.text, began
