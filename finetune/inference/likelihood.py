"""The likelihood of every answer of a closed set after one prompt, from one pass over the prompt and one over the answers.

The answers are laid out as a tree of tokens, so that what they share is computed once; a mask lets each token see the prompt and its
own ancestors alone. Exact: tested against scoring every answer by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor
from transformers import DynamicCache


@dataclass(frozen=True)
class ChoiceTree:
    """All answers as one tree of tokens."""

    tokens: list[int]
    """(nodes,) token of each node that has children; a parent stands before its children."""
    parents: list[int]
    """(nodes,) the node before it; -1: the prompt itself."""
    depths: list[int]
    paths: dict[str, list[tuple[int, int]]]
    """For each answer its tokens as (node before it, token), the end of turn included."""

    @classmethod
    def of(cls, answers: Mapping[str, Sequence[int]]) -> Self:
        """From each answer's token ids, its end of turn included."""
        children: dict[tuple[int, int], int] = {}
        tokens: list[int] = []
        parents: list[int] = []
        depths: list[int] = []
        paths: dict[str, list[tuple[int, int]]] = {}
        for answer, ids in answers.items():
            node, path = -1, []
            for place, token in enumerate(ids):
                path.append((node, token))
                if place == len(ids) - 1:
                    break
                if (node, token) not in children:
                    children[node, token] = len(tokens)
                    tokens.append(token)
                    parents.append(node)
                    depths.append(place)
                node = children[node, token]
            paths[answer] = path
        return cls(tokens, parents, depths, paths)

    @property
    def lengths(self) -> dict[str, int]:
        return {answer: len(path) for answer, path in self.paths.items()}

    def visible(self) -> Tensor:
        """(nodes, nodes) bool: which nodes each node may see, itself included."""
        seen = torch.zeros(len(self.tokens), len(self.tokens), dtype=torch.bool)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                seen[node] = seen[parent]
            seen[node, node] = True
        return seen


def score_tree(model: Any, tree: ChoiceTree, prompt: list[tuple[Tensor, Tensor]], last_logits: Tensor) -> dict[str, float]:
    """Mean log-likelihood per token of each answer, in nats.

    `prompt` holds the prompt's keys and values by layer, (1, heads, tokens, width); `last_logits` (vocabulary,) follow its last token.
    """
    first = torch.log_softmax(last_logits.float(), -1)
    after = _node_logits(model, tree, prompt) if tree.tokens else None
    scores = {}
    for answer, path in tree.paths.items():
        total = 0.0
        for node, token in path:
            total += float(first[token] if node < 0 or after is None else after[node, token])
        scores[answer] = total / len(path)
    return scores


def _node_logits(model: Any, tree: ChoiceTree, prompt: list[tuple[Tensor, Tensor]]) -> Tensor:
    """(nodes, vocabulary) log-probabilities of what follows each node."""
    length = prompt[0][0].shape[2]
    cache = DynamicCache()
    for number, (keys, values) in enumerate(prompt):
        cache.update(keys, values, number)
    device = prompt[0][0].device
    blocked = torch.full((len(tree.tokens), length + len(tree.tokens)), torch.finfo(prompt[0][0].dtype).min, device=device)
    blocked[:, :length] = 0.0
    blocked[:, length:][tree.visible().to(device)] = 0.0
    out = model(
        input_ids=torch.tensor([tree.tokens], device=device), attention_mask=blocked[None, None].to(prompt[0][0].dtype),
        position_ids=torch.tensor([[length + depth for depth in tree.depths]], device=device), past_key_values=cache, use_cache=True,
    )  # fmt: skip
    return torch.log_softmax(out.logits[0].float(), -1)
