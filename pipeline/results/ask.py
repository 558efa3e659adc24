"""Asks the candidates of a finished run one question after another, what they need kept loaded. Nothing is scored or stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.arms import Arm, built, chosen
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, load
from pipeline.records import Example, Hit
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import index
from pipeline.stages.base import Context, weights_of
from pipeline.stages.prediction import likelihood, remote
from pipeline.stages.prediction.answers import Sheet, prediction
from pipeline.stages.prediction.prompting import Asked, Prompter

if TYPE_CHECKING:
    from pipeline.stages.prediction.classic import Answering

ROW = "asked"
Hear = Callable[[str, str], None]
"""Told an arm's name and its answer so far, as it is written; what it raises ends the answer."""


@dataclass(frozen=True)
class Given:
    """A passage that stood in the prompt."""

    document: str
    text: str


@dataclass(frozen=True)
class Said:
    """What one arm answered, or why it could not."""

    arm: str
    label: str
    text: str = ""
    seconds: float = 0.0
    """From the prompt to the answer, alone; loading the weights is not in it."""
    passages: tuple[Given, ...] = ()
    failure: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    score: float | None = None
    """Of the best passage that was found; told by a server alone."""


class Quiet(Progress):
    """Of a run that is read: its events stay as they are."""

    def _tell(self, event: str, **values: Any) -> None:
        """Nothing is written down."""


def arms_of(experiment: Experiment) -> list[Arm]:
    """The arms that can be asked anything: all but those that are given what a deployment would not have."""
    there = {system.name for system in experiment.systems if system.answers is None}
    return [arm for arm in chosen(experiment) if arm.passages != "gold" and (not arm.system or arm.system in there)]


