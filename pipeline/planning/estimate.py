"""How long a run will take on this very machine, and what it sends elsewhere: from a minute of measuring on a few of its own rows.

Nothing is kept: it works in a folder that is gone afterwards. Test rows are asked only to time them; no answer is looked at.
"""

from __future__ import annotations

import math
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import orjson

from pipeline.arms import ARMS, Arm, Passages, Training, chosen, trainings
from pipeline.experiment.load import Experiment
from pipeline.files import write_bytes
from pipeline.records import Example, Hit
from pipeline.run import inputs_exist
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import data, index, train
from pipeline.stages.base import Context, drawn, seeded
from pipeline.stages.evaluation import style
from pipeline.stages.prediction import likelihood, predict
from pipeline.stages.prediction.prompting import Asked, Prompter
from pipeline.stages.sources import sources as sources_of
from pipeline.stages.training_pairs import settings_of

if TYPE_CHECKING:
    from finetune.rows import Pair
    from retrieval.chunk import Passage

ROWS = 16
"""Rows that are asked and trained on for the measurement: a batch of each kind."""
SINGLES = 2
"""Of them, asked alone."""
DOCUMENTS = 40
"""Documents that are cut and embedded for it."""
SCORING = 0.006
"""Seconds a row and arm for scores, verdict and report, as measured on the bundled cases (docs/log.md)."""


@dataclass(frozen=True)
class Estimate:
    """Before a run."""

    stages: dict[str, float]
    """Seconds by stage, as the run names them."""
    peak_gib: float
    """The most memory that measuring took, which trains and answers as the run does."""
    sent_tokens: int = 0
    """To endpoints; a judge's share is not in it."""
    money: float = 0.0
    """Of these, by the experiment's prices."""
    notes: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return sum(self.stages.values())


def estimate(experiment: Experiment) -> Estimate:
    """Measures for about a minute; a UserError as a run would give it."""
    inputs_exist(experiment)
    with tempfile.TemporaryDirectory(prefix="bakeoff-estimate-") as folder:
        run = RunFolder(Path(folder))
        context = Context(run, experiment, Progress(run))
        data.work(context)
        measure = _Measure(context)
        stages = dict(measure.all())
        tokens, money = measure.sent()
        return Estimate(stages, _peak_gib(), tokens, money, measure.notes)


