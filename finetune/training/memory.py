"""Splits a step's rows into parts that fit in memory: halved when memory runs out, doubled on a GPU that has room. The gradient stays.

Where one row is too much, activations are computed again on the way back instead of kept. What it cannot catch: a process that the
operating system kills for its memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import torch

from finetune.engine.prefix_tree import Branch, planned
from finetune.errors import SetupError, is_out_of_memory

if TYPE_CHECKING:
    from finetune.rows import Encoded

PART_TOKENS = 512
"""Tokens whose activations a lane holds at once, padding included. With fewer, short rows go alone,
which is slower (docs/log.md)."""
MOST_TOKENS = 1 << 16
ROOMY = 1 / 3
T = TypeVar("T")


class Memory:
    """How many tokens are taken at once, and what is to be told of it."""

    def __init__(
        self, tokens: int | None = None, recompute: Callable[[], None] | None = None, used: Callable[[], float] | None = None
    ) -> None:
        """`recompute` makes the model recompute its activations (None: it cannot); `used` tells the share of the device's memory that the
        last work took at its most (None: a GPU's own count, or nothing)."""
        self.tokens = tokens or PART_TOKENS
        self.recomputes = False
        self.notes: list[str] = []
        self._recompute, self._used = recompute, used or gpu_share
        self._most: int | None = None
        """Tokens that were too many once."""

    def run(self, rows: Sequence[Encoded], work: Callable[[list[Branch]], T], shares: bool = False, lanes: int = 1, pads: bool = True) -> T:
        """`work` over these rows as they are planned for so many lanes; from its beginning again, fewer at once, when memory runs out.

        `shares`: what rows have in common at their beginning is computed once. `pads`: rows of different lengths stand side by side, else
        each is computed alone. Raises SetupError when a single row is too much.
        """
        while True:
            shares = shares and not self.recomputes  # what recomputes keeps no cache
            try:
                done = work(planned(rows, self.tokens if pads else 1, lanes, shares))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            else:
                self._raise()
                return done
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

    def recompute(self) -> None:
        """Compute activations again from here on, and say so; a caller that goes on with an earlier training may ask for it at once."""
        if self._recompute and not self.recomputes:
            self._recompute()
            self.recomputes = True
            self.notes.append("memory ran out with one row; activations were computed twice from there on, which takes longer")

    def _raise(self) -> None:
        """Twice as many tokens at once where less than a third of the GPU was needed, and so many have never been too many."""
        used = self._used()
        if 0 < used < ROOMY and 2 * self.tokens <= min(MOST_TOKENS, (self._most or MOST_TOKENS + 1) - 1):
            self.tokens *= 2

    def _halve(self, rows: Sequence[Encoded], shares: bool) -> None:
        self._most = self.tokens
        divisible = [tokens for branch in planned(rows, self.tokens, shares=shares) for tokens in branch.divisible()]
        if not divisible and self._recompute and not self.recomputes:
            self.recompute()
            return
        if not divisible:
            raise SetupError(
                f"memory ran out with a single training row of up to {max(len(row.input_ids) for row in rows)} tokens; "
                "lower model.max_context or finetune.rank, or choose a smaller model"
            )
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self.lower(max(divisible) // 2)


def gpu_share() -> float:
    """The largest share of the GPU's memory that was in use since this was last asked; 0 without one. Not verified without a GPU."""
    if not torch.cuda.is_available():
        return 0.0
    share = torch.cuda.max_memory_allocated() / torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory
    torch.cuda.reset_peak_memory_stats()
    return float(share)


def give_back() -> None:
    """Return to the operating system what freed tensors held: C's allocator keeps it by itself, half a gigabyte from stage to stage."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc has no such function
        ctypes.CDLL(None).malloc_trim(0)
