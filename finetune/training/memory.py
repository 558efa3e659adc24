"""Splits a step's rows into parts that fit in memory, and halves the parts when memory runs out. The gradient stays the same.

What it cannot catch: a process that the operating system kills for its memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import torch

from finetune.engine.prefix_tree import Branch, planned
from finetune.errors import SetupError

if TYPE_CHECKING:
    from finetune.rows import Encoded

PART_TOKENS = 512
"""Tokens whose activations a lane holds at once, padding included. With fewer, short rows go alone,
which is slower (docs/log.md)."""
T = TypeVar("T")


class Memory:
    """How many tokens are taken at once, and what is to be told of it."""

    def __init__(self, tokens: int | None = None) -> None:
        self.tokens = tokens or PART_TOKENS
        self.notes: list[str] = []

    def run(self, rows: Sequence[Encoded], work: Callable[[list[Branch]], T], shares: bool = False, lanes: int = 1) -> T:
        """`work` over these rows as they are planned for so many lanes; from its beginning again, fewer at once, when memory runs out.

        `shares`: what rows have in common at their beginning is computed once. Raises SetupError when a single row is too much.
        """
        while True:
            try:
                return work(planned(rows, self.tokens, lanes, shares))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            # outside the handler: the error's traceback holds the activations
            self._halve(rows, shares)

    def lower(self, tokens: int) -> None:
        """Take `tokens` at once from here on, and say so; nothing where it is not fewer."""
        if tokens < self.tokens:
            self.notes.append(
                f"memory ran out with {self.tokens} tokens of training rows at once; {tokens} were taken from there on, "
                "which leaves the gradient as it was"
            )
            self.tokens = tokens

    def _halve(self, rows: Sequence[Encoded], shares: bool) -> None:
        divisible = [tokens for branch in planned(rows, self.tokens, shares=shares) for tokens in branch.divisible()]
        if not divisible:
            raise SetupError(
                f"memory ran out with a single training row of up to {max(len(row.input_ids) for row in rows)} tokens; "
                "lower model.max_context or finetune.rank, or choose a smaller model"
            )
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self.lower(max(divisible) // 2)


def give_back() -> None:
    """Return to the operating system what freed tensors held: C's allocator keeps it by itself, half a gigabyte from stage to stage."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc has no such function
        ctypes.CDLL(None).malloc_trim(0)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is what PyTorch (a device's or the processor's allocator) or Python raises when memory runs out."""
    told = str(error).lower()
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in told or "out of memory" in told