class _Measure:
    def __init__(self, context: Context) -> None:
        self._context, self.notes = context, list[str]()
        experiment = context.experiment
        self._arms, self._seeds = chosen(experiment), experiment.finetune.seeds or [0]
        self._sample = _drawn(context, context.test)
        self._index_seconds, self._per_document, self._hits = self._passages()
        self._prompter = Prompter(context)
        self._known: dict[tuple[str, bool, bool], tuple[float, float]] = {}
        if experiment.finetune.search or experiment.retrieval.tune or any(experiment.probes.model_dump().values()):
            self.notes.append("searches on dev and probes are not in this estimate")
        if experiment.judge:
            self.notes.append("the judge is not in this estimate")

    def all(self) -> Iterator[tuple[str, float]]:
        """Stages by name and their seconds, in the order in which they run."""
        yield "index", self._index_seconds
        if self._context.task.styled:
            yield "style", self._each(ARMS["base"])[0] * min(style.PAIRS, len(self._context.train))
        for arm in self._arms:
            if arm.language_model and not arm.endpoint and not arm.adapter:
                yield predict.stage_name(arm.name, 0), self._answering(arm)
        for training in trainings(self._arms):
            seconds = self._training(training)
            for seed in self._seeds:
                yield train.stage_name(training.name, seed), seconds
                for arm in (arm for arm in self._arms if arm.adapter == training.name):
                    yield predict.stage_name(arm.name, seed), self._answering(arm)
        yield "score, decide and report", 3.0 + SCORING * len(self._context.test) * len(self._arms) * len(self._seeds)

    def sent(self) -> tuple[int, float]:
        """Tokens and money for the endpoints' arms, an answer being as long as a reference."""
        tokens, money = 0, 0.0
        prices = self._context.experiment.token_prices()
        for arm in (arm for arm in self._arms if arm.endpoint):
            prompts = [[{"role": m.role, "content": m.content} for m in a.messages] for a in self._asked(arm)]
            asked = fmean(self._context.count_tokens(prompt) for prompt in prompts)
            told, count = self._target_tokens(), len(self._context.test)
            tokens += round((asked + told) * count)
            price = prices[str(arm.endpoint)]
            money += (asked * price.get("input", 0.0) + told * price.get("output", 0.0)) * count / 1e6
        return tokens, money

    def _answering(self, arm: Arm) -> float:
        """Seconds for all test rows, for dev rows where closed sets ask them twice, and for the few asked alone."""
        context, task = self._context, self._context.task
        each, alone = self._each(arm)
        twice = 2 * min(len(context.dev), likelihood.MOST_ROWS) if task.scored(self._sample[0]) else 0
        return each * (len(context.test) + twice) + alone * predict.asked_alone(len(context.test))

    def _each(self, arm: Arm) -> tuple[float, float]:
        """Seconds a row in batches and of a row asked alone; a trained arm answers as briefly as its targets."""
        kind = (arm.passages, arm.shots, arm.adapter is not None)
        if kind not in self._known:
            self._known[kind] = self._timed(arm)
        return self._known[kind]

    def _timed(self, arm: Arm) -> tuple[float, float]:
        from finetune.inference.generate import Prompt

        context, task = self._context, self._context.task
        generator = context.generator(None)
        prompts = [Prompt(a.row.id, a.messages, task.scored(a.row)) for a in self._asked(arm)]
        limit = min(task.max_new_tokens, round(self._target_tokens()) + 1) if arm.adapter else task.max_new_tokens
        batches = generator.plan(prompts)
        generator.run(batches[-1][:1], 1)  # what is only slow the first time
        began = time.perf_counter()
        for batch in batches:
            generator.run(batch, limit, task.schema)
        each = (time.perf_counter() - began) / len(prompts)
        began = time.perf_counter()
        for prompt in prompts[:SINGLES]:
            generator.run(generator.plan([prompt])[0], limit, task.schema)
        return each, (time.perf_counter() - began) / len(prompts[:SINGLES])

    def _training(self, training: Training) -> float:
        """Seconds for all rows and epochs, from one epoch over a few; dev is gone through once an epoch, forward alone."""
        from finetune.training.settings import Job
        from finetune.training.train import train as fit

        context = self._context
        context.free_models()
        pairs = [self._pair(row, training) for row in _drawn(context, context.taught)]
        settings = settings_of(context.experiment, 0)
        few = replace(settings, epochs=1.0)
        with tempfile.TemporaryDirectory() as folder:
            done = fit(Job(context.weights, pairs, [], few, Path(folder)))
        each = done.seconds / len(pairs)
        return each * settings.epochs * (len(context.taught) + len(context.dev) / 3)

    def _pair(self, row: Example, training: Training) -> Pair:
        from finetune.rows import Pair

        asked = self._prompter.ask(row, self._some(row, "retrieved" if training.retrieved else "none"))
        return Pair(row.id, asked.messages, self._context.task.target(row))

    def _asked(self, arm: Arm) -> list[Asked]:
        hits = [self._some(row, arm.passages) for row in self._sample]
        return [self._prompter.ask(row, some, shots=arm.shots) for row, some in zip(self._sample, hits, strict=True)]

    def _some(self, row: Example, passages: Passages) -> list[Hit]:
        """As many passages as a prompt gets, of gold documents as many as these are cut into; which ones does not change the time."""
        most = self._context.experiment.retrieval.k
        gold = min(most, math.ceil(len(row.gold_passages) * self._per_document))
        k = {"none": 0, "gold": gold, "retrieved": most}[passages]
        start = seeded(0, row.id) % max(1, len(self._hits))
        return [self._hits[(start + n) % len(self._hits)] for n in range(min(k, len(self._hits)))]

    def _target_tokens(self) -> float:
        context = self._context
        return fmean(len(context.chat.completion_ids(context.task.target(row))) for row in _drawn(context, context.train))

    def _passages(self) -> tuple[float, float, list[Hit]]:
        """Seconds for embedding all passages and questions, passages a document, and passages to fill prompts with."""
        from retrieval.chunk import split

        context = self._context
        sources = sources_of(context)
        some = drawn(sources, DOCUMENTS, 0, "estimate")
        began = time.perf_counter()
        passages = split(some, index.splitter_of(context))
        context.embedder.encode([passage.text for passage in passages], "passage")
        seconds = (time.perf_counter() - began) / len(some) * len(sources)
        _keep(context.run.path / "index/passages.jsonl", passages)
        return seconds, len(passages) / len(some), [Hit(passage.id, passage.document, 1.0, None) for passage in passages]


def _keep(path: Path, passages: Sequence[Passage]) -> None:
    lines = [{"id": p.id, "document": p.document, "title": p.title, "text": p.text, "metadata": p.metadata} for p in passages]
    write_bytes(path, b"".join(orjson.dumps(line) + b"\n" for line in lines))


def _drawn(context: Context, rows: Sequence[Example]) -> list[Example]:
    return drawn(rows, ROWS, context.experiment.data.split.seed, "estimate")


def _peak_gib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)
