"""Compares a model on our layers with the library's layers: the logits of a few tokens and, in training, the gradients.

It goes the ways that are gone later: with a shared beginning, the cache, padding, a token written. It draws no random number of the
process, and leaves weights and modes as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune.engine.logits import logits_at
from finetune.engine.prefill import beginning, prefill
from finetune.engine.prefix import Prefix, cache_of

CLOSE = 1e-4
"""How far a logit may be off, as a share of the logits' standard deviation. The packaged model's are off by a quarter of it."""
CLOSE_GRADIENT = 1e-3
"""How far a parameter's gradient may be off, as a share of its length, or of that of the usual gradient where its own is shorter."""
TOKENS, SHARED = 12, 4
"""Of each of two rows, and how many of them both have in common."""
LENGTHS = (11, 9)
"""What of them is a prompt where answers are written; the token behind it is the first of the answer."""
LABELLED = range(SHARED, TOKENS - 1, 2)
"""Tokens whose logits count where a model is trained: not all, so that leaving some out is tried too."""
TEXTS = (
    "What is the notice period?",
    "Two weeks to the end of a month, for both sides, as long as nothing else was agreed upon in writing.",
)
"""For an embedder, which knows best how its texts become tokens."""


@dataclass(frozen=True)
class Outcome:
    """What a model made of the tokens."""

    logits: Tensor
    """(rows, tokens, vocabulary)."""
    gradient: list[Tensor | None]
    """By each parameter that is trained; none where the model answers."""


def by_library(model: Any) -> Outcome:
    """All logits from one plain forward; asked before anything is replaced."""
    ids = _tokens(model)
    with _checked(model) as learnt:
        logits = model(input_ids=ids, use_cache=False).logits
        return Outcome(logits.detach(), _gradient(logits[:, LABELLED], ids, learnt))


def differs(model: Any, expected: Outcome, shares: bool) -> str:
    """In what the model, as it is now, is another one than it was, in words; empty: in nothing."""
    if not model.training:
        return apart(*_answered(model, expected, shares))
    found = _trained(model, shares)
    return apart(found.logits, expected.logits[:, LABELLED]) or _gradients_apart(found.gradient, expected.gradient)


def embedded(model: Any) -> Tensor:
    """(texts, width), what a sentence-transformers model makes of TEXTS."""
    found: Tensor = model.encode(list(TEXTS), convert_to_tensor=True, show_progress_bar=False)
    return found


def apart(found: Tensor, expected: Tensor) -> str:
    """How far these numbers are apart, in words, where it is more than rounding."""
    most, allowed = float((found - expected).abs().max()), CLOSE * float(expected.std())
    return "" if most <= allowed else f"its numbers are up to {most:.2g} off, where {allowed:.2g} is rounding"  # also where one is NaN


def _gradients_apart(found: Sequence[Tensor | None], expected: Sequence[Tensor | None]) -> str:
    if [one is None for one in found] != [one is None for one in expected]:
        return "other parameters get a gradient"
    pairs = [(a, b) for a, b in zip(found, expected, strict=True) if a is not None and b is not None]
    usual = (sum(float(b.norm()) ** 2 for _, b in pairs) / max(1, len(pairs))) ** 0.5
    shares = [float((a - b).norm()) / max(float(b.norm()), usual, 1e-30) for a, b in pairs]
    worst = next((share for share in shares if not share <= CLOSE_GRADIENT), 0.0)
    return f"a gradient is off by {worst:.2g} of its length, where {CLOSE_GRADIENT:g} is rounding" if worst else ""


def _trained(model: Any, shares: bool) -> Outcome:
    """As a training step does it."""
    ids, before = _tokens(model), SHARED if shares else 0
    own, columns = ids[:, before:], torch.tensor(LABELLED, device=ids.device) - before
    positions = torch.arange(before, TOKENS, device=ids.device).expand(len(ids), -1)
    with _checked(model) as learnt:
        above = [Prefix(model, ids[0, :before].tolist())] if shares else []
        lent = [tensor for one in above for tensor in one.lent]
        cache = {"past_key_values": cache_of(above, len(ids)), "use_cache": True} if shares else {"use_cache": False}
        logits = logits_at(model, columns, input_ids=own, position_ids=positions, **cache)
        sums = _gradient(logits, ids, [*learnt, *lent])
        direct, by_lent = sums[: len(learnt)], sums[len(learnt) :]
        for one in above:
            direct = [_sum(a, b) for a, b in zip(direct, one.gradients(learnt, by_lent), strict=True)]
        return Outcome(logits.detach(), direct)


@torch.inference_mode()
def _answered(model: Any, expected: Outcome, shares: bool) -> tuple[Tensor, Tensor]:
    """As answers are written, and what is expected there: logits after the prompt and after one token more."""
    if not shares:
        return by_library(model).logits, expected.logits
    ids, rows = _tokens(model), torch.arange(len(LENGTHS))
    own = [row[SHARED:length].tolist() for row, length in zip(ids, LENGTHS, strict=True)]
    state = prefill(model, own, beginning(model, ids[0, :SHARED].tolist()), pad=0)
    after, ends = state.logits, torch.tensor(LENGTHS)
    written = state.step(model, ids[rows, ends])
    return torch.stack([after, written]), torch.stack([expected.logits[rows, ends - 1], expected.logits[rows, ends]])


def _tokens(model: Any) -> Tensor:
    """(2, TOKENS), the same ones each time."""
    ids = torch.randint(model.config.get_text_config().vocab_size, (len(LENGTHS), TOKENS), generator=torch.Generator().manual_seed(0))
    ids[1, :SHARED] = ids[0, :SHARED]
    return ids.to(next(model.parameters()).device)


@contextmanager
def _checked(model: nn.Module) -> Iterator[list[nn.Parameter]]:
    """Without dropout; what is trained, where it is, and none of it zero as a new adapter's half is. Afterwards all is as it was."""
    modes = [(module, module.training) for module in model.modules()]
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad] if model.training else []
    empty = [(parameter, parameter.detach().clone()) for parameter in learnt if not parameter.any()]
    generator = torch.Generator().manual_seed(0)
    try:
        model.eval()
        for parameter, _ in empty:
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * 0.02)
        with torch.set_grad_enabled(bool(learnt)):
            yield learnt
    finally:
        for parameter, before in empty:
            parameter.data.copy_(before)
        for module, mode in modes:
            module.training = mode


def _gradient(logits: Tensor, ids: Tensor, wanted: Sequence[Tensor]) -> list[Tensor | None]:
    """Of the cross-entropy of the tokens behind LABELLED, of which these are the logits."""
    if not wanted:
        return []
    targets = ids[:, [column + 1 for column in LABELLED]]
    loss = functional.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())
    return list(torch.autograd.grad(loss, list(wanted), allow_unused=True))


def _sum(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    return second if first is None else first if second is None else first + second
