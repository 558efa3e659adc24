"""What the stages of a finished run must compute, and how long they take. Prints a JSON list; knows nothing of the machine's peak.

    python bench/work.py RUN

For each training: the tokens of its rows without padding, once an epoch, every row in full (a beginning that rows share counts in each,
so what is saved by computing it once shows as a higher share); 4 FLOPs a token for each weight outside the embeddings, three times the
forward attention, and the logits of the labels, forward and backward. Rank, norms, dev loss and optimizer count as nothing. The clock is
the whole training's: loading, dev loss and checkpoints too.

Prefill, decoding and embedding are done here once more, on the run's own prompts of `rag` and its passages, the first rows of the plan as
warm-up. Prefill is tokenising, planning and reading them, what they share once; decoding is everything else until the answers are text.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from safetensors import safe_open

from pipeline.arms import ARMS, chosen, trainings
from pipeline.experiment.load import Experiment, load
from pipeline.run_folder import record
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import train, training_pairs
from pipeline.stages.base import Context
from pipeline.stages.embedder import embedder_of
from pipeline.stages.prediction.prompting import Prompter

ROWS = 32
"""Test rows that prefill and decoding are timed on."""


@dataclass
class Work:
    """One stage: what it needs at the least, and its seconds."""

    stage: str
    tokens: int = 0
    flops: float = 0.0
    bytes: float = 0.0
    """Weights and keys and values that must be read, in float32."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Shape:
    """A transformer by what one token costs; see Kaplan et al. 2020 (arXiv 2001.08361), table 1."""

    weights: int
    """In matrices, outside the embeddings."""
    layers: int
    width: int
    """Of all attention heads together."""
    stored: int
    """Numbers that one token leaves in the cache, keys and values of all layers."""
    vocabulary: int
    """Logits of one position cost 2 FLOPs a number: vocabulary times hidden size."""

    @classmethod
    def of(cls, folder: Path) -> Shape:
        config = json.loads((folder / "config.json").read_text())
        heads, hidden, layers = config["num_attention_heads"], config["hidden_size"], config["num_hidden_layers"]
        each = config.get("head_dim") or hidden // heads
        stored = 2 * layers * each * config.get("num_key_value_heads", heads)
        return cls(matrices(folder), layers, heads * each, stored, config["vocab_size"] * hidden)

    def attention(self, tokens: int, before: int = 0) -> float:
        """Forward FLOPs of `tokens` that see themselves and each other up to their own place, after `before` others."""
        return 4.0 * self.layers * self.width * (tokens * before + tokens * (tokens + 1) / 2)


def matrices(folder: Path) -> int:
    """Numbers in the matrices that every token passes through."""
    with safe_open(str(folder / "model.safetensors"), "pt") as file:
        names = [name for name in file.keys() if not any(part in name for part in ("embed", "lm_head", "pooler"))]  # noqa: SIM118
        shapes = [file.get_slice(name).get_shape() for name in names]
    return sum(int(shape[0]) * int(shape[1]) for shape in shapes if len(shape) == 2)


def training(context: Context, name: str, shape: Shape, seconds: float) -> Work:
    """4 FLOPs a weight and token: the forward pass, and the gradient by the inputs; that by the frozen weights is not needed."""
    from finetune.training.settings import steps_of

    (kind,) = (one for one in trainings(chosen(context.experiment)) if one.name == name)
    settings = training_pairs.settings_of(context.experiment, 0)
    rows = context.chat.encode_all(training_pairs.pairs_of(context, kind, 0, context.taught(name)), settings.max_length).rows
    done = json.loads((context.adapter_folder(name, 0) / "trained.json").read_text())
    epochs = settings.epochs * done["steps"] / steps_of(len(rows), settings)
    lengths = [len(row.input_ids) for row in rows]
    once = 4 * shape.weights * sum(lengths) + 3 * sum(map(shape.attention, lengths))
    once += 4 * shape.vocabulary * sum(row.learnt for row in rows)
    return Work(f"train {name}", round(epochs * sum(lengths)), epochs * once, 0.0, seconds)


