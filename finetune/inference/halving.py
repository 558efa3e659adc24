"""A batch of prompts that memory does not hold is answered in halves. Knows nothing of tasks or arms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finetune.errors import SetupError, is_out_of_memory

if TYPE_CHECKING:
    from finetune.inference.generate import Generation, Generator, Prompt


def answered(generator: Generator, batch: Sequence[Prompt], max_new_tokens: int, schema: dict[str, Any] | None = None) -> list[Generation]:
    """As `generator.run`, in halves of halves where memory runs out; SetupError where it does for a single prompt."""
    try:
        return generator.run(batch, max_new_tokens, schema)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    # outside the handler: the error's traceback holds the activations
    if len(batch) == 1:
        raise SetupError("memory ran out while one single prompt was answered; lower model.max_context or retrieval.k")
    half = len(batch) // 2
    return [one for part in (batch[:half], batch[half:]) for one in answered(generator, part, max_new_tokens, schema)]
