"""What a stage is, and what all stages of a run share: the data as read back, and each set of weights loaded once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pipeline.errors import UserError
from pipeline.experiment.load import Experiment
from pipeline.records import Document, Example, read_documents, read_examples
from pipeline.run_folder import keys, record
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.embedder import opened
from pipeline.stages.limit.cut import Cut, cut_of
from pipeline.stages.tuning import training_settings

if TYPE_CHECKING:
    from finetune.chat import Chat, ChatSettings
    from finetune.inference.generate import Generator
    from finetune.pretrained import Weights
    from pipeline.arms import Arm
    from pipeline.tasks.base import TaskKind
    from retrieval.cached import CachedEmbedder


class HasId(Protocol):
    """A row, a document, a source: whatever has a name of its own."""

    @property
    def id(self) -> str: ...


Named = TypeVar("Named", bound=HasId)


@dataclass(frozen=True)
class Stage:
    """One step: its name, what its result depends on, what it writes, and the work itself."""

    name: str
    outputs: tuple[str, ...]
    """Files or folders in the run folder, all written by the time `work` returns."""
    inputs: Any
    """Plain values the result depends on, besides the stages before it."""
    code: tuple[str, ...]
    """Whose sources count: packages or modules by path."""
    needs: tuple[str, ...]
    """Names of the stages whose results it reads. It reads no other."""
    work: Callable[[Context], None]
    timed: bool = False
    """Whether it also reads how long the stages it needs took."""
    reads: tuple[str, ...] = ()
    """Files of the run that no stage wrote and it reads."""
    job: str = ""
    """The job it is part of (`pipeline/stages/graph.py`), which another process may do; empty: the run's own process does it."""
    settles: tuple[str, ...] = ()
    """Outputs that do not follow from its inputs alone, since it measures: what needs this stage is keyed by their content too."""


def key_of(stage: Stage, known: dict[str, str], run: RunFolder) -> str:
    """The stage's hash, given those of the stages before it and what else of the run it declares."""
    before = {name: known[name] for name in stage.needs}
    clocks, files = seconds_of(run, stage.needs) if stage.timed else None, record.seal(run, stage.reads) if stage.reads else None
    return keys.of_value([stage.name, stage.inputs, code_key(stage), before, clocks, files])


def code_key(stage: Stage) -> str:
    """The hash of its sources and of the libraries."""
    return keys.of_value([keys.of_code(*stage.code), keys.versions()])


def seconds_of(run: RunFolder, names: Iterable[str]) -> list[tuple[str, float, bool, bool, bool]]:
    """Stage, seconds, measured whole, finished, and reused of each of these that was begun."""
    known = record.entries(run)
    found = ((name, known[name]) for name in names if name in known)
    return [(name, one.seconds, one.whole, one.finished, bool(one.reused_from)) for name, one in found]