def check(run: RunFolder) -> None:
    """A UserError where this run cannot be asked."""
    path = run.path / "experiment.yaml"
    if path.exists() and not built(experiment := load(path)):
        if not arms_of(experiment):
            raise UserError("this run compares answers that were there already: nobody can be asked.")
        return
    if not (run.path / "retrieved").exists():
        raise UserError(f"{run.id} has no index yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    if not (run.path / "index/index.json").exists():
        raise UserError(f"{run.id} came without its index and weights.", remedy="Run the comparison on this machine to ask its candidates.")


class Asking:
    """The candidates of one run: the index, and as many sets of weights as memory has room for, stay loaded from question to question."""

    def __init__(self, run: RunFolder, context: Context | None = None) -> None:
        """`context`: of a folder that is laid out as a run; else the run's own."""
        if context is None:
            check(run)
        self._context = context or Context(run, load(run.path / "experiment.yaml"), Quiet(run))
        if built(self._context.experiment):
            self._context.held = room_for_weights(self._context)
        self._fitted: dict[str, Answering] = {}

    def ask(self, question: str, only: Sequence[str] = (), row: str = "", hear: Hear = lambda arm, text: None) -> Iterator[Said]:
        """Each arm's answer as it comes, those without training first; an arm that fails says so and the others go on.

        `row`: the test row that is asked, with its own choices, turns and passages, in place of the question's text alone.
        """
        arms = [arm for arm in arms_of(self._context.experiment) if not only or arm.name in only]
        if not arms:
            raise UserError("there is no such arm in this run.", where=", ".join(only))
        asked, hits = self._row(question, row)
        with ExitStack() as leaving:
            there = self._remote([arm for arm in arms if arm.elsewhere], asked, hits, leaving)
            for arm in arms:
                if not arm.elsewhere:
                    yield self._tried(arm, asked, hits, hear)
                    for done in [one for one in there if one.done()]:
                        there.remove(done)
                        yield done.result()
            for done in as_completed(there):
                yield done.result()

    @cached_property
    def _prompter(self) -> Prompter:
        return Prompter(self._context)

    @cached_property
    def _retriever(self) -> Any:
        return index.open_retriever(self._context)

    def _row(self, question: str, row: str) -> tuple[Example, list[Hit]]:
        """What is asked, and the passages for arms that are given some."""
        if row:
            found = next((one for one in self._context.test if one.id == row), None)
            if found is None:
                raise UserError("there is no such test row in this run.", where=row)
            return found, self._prompter.found(found) if built(self._context.experiment) else []
        asked = Example(ROW, question, ())
        return asked, self._retrieved(asked)

    def _retrieved(self, row: Example) -> list[Hit]:
        if not built(self._context.experiment):
            return []
        found = self._retriever.retrieve([row.query], self._prompter.k)[0]
        self._prompter.learn(found)
        return [index.hit_of(row, one) for one in found]

    def _prompt(self, arm: Arm, row: Example, hits: Sequence[Hit]) -> Asked:
        return self._prompter.ask(row, hits if arm.passages == "retrieved" else [], shots=arm.shots)

    def _remote(self, arms: Sequence[Arm], row: Example, hits: Sequence[Hit], leaving: ExitStack) -> list[Future[Said]]:
        """Arms of endpoints and systems are asked all at once, beside the others; who leaves does not wait for them."""
        if not arms:
            return []
        self._context.task  # noqa: B018  made before threads ask for it
        pool = ThreadPoolExecutor(len(arms))
        leaving.callback(pool.shutdown, wait=False, cancel_futures=True)
        return [
            pool.submit(self._system, arm, row) if arm.system else pool.submit(self._elsewhere, arm, self._prompt(arm, row, hits))
            for arm in arms
        ]

    def _system(self, arm: Arm, row: Example) -> Said:
        from pipeline.systems.door import answer, named, opened
        from pipeline.systems.reply import question_of

        experiment, began = self._context.experiment, time.perf_counter()
        try:
            reply = answer(opened(named(experiment, arm.name), experiment.own_code, [row.id]), question_of(row))
        except UserError as error:
            return Said(arm.name, arm.label, failure=str(error))
        seconds = time.perf_counter() - began if reply.seconds is None else reply.seconds
        given = tuple(Given(one.id, one.text) for one in reply.contexts or ())
        return Said(arm.name, arm.label, reply.text, round(seconds, 3), given, reply.failure)

    def _elsewhere(self, arm: Arm, asked: Asked) -> Said:
        began = time.perf_counter()
        try:
            done = remote.answered(self._context, arm, asked)
            text, failure = done.text, done.failure
        except UserError as error:
            text, failure = "", str(error)
        return self._said(arm, text, time.perf_counter() - began, asked.passages, failure)

    def _tried(self, arm: Arm, row: Example, hits: Sequence[Hit], hear: Hear) -> Said:
        try:
            return self._own(arm, row, hits, hear) if arm.language_model else self._without_model(arm, row, hits)
        except UserError as error:
            return Said(arm.name, arm.label, failure=str(error))

    def _own(self, arm: Arm, row: Example, hits: Sequence[Hit], hear: Hear) -> Said:
        from finetune.inference.generate import Prompt

        context, task = self._context, self._context.task
        seed = (context.experiment.finetune.seeds or [0])[0]
        if arm.adapter and not (context.adapter_folder(arm.adapter, seed) / "adapter").exists():
            raise UserError("the weights of this candidate are not on this machine.")
        asked, generator = self._prompt(arm, row, hits), context.answering(arm, seed)
        settle = likelihood.settler(context, arm, seed, generator, self._prompter, [asked])
        (batch,) = generator.plan([Prompt(row.id, asked.messages, task.scored(row))])
        began = time.perf_counter()
        written = generator.run(batch, task.max_new_tokens, task.schema, lambda text: hear(arm.name, text))
        said = prediction(task, Sheet(arm.name, seed, context.run.path), asked, settle(written[0]))
        told = self._said(arm, said.text, time.perf_counter() - began, asked.passages)
        return replace(told, prompt_tokens=said.prompt_tokens, completion_tokens=said.completion_tokens)

    def _without_model(self, arm: Arm, row: Example, hits: list[Hit] | Sequence[Hit]) -> Said:
        from pipeline.stages.prediction.classic import prepare

        if not row.choices and any(one.choices for one in self._context.test):
            raise UserError("this candidate chooses among a row's own choices; ask one of the test questions.")
        if arm.name not in self._fitted:
            self._fitted[arm.name] = prepare(self._context, arm, self._prompter)
        began = time.perf_counter()
        (said,) = self._fitted[arm.name]([row], {row.id: list(hits)})
        return self._said(arm, said.text, time.perf_counter() - began, said.passages)

    def _said(self, arm: Arm, text: str, seconds: float, hits: Sequence[Hit], failure: str = "") -> Said:
        given = tuple(Given(hit.document, self._prompter.text(hit.passage).text) for hit in hits)
        return Said(arm.name, arm.label, text, round(seconds, 3), given, failure)


def ask(run: RunFolder, question: str, only: Sequence[str] = ()) -> Iterator[Said]:
    """One question to every arm; see `Asking.ask`."""
    return Asking(run).ask(question, only)


def room_for_weights(context: Context) -> int:
    """How many sets of weights may stay loaded: as many as half of the free memory holds, and one in any case."""
    import psutil
    import torch

    from finetune.fits import shape_of

    shape = shape_of(weights_of(context.experiment).path)
    if shape is None:
        return 1
    on_gpu = torch.cuda.is_available() and context.experiment.model.device != "cpu"
    free = torch.cuda.mem_get_info()[0] if on_gpu else psutil.virtual_memory().available
    return max(1, int(free / 2 / (4 * shape.parameters)))
