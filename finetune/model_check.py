"""A model's own check: a few rows answered, labels scored and a step trained by us, and the same by transformers and PEFT alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from finetune.engine.door import prepare
from finetune.engine.prefix_tree import planned
from finetune.errors import SetupError
from finetune.inference.generate import Generator, Prompt
from finetune.loading import load_chat, load_model
from finetune.rows import IGNORED, Message, Pair
from finetune.training.adapters import wrap
from finetune.training.gradient import step_gradient
from finetune.training.settings import TrainSettings

if TYPE_CHECKING:
    from finetune.pretrained import Weights

SYSTEM = "Answer in a few words."
QUESTIONS = ("What is the capital of France?", "Name a colour of the rainbow.", "How many legs has a horse?")
LABELS = ("Paris", "red", "four legs")
TOKENS = 12
CLOSE_SCORE, CLOSE_LOSS, CLOSE_GRADIENT = 1e-3, 1e-3, 1e-2
"""Nats a token, nats a label, share of the gradient's length: looser than our tests, since precisions below float32 round more."""


@dataclass(frozen=True)
class Checked:
    """One comparison."""

    name: str
    passed: bool
    told: str


def check(weights: Weights, device: str | None = None) -> list[Checked]:
    """All three, each on its own: one that fails to run is one that did not pass."""
    return [_tried(name, work, weights, device) for name, work in (("answers", _answers), ("labels", _labels), ("training", _training))]


def _tried(name: str, work: Callable[[Weights, str | None], Checked], weights: Weights, device: str | None) -> Checked:
    try:
        return work(weights, device)
    except SetupError as error:
        return Checked(name, False, str(error))
    except Exception as error:  # whatever a family's code raises is what this check is there to find
        return Checked(name, False, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")


def _prompts(choices: Sequence[str] = ()) -> list[Prompt]:
    return [Prompt(str(n), (Message("system", SYSTEM), Message("user", one)), tuple(choices)) for n, one in enumerate(QUESTIONS)]


def _answers(weights: Weights, device: str | None) -> Checked:
    generator, prompts = Generator(weights, device=device), _prompts()
    ours = {g.id: g.text for batch in generator.plan(prompts) for g in generator.run(batch, TOKENS)}
    ids, model, tokenizer = dict(generator._ids), load_model(weights, device=device), generator.chat.tokenizer
    stops = [generator.chat.end, *sorted(generator.chat.stops - {generator.chat.end})]
    theirs = {one.id: _written(model, tokenizer, ids[one.id], stops) for one in prompts}
    same = sum(ours[key] == theirs[key] for key in theirs)
    shown = next((f"; {ours[key]!r} for {theirs[key]!r}" for key in theirs if ours[key] != theirs[key]), "")
    return Checked("answers", same == len(theirs), f"{same} of {len(theirs)} texts as model.generate writes them{shown}")


def _written(model: Any, tokenizer: Any, ids: list[int], stops: list[int]) -> str:
    rows = torch.tensor([ids], device=model.device)
    mask = torch.ones_like(rows)
    with torch.inference_mode():
        out = model.generate(rows, attention_mask=mask, max_new_tokens=TOKENS, do_sample=False, eos_token_id=stops, pad_token_id=stops[0])
    return str(tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)).strip()


def _labels(weights: Weights, device: str | None) -> Checked:
    generator, prompts = Generator(weights, device=device), _prompts(LABELS)
    ours = {g.id: g.choices or {} for batch in generator.plan(prompts) for g in generator.run(batch, TOKENS)}
    model, worst = load_model(weights, device=device), 0.0
    for one in prompts:
        for label in LABELS:
            row = generator.chat.encode_all([Pair(one.id, one.messages, label)], 1 << 20).rows[0]
            logits = _logits(model, row.input_ids).log_softmax(-1)
            places = [n for n, target in enumerate(row.labels) if target != IGNORED]
            plain = sum(float(logits[n - 1, row.labels[n]]) for n in places) / len(places)
            worst = max(worst, abs(ours[one.id][label] - plain))
    return Checked("labels", worst <= CLOSE_SCORE, f"scores up to {worst:.1g} nats a token off plain code")


@torch.inference_mode()
def _logits(model: Any, ids: Sequence[int]) -> torch.Tensor:
    """(tokens, vocabulary) float32."""
    logits: torch.Tensor = model(input_ids=torch.tensor([list(ids)], device=model.device), use_cache=False).logits[0].float()
    return logits


def _training(weights: Weights, device: str | None) -> Checked:
    settings = TrainSettings(
        method="lora", rank=4, alpha=8.0, dropout=0.0, targets="all-linear", learning_rate=1e-4, epochs=1, batch_size=4,
        gradient_accumulation=1, checkpoint_steps=100, patience=0, seed=0, max_length=1 << 20, device=device,
    )  # fmt: skip
    pairs = [Pair(str(n), (Message("system", SYSTEM), Message("user", q)), LABELS[n]) for n, q in enumerate(QUESTIONS)]
    rows = load_chat(weights).encode_all(pairs, settings.max_length).rows
    count = sum(row.learnt for row in rows)
    model = _used(wrap(weights, settings))
    plain, expected = _plain(model, rows, count)
    engine = prepare(model, "auto")
    loss, gradient = step_gradient(model, planned(rows, 512, engine.lanes, engine.shares), 0, count)
    lengths = [float(one.norm()) for one in expected if one is not None]
    if not lengths or all(one is None for one in gradient):
        return Checked("training", False, "no gradient reaches the adapter")
    pairs_of = [(a, b) for a, b in zip(gradient, expected, strict=True) if a is not None and b is not None]
    apart = sum(float((a - b).norm()) ** 2 for a, b in pairs_of) ** 0.5 / max(sum(one**2 for one in lengths) ** 0.5, 1e-30)
    off = abs(float(loss) - plain)
    passed = off <= CLOSE_LOSS and apart <= CLOSE_GRADIENT
    return Checked("training", passed, f"loss {off:.1g} nats and gradient {apart:.1g} of its length off plain PEFT")


def _used(model: Any) -> Any:
    """An adapter that does something, as after some steps: a new one's second half is zero."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * 0.02)
    return model


def _plain(model: Any, rows: Sequence[Any], count: int) -> tuple[float, list[Any]]:
    """Loss and gradient row by row, by the model's own loss."""
    learnt, total = [one for one in model.parameters() if one.requires_grad], 0.0
    sums: list[Any] = []
    for row in rows:
        ids, labels = (torch.tensor([one], device=model.device) for one in (row.input_ids, row.labels))
        loss = model(input_ids=ids, labels=labels, use_cache=False).loss * row.learnt / count
        found = torch.autograd.grad(loss, learnt, allow_unused=True)
        sums = [b if a is None else a if b is None else a + b for a, b in zip(sums or [None] * len(found), found, strict=True)]
        total += float(loss.detach())
    return total, sums
