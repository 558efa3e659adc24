"""Prompts → answers, greedily and deterministically: written token by token, or chosen by likelihood from a closed set.

Batches follow from the prompts alone, so that a resumed run repeats them exactly. A prefix that all prompts share is computed once, where
the engine says that it may be; rows that have ended leave the batch; at prefill only the last position gets logits. It knows nothing of
tasks or arms.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from finetune.chat import OWN, ChatSettings
from finetune.engine.door import Mode, prepare
from finetune.engine.prefill import Layers, State, beginning, prefill
from finetune.engine.prefix import in_common
from finetune.inference import plain
from finetune.inference.grammar import Constrained, Grammar
from finetune.inference.likelihood import ChoiceTree, score_tree
from finetune.inference.writing import Writing
from finetune.loading import Dtype, load_chat, load_model
from finetune.pretrained import Weights

if TYPE_CHECKING:
    from finetune.rows import Message

Hear = Callable[[str], None]
Prefix = tuple[list[int], Layers]
"""Tokens that prompts begin with, and their keys and values."""
NO_PREFIX: Prefix = ([], [])
BATCH_ROWS = 32
BATCH_TOKENS = 8192


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
    """A thought's among them."""
    seconds: float
    """Its share of the batch's time: of writing an equal one, of reading by its tokens. What it shares with others of the batch counts for
    each of them, as if it had come alone."""
    batch: int
    """Rows in the batch."""
    choices: dict[str, float] | None = None
    """Mean log-likelihood per token of each choice and its end of turn, in nats."""
    failure: str = ""
    cut: bool = False
    """Whether it ended at the limit instead of at a stop."""


@dataclass(frozen=True)
class Answer:
    """What a row's answer came to."""

    text: str
    tokens: int
    cut: bool = False
    choices: dict[str, float] | None = None


