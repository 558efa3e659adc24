"""Training that goes wrong: memory runs out and less is taken at once; the loss breaks and the last good adapter is kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from finetune.engine import door
from finetune.errors import SetupError, is_out_of_memory
from finetune.pretrained import Weights
from finetune.training import gradient
from finetune.training.divergence import last_good_step, trouble
from finetune.training.memory import Memory
from finetune.training.settings import Job, Step
from finetune.training.train import Trained, train
from tests.finetune.tiny_model import SETTINGS, make, pairs

STILL = replace(SETTINGS, dropout=0.0)
Loss = Callable[..., torch.Tensor]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


def with_loss(monkeypatch: pytest.MonkeyPatch, change: Callable[[int, torch.Tensor], torch.Tensor]) -> None:
    """`change` gets the number of the call, from 1, and its real loss."""
    real, calls = gradient.summed_loss, [0]

    def changed(model: Any, inputs: Any, prefix: Any = None) -> torch.Tensor:
        calls[0] += 1
        return change(calls[0], real(model, inputs, prefix))

    monkeypatch.setattr(gradient, "summed_loss", changed)


def test_memory_that_runs_out_halves_what_is_taken_at_once_and_says_so(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[Step] = []
    train(Job(weights, pairs(10), pairs(4, 50), STILL, tmp_path / "plain"), log.append)
    plain = list(log)
    log.clear()

    def once(call: int, loss: torch.Tensor) -> torch.Tensor:
        if call == 2:
            raise torch.OutOfMemoryError("device out of memory")
        return loss

    with_loss(monkeypatch, once)
    done = train(Job(weights, pairs(10), pairs(4, 50), STILL, tmp_path / "short"), log.append)
    assert [s.loss for s in log] == pytest.approx([s.loss for s in plain], abs=1e-4)
    assert len(done.notes) == 1
    assert "memory ran out with 512 tokens" in done.notes[0]


def test_what_is_told_of_memory_outlives_an_interruption(weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def once(call: int, loss: torch.Tensor) -> torch.Tensor:
        if call == 1:
            raise MemoryError
        return loss

    def killed(step: Step) -> None:
        if step.step == 5:
            raise KeyboardInterrupt

    with_loss(monkeypatch, once)
    with pytest.raises(KeyboardInterrupt):
        train(Job(weights, pairs(10), [], STILL, tmp_path), killed)
    assert "memory ran out" in train(Job(weights, pairs(10), [], STILL, tmp_path)).notes[0]


def test_the_allocators_own_errors_are_known_and_others_are_not() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50, dtype=torch.float64)
    assert is_out_of_memory(caught.value)
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_a_single_row_that_does_not_fit_is_refused_with_a_remedy(weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(call: int, loss: torch.Tensor) -> torch.Tensor:
        raise MemoryError

    with_loss(monkeypatch, never)
    with pytest.raises(SetupError, match="max_context"):
        train(Job(weights, pairs(10), [], STILL, tmp_path))


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    def broken(parts: object) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        Memory().run([], broken)


def test_what_counts_as_trouble() -> None:
    calm = [3.0, 3.2, 2.9, 3.1, 2.0, 2.5, 1.9, 2.2]
    assert trouble(calm) == ""
    assert "step 3 is not a number" in trouble([3.0, 2.0, math.nan])
    assert "exploded: 16.50" in trouble([*calm, 15.0, 16.0, 17.0, 18.0])
    assert trouble([*calm, 30.0, 2.0, 2.0, 2.0]) == ""
    assert trouble([*calm, 18.0, 17.0, 16.0, 15.0, 14.0, 13.0, 13.0, 13.0]) == ""
    assert trouble([0.01] * 4 + [0.1, 0.2, 0.3, 0.4]) == ""
    assert last_good_step([*calm, 50.0, 60.0]) == 7
    assert last_good_step([math.nan]) == 0


def finite(done: Trained) -> bool:
    return all(bool(tensor.isfinite().all()) for tensor in load_file(done.adapter / "adapter_model.safetensors").values())


def test_a_loss_that_is_no_number_ends_training_with_an_adapter_that_works(weights: Weights, tmp_path: Path) -> None:
    done = train(Job(weights, pairs(8), pairs(4, 100), replace(SETTINGS, learning_rate=1e30, epochs=4), tmp_path))
    assert "not a number" in done.notes[0]
    assert "the untrained one" in done.notes[0]
    assert finite(done)


def test_an_exploding_loss_ends_training_with_the_last_good_adapter(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_lanes", lambda: 1)  # one call a step
    with_loss(monkeypatch, lambda call, loss: loss * max(1.0, 3.0 * (call - 7)))
    settings = replace(STILL, epochs=6)

    good: list[bytes] = []

    def keep(step: Step) -> None:
        if step.step == 7:
            good.append((tmp_path / "run/checkpoint-6/adapter_model.safetensors").read_bytes())

    done = train(Job(weights, pairs(10), [], settings, tmp_path / "run"), keep)
    assert "exploded" in done.notes[0]
    assert "checkpoint-6" in done.notes[0]
    assert done.steps < 18
    assert done.best_dev_loss is None
    assert (done.adapter / "adapter_model.safetensors").read_bytes() == good[0]