@dataclass
class Context:
    """Handed to every stage of one worker."""

    run: RunFolder
    asked: Experiment
    """As it was written, before anything was cut to keep its limit of time."""
    progress: Progress
    incomplete: set[str] = field(default_factory=set)
    """Stages whose result may still grow when the run is resumed; what follows from them is then done again."""
    held: int = 1
    """Sets of weights that stay loaded at most; the one that was loaded first goes first."""
    beside: int = 1
    """Jobs of the run that may be at work at once, this one among them."""
    _generators: dict[str, Generator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bind(cut_of(self.run))

    def bind(self, cut: Cut) -> None:
        """From here on `experiment` and `train` are what this cut leaves."""
        self.cut, self.experiment = cut, cut.applied(self.asked)

    @cached_property
    def _all_train(self) -> list[Example]:
        return read_examples(self.run.path / "data/train.jsonl")

    @property
    def train(self) -> list[Example]:
        """The training rows that every arm has."""
        return self.cut.left(self._all_train)

    def taught(self, training: str) -> list[Example]:
        """The rows that this training learns from: all that have an answer, and of the others no more than their share."""
        most = training_settings.share(self.run, self.experiment, training)
        return capped(self.train, most, self.experiment.data.split.seed)

    @cached_property
    def dev(self) -> list[Example]:
        return read_examples(self.run.path / "data/dev.jsonl")

    @cached_property
    def test(self) -> list[Example]:
        return read_examples(self.run.path / "data/test.jsonl")

    @cached_property
    def documents(self) -> list[Document]:
        return read_documents(self.run.path / "data/documents.jsonl")

    @cached_property
    def task(self) -> TaskKind:
        """Over the training rows; where there are none, since nothing is built, labels and fields are those of the test rows."""
        from pipeline.tasks import task_for

        return task_for(self.asked.task, self._all_train or self.test, self.asked.finetune.quote)

    @cached_property
    def weights(self) -> Weights:
        return weights_of(self.experiment)

    @cached_property
    def embedder(self) -> CachedEmbedder:
        """The experiment's, with vectors kept from run to run."""
        return opened(self.experiment, self._prepare_embedder)

    def _prepare_embedder(self, model: Any) -> None:
        from finetune.engine.door import prepare_embedder

        for note in prepare_embedder(model, self.experiment.model.engine).notes:
            self.progress.note(f"embedder: {note}")

    @cached_property
    def chat(self) -> Chat:
        """How the base model is talked to; a template that cannot be used is a UserError."""
        from finetune.errors import SetupError
        from finetune.loading import load_chat

        try:
            return load_chat(self.weights, chat_settings(self.experiment))
        except SetupError as error:
            raise UserError(str(error), where="model") from error

    def count_tokens(self, messages: list[dict[str, str]]) -> int:
        """Prompt tokens of these messages under the model's chat template."""
        from finetune.rows import Message

        return self.chat.count_tokens([Message(m["role"], m["content"]) for m in messages])

    @property
    def room(self) -> int:
        """Tokens that a prompt may have: what the context leaves beside an answer and its thought."""
        return self.experiment.room(self.task.max_new_tokens, self._most)

    @cached_property
    def _most(self) -> int | None:
        return most_of(self.weights)

    def adapter_folder(self, training: str, seed: int) -> Path:
        return self.run.path / "adapters" / training / f"seed-{seed}"

    def generator(self, trained: Path | None) -> Generator:
        """The model with the adapter of this training's folder merged (None: the base); `held` of them stay."""
        from finetune.inference.generate import Generator

        name = str(trained or "base")
        if name not in self._generators:
            while len(self._generators) >= self.held:
                self._generators.pop(next(iter(self._generators)))
            adapter = trained / "adapter" if trained else None
            model = self.experiment.model
            generator = Generator(
                self.weights,
                adapter=adapter,
                dtype=model.dtype,
                device=model.device,
                engine=model.engine,
                chat=chat_settings(self.experiment),
            )
            self._generators[name] = generator
            for note in generator.engine.notes:
                self.progress.note(note)
        return self._generators[name]

    def answering(self, arm: Arm, seed: int) -> Generator:
        """The model an arm answers with."""
        return self.generator(self.adapter_folder(arm.adapter, seed) if arm.adapter else None)

    def free_models(self) -> None:
        """Let go of loaded weights before something else needs the memory."""
        from finetune.training.memory import give_back

        self._generators.clear()
        give_back()


def drawn(items: Sequence[Named], count: int, seed: int, use: str) -> list[Named]:
    """At most `count` of the items, in an order drawn by the seed, the use and each item's `id` alone."""
    return sorted(items, key=lambda item: (seeded(seed, use, item.id), item.id))[:count]


def capped(rows: Sequence[Example], share: float, seed: int) -> list[Example]:
    """`rows` in order, those without a reference thinned out, drawn by the seed, until they are at most `share` of what is left."""
    without = [row for row in rows if not row.references]
    answered = len(rows) - len(without)
    if share >= 1 or not answered or len(without) <= share * len(rows):
        return list(rows)
    room = int(answered * share / (1 - share) + 1e-9)  # 2 × .6 / .4 is a little less than 3 in binary fractions
    kept = {row.id for row in drawn(without, room, seed, "unanswerable")}
    return [row for row in rows if row.references or row.id in kept]


def seeded(seed: int, *names: object) -> int:
    """A seed of its own for each use, the same on every machine."""
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return int.from_bytes(digest[:4], "big")


def chat_settings(experiment: Experiment) -> ChatSettings:
    """How the experiment's model is talked to."""
    from finetune.chat import ChatSettings

    model = experiment.model
    return ChatSettings(model.chat_template, model.template_arguments, model.thinking, model.thinking_tokens)


def weights_of(experiment: Experiment) -> Weights:
    """Where the base model's weights are; a model that does not exist, or reads fewer tokens than asked for, is a UserError."""
    from finetune.errors import SetupError
    from finetune.pretrained import locate

    try:
        found = replace(locate(experiment.model.name, experiment.model.revision), quantization=experiment.model.quantization)
    except SetupError as error:
        raise UserError(str(error), where="model.name") from error
    most, asked = most_of(found), experiment.model.max_context
    if most is not None and asked is not None and asked > most:
        said = f"model.max_context is {asked} tokens, but {experiment.model.name} reads {most} at most."
        raise UserError(said, where="model.max_context", remedy=f"Set model.max_context: {most}, or less, or leave it out.")
    return found


def most_of(weights: Weights) -> int | None:
    """Tokens that this model reads at most; None where its positions have no end."""
    from finetune.architecture import most_tokens
    from finetune.errors import SetupError

    try:
        return most_tokens(weights.path)
    except SetupError as error:
        raise UserError(str(error), where="model.name") from error
