"""Prompts → answers, greedily and deterministically: written token by token, or chosen by likelihood from a closed set.

Batches follow from the prompts alone, so that a resumed run repeats them exactly. A prefix that all prompts share is computed once, where
the engine says that it may be; rows that have ended leave the batch; at prefill only the last position gets logits. It knows nothing of
tasks or arms.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from finetune.engine.door import Mode, prepare
from finetune.engine.prefill import State, beginning, prefill
from finetune.engine.prefix import in_common
from finetune.inference import plain
from finetune.inference.grammar import Constrained, Grammar
from finetune.inference.likelihood import ChoiceTree, score_tree
from finetune.loading import Dtype, load_model, load_tokenizer
from finetune.pretrained import Weights
from finetune.rows import completion_ids, end_of_turn, prompt_ids

if TYPE_CHECKING:
    from finetune.rows import Message

BATCH_ROWS = 32
BATCH_TOKENS = 8192
Answer = tuple[str, int, dict[str, float] | None]
"""Text, tokens written, and the likelihood of each choice where there were any."""


@dataclass(frozen=True)
class Prompt:
    """One question to the model."""

    id: str
    messages: tuple[Message, ...]
    choices: tuple[str, ...] = ()
    """A closed set of answers to be scored by likelihood; empty: the answer is written."""


@dataclass(frozen=True)
class Generation:
    """What came of one prompt."""

    id: str
    text: str
    """As written, or the choice that scored highest."""
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    """Its share of the batch's time: of writing an equal one, of reading by its tokens. What it shares with others of the batch counts for
    each of them, as if it had come alone."""
    batch: int
    """Rows in the batch."""
    choices: dict[str, float] | None = None
    """Mean log-likelihood per token of each choice and its end of turn, in nats."""
    failure: str = ""


class Generator:
    """One set of weights, an adapter merged into it."""

    def __init__(
        self, weights: Weights, adapter: Path | None = None, dtype: Dtype = "auto", device: str | None = None,
        batch_tokens: int = BATCH_TOKENS, engine: Mode = "auto",
    ) -> None:  # fmt: skip
        self.tokenizer = load_tokenizer(weights)
        self.model: Any = load_model(weights, dtype=dtype, adapter=adapter, device=device)
        self.engine = prepare(self.model, engine)
        self._batch_tokens = batch_tokens
        self._end = end_of_turn(self.tokenizer)
        self._ids: dict[str, list[int]] = {}
        self._prefix: tuple[list[int], list[tuple[Tensor, Tensor]]] = ([], [])
        self._trees: dict[tuple[str, ...], ChoiceTree] = {}
        self._grammars: dict[str, Grammar] = {}

    def plan(self, prompts: Sequence[Prompt]) -> list[list[Prompt]]:
        """Batches of about equal length, the longest first; also fixes the prefix that all of these prompts share."""
        self._ids = {prompt.id: prompt_ids(self.tokenizer, prompt.messages) for prompt in prompts}
        shared = _common_prefix(list(self._ids.values())) if self.engine.shares else []
        self._prefix = (shared, beginning(self.model, shared) if shared else [])
        ordered = sorted(prompts, key=lambda prompt: (-len(self._ids[prompt.id]), prompt.id))
        batches = self._batches(ordered, BATCH_ROWS)
        even = self._batches(ordered, -(-len(ordered) // max(1, len(batches))))
        return even if len(even) == len(batches) else batches

    def _batches(self, ordered: Sequence[Prompt], most: int) -> list[list[Prompt]]:
        """At most so many prompts to a batch, fewer where they are long; those with choices apart from the others."""
        batches: list[list[Prompt]] = []
        for prompt in ordered:
            rows = max(1, min(most, self._batch_tokens // len(self._ids[(batches[-1][0] if batches else prompt).id])))
            if batches and len(batches[-1]) < rows and bool(batches[-1][0].choices) == bool(prompt.choices):
                batches[-1].append(prompt)
            else:
                batches.append([prompt])
        return batches

    def run(self, batch: Sequence[Prompt], max_new_tokens: int, schema: dict[str, Any] | None = None) -> list[Generation]:
        """One planned batch; what is written follows the JSON `schema`, where there is one, as far as `max_new_tokens` reach."""
        if batch[0].choices and not self.engine.shares:
            return [self._chosen_alone(prompt, len(batch)) for prompt in batch]
        began = time.perf_counter()
        with torch.inference_mode():
            state = self._prefill(batch)
            reading = time.perf_counter() - began
            answers = self._choose(batch, state) if batch[0].choices else self._write(batch, state, max_new_tokens, schema)
        rest = (time.perf_counter() - began - reading) / len(batch)
        token, shared = reading / state.read, len(self._prefix[0])
        lengths = [len(self._ids[prompt.id]) for prompt in batch]
        return [
            Generation(prompt.id, text, length, tokens, (length - shared) * token + rest, len(batch), choices)
            for prompt, length, (text, tokens, choices) in zip(batch, lengths, answers, strict=True)
        ]

    def _write(self, batch: Sequence[Prompt], state: State, max_new_tokens: int, schema: dict[str, Any] | None) -> list[Answer]:
        rules = self._grammar(schema).rows(len(batch)) if schema is not None else None
        written: list[list[int]] = [[] for _ in batch]
        alive = list(range(len(batch)))
        tokens = _best(state.logits, rules)
        for step in range(max_new_tokens):
            for row, token in zip(alive, tokens.tolist(), strict=True):
                written[row].append(token)
            going = [i for i, token in enumerate(tokens.tolist()) if token != self._end]
            if not going or step == max_new_tokens - 1:
                break
            if len(going) < len(alive):
                state.keep(going)
                if rules:
                    rules.keep(going)
                alive, tokens = [alive[i] for i in going], tokens[going]
            tokens = _best(state.step(self.model, tokens), rules)
        texts = [str(self.tokenizer.decode(ids, skip_special_tokens=True)).strip() for ids in written]
        return [(text, len(ids), None) for text, ids in zip(texts, written, strict=True)]

    def _choose(self, batch: Sequence[Prompt], state: State) -> list[Answer]:
        out: list[Answer] = []
        for row, prompt in enumerate(batch):
            tree = self._tree(prompt.choices)
            scores = score_tree(self.model, tree, state.row(row), state.logits[row])
            best = max(prompt.choices, key=lambda choice: scores[choice])
            out.append((best, tree.lengths[best], scores))
        return out

    @torch.inference_mode()
    def _chosen_alone(self, prompt: Prompt, batch: int) -> Generation:
        """The likeliest choice, each of them read behind the whole prompt."""
        began, ids = time.perf_counter(), self._ids[prompt.id]
        tokens = {choice: completion_ids(self.tokenizer, choice) for choice in prompt.choices}
        scores = plain.score(self.model, ids, tokens)
        best = max(prompt.choices, key=lambda choice: scores[choice])
        return Generation(prompt.id, best, len(ids), len(tokens[best]), time.perf_counter() - began, batch, scores)

    def _grammar(self, schema: dict[str, Any]) -> Grammar:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._grammars:
            self._grammars[key] = Grammar(self.tokenizer, schema, self._end)
        return self._grammars[key]

    def _tree(self, choices: tuple[str, ...]) -> ChoiceTree:
        if choices not in self._trees:
            tokens = {choice: completion_ids(self.tokenizer, choice) for choice in choices}
            self._trees[choices] = ChoiceTree.of(tokens)
        return self._trees[choices]

    def _prefill(self, batch: Sequence[Prompt]) -> State:
        if not self.engine.shares:
            return plain.read(self.model, [self._ids[prompt.id] for prompt in batch], self._end)
        prefix, stored = self._prefix
        own = [self._ids[prompt.id][len(prefix) :] for prompt in batch]
        return prefill(self.model, own, stored, self._end, self.engine.lanes)


def _best(logits: Tensor, rules: Constrained | None) -> Tensor:
    """The likeliest token of each row, (rows,), among those that may come next."""
    if rules is None:
        return logits.argmax(-1)
    tokens = rules.mask(logits).argmax(-1)
    rules.take(tokens.tolist())
    return tokens


def _common_prefix(rows: Sequence[Sequence[int]]) -> list[int]:
    """The longest prefix of all rows that leaves each at least one token; empty for a single row."""
    if len(rows) < 2:
        return []
    first, last = min(map(list, rows)), max(map(list, rows))
    return first[: in_common(first, last, min(map(len, rows)) - 1)]
