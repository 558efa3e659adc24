"""A training that learns nothing is an error, whatever the cause; one that has a single step learns in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from finetune.errors import SetupError
from finetune.pretrained import Weights
from finetune.training import adapters
from finetune.training.memory import Memory
from finetune.training.settings import Job, Step
from finetune.training.train import train
from tests.finetune.tiny_model import SETTINGS, make, pairs

STILL = replace(SETTINGS, dropout=0.0, engine="library")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


def test_reentrant_checkpointing_which_gives_no_gradient_is_an_error(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = adapters.wrap

    def reentrant(*arguments: Any) -> Any:
        model = real(*arguments)
        model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": True})
        return model

    monkeypatch.setattr(adapters, "wrap", reentrant)
    with pytest.raises(SetupError, match="no gradient by any"):
        train(Job(weights, pairs(8), [], STILL, tmp_path))
    assert not (tmp_path / "trained.json").exists()


def test_a_step_that_moves_no_weight_is_an_error(weights: Weights, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"nothing was learnt: after the first step, at a learning rate of 1e-60"):
        train(Job(weights, pairs(8), [], replace(STILL, learning_rate=1e-60), tmp_path))


def test_a_single_step_is_no_warm_up(weights: Weights, tmp_path: Path) -> None:
    done = train(Job(weights, pairs(4), [], replace(STILL, epochs=1), tmp_path))
    moved = {name: tensor for name, tensor in load_file(done.adapter / "adapter_model.safetensors").items() if "lora_B" in name}
    assert done.steps == 1
    assert all(bool(tensor.any()) for tensor in moved.values())


def test_where_one_row_is_too_much_activations_are_computed_twice_with_the_same_loss(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from finetune.training import gradient

    plain: list[Step] = []
    train(Job(weights, pairs(6), pairs(2, 50), STILL, tmp_path / "plain"), plain.append)
    real = gradient.summed_loss

    def short_of_memory(model: Any, inputs: Any, beginnings: Any = ()) -> torch.Tensor:
        if not any(getattr(part, "gradient_checkpointing", False) for part in model.modules()) and torch.is_grad_enabled():
            raise torch.OutOfMemoryError("device out of memory")
        return real(model, inputs, beginnings)

    monkeypatch.setattr(gradient, "summed_loss", short_of_memory)
    short: list[Step] = []
    done = train(Job(weights, pairs(6), pairs(2, 50), STILL, tmp_path / "short"), short.append)
    assert [step.loss for step in short] == pytest.approx([step.loss for step in plain], abs=1e-4)
    assert any("computed twice" in note for note in done.notes)


def test_tokens_at_once_rise_where_the_device_has_room_and_never_to_what_was_too_much() -> None:
    used = [0.1]
    memory, taken = Memory(64, used=lambda: used[0]), []

    def work(branches: Any) -> None:
        taken.append(memory.tokens)
        if memory.tokens > 256:
            raise torch.OutOfMemoryError

    from tests.finetune.gradients import encoded

    rows = encoded(12, 100)
    for _ in range(5):
        memory.run(rows, work)
    assert taken[:3] == [64, 128, 256]
    assert max(taken) == 512
    assert taken.count(512) == 1
    used[0] = 0.5
    before = memory.tokens
    memory.run(rows, work)
    assert memory.tokens == before
