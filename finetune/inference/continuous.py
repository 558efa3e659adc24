"""A batch that prompts join while it is being written, and leave as they end; for a server, which cannot know its prompts beforehand.

Every row is written as it would be alone: rows are padded on the left and see nothing of each other. For engines that share beginnings
(`Engine.shares`); the others answer batch by batch. Closed sets of answers are not written, and are none of its business.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from finetune.inference.generate import NO_PREFIX, Generation, Hear, next_tokens
from finetune.inference.writing import Writing

if TYPE_CHECKING:
    from finetune.engine.prefill import State
    from finetune.inference.generate import Generator, Prompt
    from finetune.inference.grammar import Constrained


@dataclass(frozen=True)
class Joining:
    """A prompt that joins."""

    prompt: Prompt
    ids: list[int]
    """Of the prompt, from `Ongoing.ids`."""
    hear: Hear | None = None
    """Told the answer so far after each of its tokens; must not raise."""


@dataclass
class Row:
    """An answer under way."""

    name: str
    read: int
    """Tokens of its prompt."""
    began: float
    writing: Writing
    hear: Hear | None


class Ongoing:
    """The batch. One thread at a time."""

    def __init__(self, generator: Generator, max_new_tokens: int, schema: dict[str, Any] | None = None) -> None:
        """What is written follows the JSON `schema`, where there is one."""
        self._generator, self._limit, self._schema = generator, max_new_tokens, schema
        self._rows: list[Row] = []
        self._state: State | None = None
        self._rules: Constrained | None = None
        self._prefix = NO_PREFIX
        self._example: list[int] = []

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def longest(self) -> int:
        """Tokens of the longest row so far, prompt and answer."""
        return max((row.read + len(row.writing.ids) for row in self._rows), default=0)

    def ids(self, prompt: Prompt) -> list[int]:
        """Its tokens."""
        return self._generator.chat.prompt_ids(prompt.messages)

    @torch.inference_mode()
    def join(self, joining: Sequence[Joining]) -> None:
        """Reads these prompts; from the next step on they are answered. Where this fails the batch is as it was."""
        began, generator = time.perf_counter(), self._generator
        rows = [one.ids for one in joining]
        self._learn(rows)
        read = generator.read(rows, self._prefix)
        state = self._state.join(read) if self._state is not None else read
        if self._schema is not None:
            rules = generator.grammar(self._schema).rows(len(rows))
            if self._rules is None:
                self._rules = rules
            else:
                self._rules.join(rules)
        self._state = state
        self._rows += [Row(one.prompt.id, len(one.ids), began, Writing(generator.chat, self._limit), one.hear) for one in joining]

    def _learn(self, rows: Sequence[list[int]]) -> None:
        """The prefix is what all prompts so far begin with, kept as long as new ones do: it is read once for all of them."""
        known = self._prefix[0]
        if self._example and not (known and all(len(row) > len(known) and row[: len(known)] == known for row in rows)):
            self._prefix = self._generator.prefix_of([self._example, *rows])
        self._example = rows[-1]

    @torch.inference_mode()
    def step(self) -> list[Generation]:
        """One token for every row; the answers that end with it, which leave the batch."""
        state = self._state
        if state is None:
            return []
        tokens = next_tokens(state.logits, [row.writing for row in self._rows], self._rules)
        for row, token in zip(self._rows, tokens, strict=True):
            row.writing.take(token)
            if row.hear is not None:
                row.hear(self._generator.chat.read(row.writing.ids))
        ended = [self._told(row) for row in self._rows if row.writing.done]
        going = [place for place, row in enumerate(self._rows) if not row.writing.done]
        self._keep(going)
        if self._state is not None:
            self._state.step(self._generator.model, torch.tensor([tokens[place] for place in going], device=state.mask.device))
        return ended

    @torch.inference_mode()
    def drop(self, names: set[str]) -> None:
        """These rows leave without an answer."""
        self._keep([place for place, row in enumerate(self._rows) if row.name not in names])

    def _keep(self, places: list[int]) -> None:
        if len(places) == len(self._rows):
            return
        if not places:
            self._rows, self._state, self._rules = [], None, None
            return
        if self._state is not None:
            self._state.keep(places)
            self._state.logits = self._state.logits[places]
        if self._rules is not None:
            self._rules.keep(places)
        self._rows = [self._rows[place] for place in places]

    def _told(self, row: Row) -> Generation:
        written, count = row.writing, len(self._rows)
        text, seconds = self._generator.chat.read(written.ids), time.perf_counter() - row.began
        return Generation(row.name, text, row.read, len(written.ids), seconds, count, cut=not written.ended)
