"""Prompts read and choices scored the library's own way: a padded batch in one forward, its own cache, each choice behind its prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import DynamicCache

from finetune.engine.logits import logits_at
from finetune.engine.prefill import State


def read(model: Any, prompts: Sequence[list[int]], pad: int) -> State:
    """These prompts, padded on the left, ready to be answered."""
    longest = max(map(len, prompts))
    mask = torch.tensor([[0] * (longest - len(ids)) + [1] * len(ids) for ids in prompts], device=model.device)
    cache = DynamicCache(config=model.config)
    logits = logits_at(
        model, torch.tensor([longest - 1], device=model.device), attention_mask=mask, past_key_values=cache, use_cache=True,
        input_ids=torch.tensor([[pad] * (longest - len(ids)) + ids for ids in prompts], device=model.device),
        position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
    )  # fmt: skip
    return State(cache, mask, logits[:, -1], sum(map(len, prompts)))


def score(model: Any, prompt: list[int], choices: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Mean log-likelihood per token of each choice after the prompt, in nats; choices as token ids, their end of turn included."""
    scores = {}
    for choice, ids in choices.items():
        tokens = torch.tensor([[*prompt, *ids[:-1]]], device=model.device)
        columns = torch.arange(len(prompt) - 1, tokens.shape[1], device=model.device)
        logs = torch.log_softmax(logits_at(model, columns, input_ids=tokens, use_cache=False)[0].float(), -1)
        scores[choice] = float(logs[range(len(ids)), list(ids)].sum()) / len(ids)
    return scores