class Meter:
    """Adds up what a model must compute and read to write answers, one token a row at a time."""

    def __init__(self, model: Any, shape: Shape) -> None:
        self.decode, self._shape = Work("decode"), shape
        self._hook = model.register_forward_hook(self._after, with_kwargs=True)

    def close(self) -> None:
        self._hook.remove()

    def _after(self, module: Any, words: Any, given: dict[str, Any], out: Any) -> None:
        rows, new = given["input_ids"].shape
        if new > 1:
            return
        reached, shape, work = given["attention_mask"].sum(-1).tolist(), self._shape, self.decode
        work.tokens += rows
        work.flops += 2 * rows * (shape.weights + shape.vocabulary) + sum(shape.attention(1, tokens - 1) for tokens in reached)
        work.bytes += 4 * (shape.weights + shape.vocabulary + shape.stored * sum(reached))


def reading(lengths: Sequence[int], shared: int, shape: Shape) -> Work:
    """Prompts of these lengths, the first `shared` tokens of which are the same; no padding, and logits after each one's last token."""
    own = [length - shared for length in lengths]
    flops = 2 * shape.weights * (shared + sum(own)) + 2 * shape.vocabulary * len(lengths) + shape.attention(shared)
    return Work("prefill", shared + sum(own), flops + sum(shape.attention(tokens, shared) for tokens in own))


def answering(context: Context, shape: Shape) -> list[Work]:
    """The prompts of `rag` to the base model."""
    from finetune.inference.generate import Prompt

    prompter, task, generator = Prompter(context), context.task, context.generator(None)
    asked = [prompter.for_arm(ARMS["rag"], row) for row in context.test[:ROWS]]
    prompts = [Prompt(one.row.id, one.messages, task.scored(one.row)) for one in asked]
    generator.run(generator.plan(prompts)[-1], 2, task.schema)
    plan, read, meter = Clock(generator.plan), Clock(generator._prefill), Meter(generator.model, shape)
    generator._prefill = read  # type: ignore[method-assign]
    batches, began = plan(prompts), time.perf_counter()
    lengths = [len(ids) for ids in generator._ids.values()]
    for batch in batches:
        generator.run(batch, task.max_new_tokens, task.schema)
    meter.close()
    prefill, decode = reading(lengths, len(generator._prefix[0]), shape), meter.decode
    prefill.seconds, decode.seconds = plan.seconds + read.seconds, time.perf_counter() - began - read.seconds
    return [prefill, decode]


class Clock:
    """A function, and the seconds spent in it."""

    def __init__(self, work: Any) -> None:
        self._work, self.seconds = work, 0.0

    def __call__(self, *given: Any) -> Any:
        began = time.perf_counter()
        try:
            return self._work(*given)
        finally:
            self.seconds += time.perf_counter() - began


def embedding(context: Context) -> Work:
    """All passages of the index, nothing from the cache."""
    from retrieval.chunk import searchable
    from retrieval.embed import SentenceEmbedder
    from retrieval.passages import read_passages

    folder = embedder_of(context.experiment).path
    shape, embedder = Shape.of(folder), SentenceEmbedder(str(folder), device=context.experiment.model.device)
    texts = list(dict.fromkeys(searchable(passage) for passage in read_passages(context.run.path / "index/passages.jsonl")))
    lengths = [min(embedder.max_tokens, embedder.count_tokens(embedder.prefixes.passage + text)) for text in texts]
    embedder.encode(texts[:32])
    began = time.perf_counter()
    embedder.encode(texts)
    seconds = time.perf_counter() - began
    flops = 2 * shape.weights * sum(lengths) + sum(4.0 * shape.layers * shape.width * n * n for n in lengths)
    return Work("embed", sum(lengths), flops, 4.0 * shape.weights, seconds)


def work_of(folder: Path) -> list[Work]:
    """Every stage that a peak is known for."""
    run = RunFolder(folder)
    experiment: Experiment = load(folder / "experiment.yaml")
    context = Context(run, experiment, Progress(run))
    shape, clocks = Shape.of(context.weights.path), record.entries(run)
    names = [one.name for one in trainings(chosen(experiment))]
    trained = [training(context, name, shape, clocks[train.stage_name(name, 0)].seconds) for name in names]
    return [*trained, *answering(context, shape), embedding(context)]


if __name__ == "__main__":
    print(json.dumps([asdict(one) for one in work_of(Path(sys.argv[1]).resolve())]))
