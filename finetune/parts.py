"""The rows of a step in parts that memory holds at once. Where it does not, the parts are halved: the gradient is the same.

What it cannot catch: a process that the operating system kills for its memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import torch

from finetune.errors import SetupError
from finetune.lanes import lanes_of

if TYPE_CHECKING:
    from finetune.rows import Encoded

PART_TOKENS = 512
"""Tokens whose activations a lane holds at once, padding included. With fewer, short rows go alone,
which is slower (docs/log.md)."""
T = TypeVar("T")
Lanes = list[list[list["Encoded"]]]
"""The parts of each lane."""


def parts_of(rows: Sequence[Encoded], tokens: int, shared: int = 0) -> list[list[Encoded]]:
    """Rows by length, the longest first, as many to a part as fit in `tokens` without their first `shared` ones; at least one."""
    ordered = sorted(rows, key=lambda row: -len(row.input_ids))
    return [[ordered[i] for i in part] for part in packed([len(row.input_ids) - shared for row in ordered], tokens)]


def packed(lengths: Sequence[int], tokens: int) -> list[range]:
    """Rows of these lengths in turn, as many to a part as fit in `tokens` with their padding; at least one."""
    parts: list[range] = []
    start, longest = 0, 0
    for row, length in enumerate(lengths):
        longest = max(longest, length)
        if row > start and (row + 1 - start) * longest > tokens:
            parts.append(range(start, row))
            start, longest = row, length
    return [*parts, range(start, len(lengths))] if lengths else []


class Memory:
    """How many tokens are taken at once, and what is to be told of it."""

    def __init__(self, tokens: int | None = None) -> None:
        self.tokens = tokens or PART_TOKENS
        self.notes: list[str] = []

    def run(self, rows: Sequence[Encoded], work: Callable[[Lanes], T], shared: int = 0, lanes: int = 1) -> T:
        """`work` over these rows in parts, each lane's by themselves; from its beginning again with smaller parts when memory runs out.

        Raises SetupError when a single row is too much.
        """
        longest_first = sorted(rows, key=lambda row: -len(row.input_ids))
        while True:
            try:
                return work([parts_of(some, self.tokens, shared) for some in lanes_of(longest_first, lanes)])
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            # outside the handler: the error's traceback holds the activations
            self._halve(parts_of(rows, self.tokens, shared), shared)

    def lower(self, tokens: int) -> None:
        """Take `tokens` at once from here on, and say so; nothing where it is not fewer."""
        if tokens < self.tokens:
            self.notes.append(
                f"memory ran out with {self.tokens} tokens of training rows at once; {tokens} were taken from there on, "
                "which leaves the gradient as it was"
            )
            self.tokens = tokens

    def _halve(self, parts: list[list[Encoded]], shared: int) -> None:
        divisible = [len(part) * (len(part[0].input_ids) - shared) for part in parts if len(part) > 1]
        if not divisible:
            raise SetupError(
                f"memory ran out with a single training row of up to {len(parts[0][0].input_ids)} tokens; "
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
