"""Decoding under a JSON schema: which tokens may come next, row by row. Chooses no token and knows no task."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from finetune.errors import SetupError


class Grammar:
    """A JSON schema over one tokenizer's vocabulary; `rows(n)` gives a fresh state for each of n rows."""

    def __init__(self, tokenizer: Any, schema: dict[str, Any], end: int) -> None:
        """`end` is the token that ends the answer. SetupError for a schema that cannot be followed."""
        from llguidance import LLMatcher
        from llguidance.hf import from_tokenizer

        self._tokens = from_tokenizer(tokenizer, eos_token=end)
        self._rules = LLMatcher.grammar_from_json_schema(json.dumps(schema), defaults={"whitespace_flexible": False})
        if problem := LLMatcher(self._tokens, self._rules).get_error():
            raise SetupError(f"this JSON schema cannot be followed while decoding: {problem.splitlines()[0]}")

    def rows(self, count: int) -> Constrained:
        from llguidance import LLMatcher

        return Constrained(self._tokens, [LLMatcher(self._tokens, self._rules) for _ in range(count)])


class Constrained:
    """Rows in the middle of being written under a grammar."""

    def __init__(self, tokens: Any, matchers: list[Any]) -> None:
        self._tokens, self._matchers = tokens, matchers

    def mask(self, logits: Tensor, rows: Sequence[int]) -> Tensor:
        """(rows, vocabulary) logits with −inf for what may not come next in these `rows`; the same tensor, changed in place."""
        from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

        words = allocate_token_bitmask(len(self._matchers), self._tokens.vocab_size)
        for row in rows:
            fill_next_token_bitmask(self._matchers[row], words, row)
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[:, : logits.shape[-1]]
        allowed = np.zeros(logits.shape, dtype=bool)
        allowed[:, : bits.shape[1]] = bits.astype(bool)
        allowed[[row for row in range(len(self._matchers)) if row not in rows]] = True
        return logits.masked_fill_(~torch.from_numpy(allowed).to(logits.device), float("-inf"))

    def take(self, tokens: Sequence[int], rows: Sequence[int]) -> None:
        """What each of these `rows` was given; `tokens` holds those of all."""
        for row in rows:
            self._matchers[row].consume_token(tokens[row])

    def join(self, other: Constrained) -> None:
        """The rows of another stand behind these."""
        self._matchers = [*self._matchers, *other._matchers]

    def keep(self, rows: Sequence[int]) -> None:
        """Only these rows go on."""
        self._matchers = [self._matchers[row] for row in rows]