class Generator:
    """One set of weights, an adapter merged into it."""

    def __init__(
        self, weights: Weights, adapter: Path | None = None, dtype: Dtype = "auto", device: str | None = None,
        batch_tokens: int = BATCH_TOKENS, engine: Mode = "auto", chat: ChatSettings = OWN,
    ) -> None:  # fmt: skip
        self.chat = load_chat(weights, chat)
        self.model: Any = load_model(weights, dtype=dtype, adapter=adapter, device=device)
        self.engine = prepare(self.model, engine)
        self._batch_tokens = batch_tokens
        self._ids: dict[str, list[int]] = {}
        self._prefix: Prefix = NO_PREFIX
        self._trees: dict[tuple[tuple[str, ...], bool], ChoiceTree] = {}
        self._grammars: dict[str, Grammar] = {}

    def plan(self, prompts: Sequence[Prompt]) -> list[list[Prompt]]:
        """Batches of about equal length, the longest first; also fixes the prefix that all of these prompts share."""
        self._ids = {prompt.id: self.chat.prompt_ids(prompt.messages) for prompt in prompts}
        self._prefix = self.prefix_of(list(self._ids.values())) if self.engine.shares else NO_PREFIX
        ordered = sorted(prompts, key=lambda prompt: (-len(self._ids[prompt.id]), prompt.id))
        batches = self._batches(ordered, BATCH_ROWS if self.engine.pads else 1)
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

    def run(
        self, batch: Sequence[Prompt], max_new_tokens: int, schema: dict[str, Any] | None = None, hear: Hear | None = None
    ) -> list[Generation]:
        """One planned batch; what is written follows the JSON `schema`, where there is one, as far as `max_new_tokens` reach.

        `hear` is told the first row's answer so far after each of its tokens; a choice by likelihood is not written.
        """
        if batch[0].choices:
            return self._chosen(batch)
        began = time.perf_counter()
        with torch.inference_mode():
            state = self._prefill([self._ids[prompt.id] for prompt in batch])
            reading = time.perf_counter() - began
            rows = self._write(state, [Writing(self.chat, max_new_tokens) for _ in batch], schema, hear)
        answers = [Answer(self.chat.read(row.ids), len(row.ids), not row.ended) for row in rows]
        return self._told(batch, answers, reading, state.read, (time.perf_counter() - began - reading) / len(batch))

    def _told(self, batch: Sequence[Prompt], answers: Sequence[Answer], reading: float, read: int, rest: float) -> list[Generation]:
        """`reading`: seconds for so many tokens `read`; `rest`: seconds of all else, a row."""
        token, shared = reading / read, len(self._prefix[0])
        lengths = [len(self._ids[prompt.id]) for prompt in batch]
        return [
            Generation(
                prompt.id, answer.text, length, answer.tokens, (length - shared) * token + rest, len(batch), answer.choices, cut=answer.cut
            )
            for prompt, length, answer in zip(batch, lengths, answers, strict=True)
        ]

    def _write(self, state: State, rows: list[Writing], schema: dict[str, Any] | None = None, hear: Hear | None = None) -> list[Writing]:
        """These rows, written to their ends."""
        rules = self.grammar(schema).rows(len(rows)) if schema is not None else None
        alive, logits = list(rows), state.logits
        while True:
            tokens = next_tokens(logits, alive, rules)
            for row, token in zip(alive, tokens, strict=True):
                row.take(token)
            if hear is not None:
                hear(self.chat.read(rows[0].ids))
            going = [i for i, row in enumerate(alive) if not row.done]
            if not going:
                return rows
            if len(going) < len(alive):
                state.keep(going)
                if rules:
                    rules.keep(going)
                alive = [alive[i] for i in going]
            logits = state.step(self.model, torch.tensor([tokens[i] for i in going], device=self.model.device))

    @torch.inference_mode()
    def _chosen(self, batch: Sequence[Prompt]) -> list[Generation]:
        """The likeliest choice of each row, behind its thought where it thinks."""
        began = time.perf_counter()
        thoughts = self._thoughts(batch) if self.chat.budget else [[] for _ in batch]
        asked = [[*self._ids[prompt.id], *thought] for prompt, thought in zip(batch, thoughts, strict=True)]
        thinking = time.perf_counter() - began
        state = self._prefill(asked) if self.engine.shares else None
        reading, answers = time.perf_counter() - began - thinking if state else 0.0, []
        for row, (prompt, ids, thought) in enumerate(zip(batch, asked, thoughts, strict=True)):
            tree = self._tree(prompt.choices, bool(thought))
            alone = {choice: self.chat.completion_ids(choice, bool(thought)) for choice in prompt.choices} if state is None else {}
            scores = score_tree(self.model, tree, state.row(row), state.logits[row]) if state else plain.score(self.model, ids, alone)
            best = max(prompt.choices, key=lambda choice: scores[choice])
            answers.append(Answer(best, tree.lengths[best] + len(thought), choices=scores))
        rest = (time.perf_counter() - began - reading) / len(batch)
        return self._told(batch, answers, reading, state.read if state else 1, rest)

    def _thoughts(self, batch: Sequence[Prompt]) -> list[list[int]]:
        """What each row writes before its answer, closed; empty for one that answers at once."""
        rows = self._write(self._prefill([self._ids[prompt.id] for prompt in batch]), [Writing(self.chat, 0) for _ in batch])
        return [[] if row.start == 0 else self._closed(row) for row in rows]

    def _closed(self, row: Writing) -> list[int]:
        """A thought and its end, up to where the answer begins."""
        if row.was_cut:
            return row.ids
        ids = row.ids[:-1] if row.ended else row.ids
        return [*ids, *self.chat.cut_ids(ids)]

    def grammar(self, schema: dict[str, Any]) -> Grammar:
        """What this JSON schema lets be written."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._grammars:
            self._grammars[key] = Grammar(self.chat.tokenizer, schema, self.chat.end)
        return self._grammars[key]

    def _tree(self, choices: tuple[str, ...], thought: bool) -> ChoiceTree:
        if (choices, thought) not in self._trees:
            tokens = {choice: self.chat.completion_ids(choice, thought) for choice in choices}
            self._trees[choices, thought] = ChoiceTree.of(tokens)
        return self._trees[choices, thought]

    def _prefill(self, rows: Sequence[list[int]]) -> State:
        return self.read(rows, self._prefix) if self.engine.shares else plain.read(self.model, rows, self.chat.end)

    def read(self, rows: Sequence[list[int]], prefix: Prefix) -> State:
        """Prompts that all begin with this prefix, for an engine that shares."""
        ids, stored = prefix
        return prefill(self.model, [row[len(ids) :] for row in rows], stored, self.chat.end, self.engine.lanes)

    def prefix_of(self, rows: Sequence[Sequence[int]]) -> Prefix:
        """What all these prompts begin with, read once."""
        shared = common_prefix(rows)
        return shared, beginning(self.model, shared) if shared else []


def next_tokens(logits: Tensor, rows: Sequence[Writing], rules: Constrained | None) -> list[int]:
    """The likeliest token of each row among those that may come next; a thought follows no rules."""
    answering = [i for i, row in enumerate(rows) if row.start is not None]
    tokens: list[int] = (rules.mask(logits, answering) if rules else logits).argmax(-1).tolist()
    tokens = [row.forced[0] if row.forced else token for row, token in zip(rows, tokens, strict=True)]
    if rules:
        rules.take(tokens, answering)
    return tokens


def common_prefix(rows: Sequence[Sequence[int]]) -> list[int]:
    """The longest prefix of all rows that leaves each at least one token; empty for a single row."""
    if len(rows) < 2:
        return []
    first, last = min(map(list, rows)), max(map(list, rows))
    return first[: in_common(first, last, min(map(len, rows)) - 1)]
