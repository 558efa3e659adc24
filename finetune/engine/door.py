"""The door of the engine: takes a loaded model, replaces what our code computes faster, and returns an `Engine` that says what it did.

Code outside this package uses the `Engine` and never the layers behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import nn

from finetune.engine import llama, onednn_linear, self_check
from finetune.engine.keeps import can_pad, can_share

Mode = Literal["auto", "library"]
LANES = 2
"""Pieces of work side by side where PyTorch has threads enough: a small model's products are too small to be shared out well."""


@dataclass(frozen=True)
class Engine:
    """How a model's work is done; as it stands here, by the library's own layers alone."""

    replaced: tuple[str, ...] = ()
    """What of the library's was replaced, in words for a report; empty: nothing."""
    lanes: int = 1
    """Pieces of work that run side by side, each on its share of the processor's threads."""
    shares: bool = False
    """Whether a beginning that rows or prompts have in common is computed once for all of them."""
    pads: bool = True
    """Whether prompts of different lengths are read in one batch; else one at a time."""
    notes: tuple[str, ...] = ()
    """What a report must tell of it, a clause each; empty: all is as it was asked for."""


def prepare(model: Any, mode: Mode) -> Engine:
    """Take over what our layers are faster at, in place, where the model gives what it gave before; `library`: leave it alone.

    `model`: a causal language model, under an adapter or bare, in training mode where it is to be trained. A model that is not float32
    keeps the library's layers. No random number of the process is drawn, and no weight changes.
    """
    pads = can_pad(model)
    if mode == "library":
        return Engine(pads=pads)
    shares = can_share(model)
    if any(parameter.dtype != torch.float32 for parameter in model.parameters()):
        return Engine(shares=shares, pads=pads)
    expected = self_check.by_library(model)
    return _taken_over(model, Engine(shares=shares, pads=pads), lambda engine: self_check.differs(model, expected, engine.shares))


def prepare_embedder(model: Any, mode: Mode) -> Engine:
    """The same for a sentence-transformers model: its linear layers alone."""
    if mode == "library":
        return Engine()
    expected = self_check.embedded(model)
    return _taken_over(model, Engine(), lambda engine: self_check.apart(self_check.embedded(model), expected))


def _taken_over(model: nn.Module, allowed: Engine, differs: Callable[[Engine], str]) -> Engine:
    """`differs`: in what the model is another one than before, in words; empty: in nothing."""
    layers = llama.rewrite(model)
    products = onednn_linear.speed_up(model)
    words = [*(["decoder layers of the Llama family"] if layers else []), *(["linear layers, by oneDNN"] if products else [])]
    engine = replace(allowed, replaced=tuple(words), lanes=_lanes() if layers else 1)
    try:
        found = differs(engine)
    except Exception as error:  # a library that calls our layers in another way than they know is no reason to end a run
        found = f"they failed ({type(error).__name__}: {error})"
    if not found:
        return engine
    llama.restore(model)
    onednn_linear.restore(model)
    return Engine(
        pads=allowed.pads, notes=(f"the fast path was not taken but the library's own, for a check before the work found that {found}",)
    )


def _lanes() -> int:
    # Our layers draw no random numbers, which two threads would draw in any order, and keep nothing between calls.
    return LANES if torch.get_num_threads() >= LANES else 1
