"""Memory that runs out while answering halves the batch, and the answers stay what they were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from finetune.errors import SetupError
from finetune.inference.generate import Generation, Generator, Prompt
from finetune.inference.halving import answered
from finetune.rows import Message
from tests.finetune.tiny_model import make


class Small(Generator):
    """A device that holds so many prompts."""

    holds = 2

    def run(self, batch: Sequence[Prompt], max_new_tokens: int, schema: dict[str, Any] | None = None) -> list[Generation]:
        if len(batch) > self.holds:
            raise torch.OutOfMemoryError("device out of memory")
        return super().run(batch, max_new_tokens, schema)


def test_halves_answer_as_the_whole_does(tmp_path: Path) -> None:
    prompts = [Prompt(str(n), (Message("system", "s"), Message("user", "word " * (n + 1)))) for n in range(7)]
    weights = make(tmp_path)
    plain, small = Generator(weights), Small(weights)
    expected = {g.id: g.text for batch in plain.plan(prompts) for g in plain.run(batch, 6)}
    (batch,) = small.plan(prompts)
    found = answered(small, batch, 6)
    assert [g.id for g in found] == [prompt.id for prompt in batch]
    assert {g.id: g.text for g in found} == expected
    assert max(g.batch for g in found) == 2
    small.holds = 0
    with pytest.raises(SetupError, match="single prompt"):
        answered(small, batch, 6)
