"""Seconds of every stage that costs time, from a minute of measuring on a few training rows. Asks no test row; keeps nothing."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import orjson

from pipeline.arms import ARMS, Arm, Passages, Training, chosen, trainings
from pipeline.files import write_bytes
from pipeline.records import Example, Hit
from pipeline.stages import index, train
from pipeline.stages.base import Context, drawn, seeded
from pipeline.stages.evaluation import style
from pipeline.stages.limit.rule import Work
from pipeline.stages.prediction import likelihood, predict
from pipeline.stages.prediction.prompting import Asked, Prompter
from pipeline.stages.sources import sources as sources_of
from pipeline.stages.training_pairs import settings_of
from pipeline.stages.tuning import training_settings

if TYPE_CHECKING:
    from finetune.inference.generate import Prompt
    from finetune.rows import Pair
    from retrieval.chunk import Passage, Source

ROWS = 16
"""Rows that are asked and trained on for the measurement: a batch of each kind."""
FIRST = 4
"""Of them, those that tell whether all of them would take too long."""
LONG = 8.0
"""Seconds that all of them may take; beyond that the first few must do."""
ALONE = 1
"""Where even those would, one of the middle length."""
STEP = 3
"""A row that is trained on takes about so many times as long as one that is answered: forward, and twice as much backward."""
SINGLES = 2
"""Of them, asked alone."""
DOCUMENTS = 40
"""Documents that are cut and embedded for it."""
SCORING = 0.006
"""Seconds a row and arm for scores, verdict and report, as measured on the bundled cases (docs/log.md)."""
CLOSING = 3.0
"""Seconds of these for any run."""


T = TypeVar("T")


class Each(NamedTuple):
    """Seconds of one row."""

    batched: float
    alone: float


class Measure:
    """What was measured in one context, on this machine, as it is now."""

    def __init__(self, context: Context, folder: Path) -> None:
        """`folder`: where the passages that fill prompts are put; whoever made it removes it."""
        self._context, experiment = context, context.experiment
        self._arms, self._seeds = chosen(experiment), experiment.finetune.seeds or [0]
        self._sample = drawn(context.train, ROWS, experiment.data.split.seed, "estimate")
        self._index_seconds, self._per_document, self._hits = self._passages(folder)
        self._prompter = Prompter(context, folder)
        self._known: dict[tuple[str, bool, bool], Each] = {}

    @property
    def notes(self) -> list[str]:
        """What is not counted."""
        experiment, told = self._context.experiment, list[str]()
        if training_settings.searched(experiment) or experiment.retrieval.tune or any(experiment.probes.model_dump().values()):
            told.append("searches on dev and probes are not in this estimate")
        if experiment.retrieval.query != "plain":
            told.append("the wording of searches by a model is not in this estimate")
        if experiment.judge:
            told.append("the judge is not in this estimate")
        return told

    def works(self) -> Iterator[Work]:
        """Stages in the order in which they run."""
        context = self._context
        yield Work("index", 0.0, fixed=self._index_seconds)
        if context.task.styled:
            yield Work("style", self._each(ARMS["base"]).batched, rows=min(style.PAIRS, len(context.train)))
        for arm in self._arms:
            if arm.local and not arm.adapter:
                yield self._answering(arm, 0)
        for training in trainings(self._arms):
            trained = self._training(training)
            for seed in self._seeds:
                yield replace(trained, stage=train.stage_name(training.name, seed))
                yield from (self._answering(arm, seed) for arm in self._arms if arm.adapter == training.name)
        scored = len(context.test) * len(self._arms) * len(self._seeds)
        yield Work("score, decide and report", SCORING, rows=scored, fixed=CLOSING)

    def asked(self, arm: Arm) -> list[Asked]:
        """The prompts of the rows that were drawn, as this arm would meet them."""
        hits = [self._some(row, arm.passages) for row in self._sample]
        return [self._prompter.ask(row, some, shots=arm.shots) for row, some in zip(self._sample, hits, strict=True)]

    def target_tokens(self) -> float:
        """Mean length of a training row's target."""
        context = self._context
        return fmean(len(context.chat.completion_ids(context.task.target(row))) for row in self._sample)

    def _answering(self, arm: Arm, seed: int) -> Work:
        """All test rows, dev rows where closed sets ask them twice, and the few asked alone."""
        context, task, each = self._context, self._context.task, self._each(arm)
        twice = 2 * min(len(context.dev), likelihood.MOST_ROWS) if task.scored(self._sample[0]) else 0
        alone = each.alone * predict.asked_alone(len(context.test))
        passage = each.batched * self._share(self.asked(arm)) if arm.passages == "retrieved" else 0.0
        bare = each.batched - passage * self._k
        return Work(predict.stage_name(arm.name, seed), bare, passage, rows=len(context.test) + twice, fixed=alone)

    def _each(self, arm: Arm) -> Each:
        """A trained arm answers as briefly as its targets."""
        kind = (arm.passages, arm.shots, arm.adapter is not None)
        if kind not in self._known:
            self._known[kind] = self._timed(arm)
        return self._known[kind]

    def _timed(self, arm: Arm) -> Each:
        from finetune.inference.generate import Prompt
        from finetune.inference.halving import answered

        task, generator = self._context.task, self._context.generator(None)
        prompts = [Prompt(a.row.id, a.messages, task.scored(a.row)) for a in self.asked(arm)]
        limit = min(task.max_new_tokens, round(self.target_tokens()) + 1) if arm.adapter else task.max_new_tokens

        def seconds(some: Sequence[Prompt]) -> float:
            """A row of these."""
            batches, began = generator.plan(some), time.perf_counter()
            for batch in batches:
                answered(generator, batch, limit, task.schema)
            return (time.perf_counter() - began) / len(some)

        generator.run(generator.plan(prompts[:1])[0], 1)  # what is only slow the first time
        one = seconds([_middle(prompts, prompts, self._context)])
        if one * FIRST > LONG:
            return Each(one, one)
        first = seconds(prompts[:FIRST])
        if first * len(prompts) > LONG:
            return Each(first, seconds(prompts[:1]))
        return Each(seconds(prompts), fmean(seconds([prompt]) for prompt in prompts[:SINGLES]))

    def _training(self, training: Training) -> Work:
        """All rows and epochs, from one epoch over a few; dev is gone through once an epoch, forward alone."""
        context = self._context
        rows = [row for row in self._sample if row.references] or self._sample
        read = self._each(ARMS["rag" if training.retrieved else "base"]).batched
        prompts = [self._ask(row, training) for row in rows]
        few = next((count for count in (len(rows), FIRST) if STEP * read * count <= LONG), ALONE)
        each = self._fitted(training, rows[:few] if few > ALONE else [_middle(rows, prompts, self._context)])
        passage = each * self._share(prompts) if training.retrieved else 0.0
        share = len(context.taught(training.name)) / len(context.train)
        return Work(training.name, each - passage * self._k, passage, rows=len(context.dev) / 3, share=share)

    def _fitted(self, training: Training, rows: Sequence[Example]) -> float:
        """Seconds a row."""
        from finetune.training.settings import Job
        from finetune.training.train import train as fit

        self._context.free_models()
        settings = replace(settings_of(self._context.experiment, 0), epochs=1.0)
        with tempfile.TemporaryDirectory() as folder:
            pairs = [self._pair(row, training) for row in rows]
            return fit(Job(self._context.weights, pairs, [], settings, Path(folder))).seconds / len(pairs)

    def _pair(self, row: Example, training: Training) -> Pair:
        from finetune.rows import Pair

        return Pair(row.id, self._ask(row, training).messages, self._context.task.target(row))

    def _ask(self, row: Example, training: Training) -> Asked:
        return self._prompter.ask(row, self._some(row, "retrieved" if training.retrieved else "none"))

    def _share(self, asked: Sequence[Asked]) -> float:
        """The share of these prompts' tokens, with their targets, that one more passage makes up."""
        count, held = self._context.chat.count_tokens, fmean(len(one.passages) for one in asked)
        whole = fmean(count(list(one.messages)) for one in asked) + self.target_tokens()
        bare = fmean(count(list(self._prompter.ask(one.row, []).messages)) for one in asked) + self.target_tokens()
        return max(0.0, 1 - bare / whole) / held if held else 0.0

    @property
    def _k(self) -> int:
        """Passages that a prompt gets."""
        return min(self._context.experiment.retrieval.k, len(self._hits))

    def _some(self, row: Example, passages: Passages) -> list[Hit]:
        """As many passages as a prompt gets, of gold documents as many as these are cut into; which ones does not change the time."""
        gold = min(self._k, math.ceil(len(row.gold_passages) * self._per_document))
        k = {"none": 0, "gold": gold, "retrieved": self._k}[passages]
        start = seeded(0, row.id) % max(1, len(self._hits))
        return [self._hits[(start + n) % len(self._hits)] for n in range(k)]

    def _passages(self, folder: Path) -> tuple[float, float, list[Hit]]:
        """Seconds for embedding all passages and questions, passages a document, and passages to fill prompts with."""
        from retrieval.chunk import split

        context = self._context
        sources = _sources(context)
        some = drawn(sources, DOCUMENTS, 0, "estimate")
        began = time.perf_counter()
        passages = split(some, index.splitter_of(context))
        context.embedder.encode([passage.text for passage in passages], "passage")
        seconds = (time.perf_counter() - began) / len(some) * len(sources)
        seconds = 0.0 if context.experiment.retrieval.store else seconds
        _keep(folder / "passages.jsonl", passages)
        return seconds, len(passages) / len(some), [Hit(passage.id, passage.document, 1.0, None) for passage in passages]


def _middle(some: Sequence[T], prompts: Sequence[Asked | Prompt], context: Context) -> T:
    """The one of these whose prompt has the middle length."""
    lengths = [context.chat.count_tokens(list(prompt.messages)) for prompt in prompts]
    return some[sorted(range(len(some)), key=lengths.__getitem__)[len(some) // 2]]


def _sources(context: Context) -> list[Source]:
    """What is indexed; behind a store of the team's own, which is not asked for this, texts of rows stand for its passages."""
    from retrieval.chunk import Source

    if context.experiment.retrieval.store:
        return [Source(row.id, row.query, "", {}) for row in context.train]
    return sources_of(context)


def _keep(path: Path, passages: Sequence[Passage]) -> None:
    lines = [{"id": p.id, "document": p.document, "title": p.title, "text": p.text, "metadata": p.metadata} for p in passages]
    write_bytes(path, b"".join(orjson.dumps(line) + b"\n" for line in lines))
