"""Training: the plain loss; a killed run ends bit for bit like an undisturbed one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from finetune.errors import SetupError, Stopped
from finetune.loading import load_chat, load_model, load_tokenizer
from finetune.pretrained import Weights
from finetune.rows import Message
from finetune.training.batches import LengthOrder, collate
from finetune.training.callbacks import last_checkpoint
from finetune.training.gradient import summed_loss
from finetune.training.settings import Job, Step
from finetune.training.train import train
from tests.finetune.tiny_model import SETTINGS, make, pairs


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


def adapter_bytes(folder: Path) -> bytes:
    return (folder / "adapter" / "adapter_model.safetensors").read_bytes()


def killed_at(step: int) -> Callable[[Step], None]:
    def on_step(now: Step) -> None:
        if now.step == step and now.dev_loss is None:
            raise KeyboardInterrupt

    return on_step


def test_the_loss_is_the_plain_one(weights: Weights) -> None:
    model, rows = load_model(weights), load_chat(weights).encode_all(pairs(7), 200).rows
    ours = float(summed_loss(model, collate(rows, 4)).detach()) / sum(row.learnt for row in rows)
    total, count = 0.0, 0
    for row in rows:
        out = model(input_ids=torch.tensor([row.input_ids]), labels=torch.tensor([row.labels]))
        total += float(out.loss.detach()) * row.learnt
        count += row.learnt
    assert ours == pytest.approx(total / count, abs=1e-5)


def test_the_prompt_is_not_learnt_and_the_end_of_turn_is(weights: Weights) -> None:
    tokenizer = load_tokenizer(weights)
    row = load_chat(weights).encode_all(pairs(1), 200).rows[0]
    assert tokenizer.decode([t for t in row.labels if t != -100]) == "even<|end|>"
    assert row.labels[: -row.learnt] == [-100] * (len(row.labels) - row.learnt)


def test_a_prompt_without_a_system_message_is_refused(weights: Weights) -> None:
    with pytest.raises(ValueError, match="system"):
        load_chat(weights).render([Message("user", "hello")])


@pytest.mark.parametrize("step", [1, 4, 7])
def test_killed_and_called_again_it_ends_with_the_same_bytes(weights: Weights, tmp_path: Path, step: int) -> None:
    whole = train(Job(weights, pairs(10), pairs(4, 50), SETTINGS, tmp_path / "whole"))
    with pytest.raises(KeyboardInterrupt):
        train(Job(weights, pairs(10), pairs(4, 50), SETTINGS, tmp_path / "cut"), killed_at(step))
    again = train(Job(weights, pairs(10), pairs(4, 50), SETTINGS, tmp_path / "cut"))
    assert (again.steps, again.tokens, again.best_dev_loss) == (whole.steps, whole.tokens, whole.best_dev_loss)
    assert adapter_bytes(tmp_path / "cut") == adapter_bytes(tmp_path / "whole")


def test_a_checkpoint_that_was_not_written_to_its_end_is_not_used(weights: Weights, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(Job(weights, pairs(10), [], SETTINGS, tmp_path), killed_at(8))
    newest = Path(last_checkpoint(tmp_path) or "")
    torn = newest.with_name("checkpoint-8")
    shutil.copytree(newest, torn)
    (torn / "whole").unlink()
    (torn / "optimizer.pt").write_bytes(b"half")
    assert last_checkpoint(tmp_path) == str(newest)
    assert not torn.exists()


def test_asked_to_stop_it_leaves_a_checkpoint_and_goes_on_later(weights: Weights, tmp_path: Path) -> None:
    steps: list[int] = []
    with pytest.raises(Stopped):
        train(Job(weights, pairs(10), [], SETTINGS, tmp_path), lambda s: steps.append(s.step), lambda: len(steps) >= 2)
    first = list(steps)
    train(Job(weights, pairs(10), [], SETTINGS, tmp_path), lambda s: steps.append(s.step))
    assert sorted(set(steps)) == list(range(1, 10))
    assert steps[len(first)] == first[-1] + 1


def test_it_learns_and_keeps_the_best(weights: Weights, tmp_path: Path) -> None:
    log: list[Step] = []
    done = train(Job(weights, pairs(16), pairs(8, 100), replace(SETTINGS, epochs=8, learning_rate=2e-2), tmp_path), log.append)
    dev = [step.dev_loss for step in log if step.dev_loss is not None]
    assert done.best_dev_loss == min(dev) < dev[0]
    assert json.loads((tmp_path / "trained.json").read_text())["steps"] == done.steps
    assert not list(tmp_path.glob("checkpoint-*"))


def test_training_stops_early_when_dev_no_longer_improves(weights: Weights, tmp_path: Path) -> None:
    done = train(Job(weights, pairs(8), pairs(8, 100), replace(SETTINGS, epochs=60, learning_rate=5e-2, patience=2), tmp_path))
    assert done.stopped_early
    assert done.steps < 120


def test_rows_that_are_too_long_are_named_not_cut(weights: Weights, tmp_path: Path) -> None:
    done = train(Job(weights, pairs(8), [], replace(SETTINGS, max_length=22, epochs=1), tmp_path))
    assert "longer than 22 tokens" in done.notes[0]
    with pytest.raises(SetupError, match="max_context"):
        train(Job(weights, pairs(8), [], replace(SETTINGS, max_length=3), tmp_path / "none"))


@pytest.mark.parametrize("method", ["rslora", "dora", "full"])
def test_the_other_methods_train_too(weights: Weights, tmp_path: Path, method: str) -> None:
    done = train(Job(weights, pairs(8), [], replace(SETTINGS, method=method, learning_rate=1e-3, epochs=1), tmp_path))  # type: ignore[arg-type]
    load_model(weights, adapter=done.adapter)
    assert done.trainable_parameters > 0


@pytest.mark.parametrize("method", ["lora", "dora"])
def test_an_adapter_in_the_last_layers_only(weights: Weights, tmp_path: Path, method: str) -> None:
    settings = replace(SETTINGS, method=method, epochs=1)  # type: ignore[arg-type]
    every = train(Job(weights, pairs(8), [], settings, tmp_path / "all"))
    last = train(Job(weights, pairs(8), [], replace(settings, layers=1), tmp_path / "last"))
    assert last.trainable_parameters * 2 == every.trainable_parameters
    base, merged = load_model(weights).state_dict(), load_model(weights, adapter=last.adapter).state_dict()
    changed = {name.split(".")[2] for name in base if not torch.equal(base[name], merged[name])}
    assert changed == {"1"}
    assert (
        train(Job(weights, pairs(8), [], replace(settings, layers=9), tmp_path / "more")).trainable_parameters == every.trainable_parameters
    )


def test_gradient_accumulation_is_the_same_step(weights: Weights, tmp_path: Path) -> None:
    still = replace(SETTINGS, dropout=0.0, epochs=1)
    losses: dict[int, list[float]] = {1: [], 2: []}
    for parts in (1, 2):
        sizes = replace(still, batch_size=8 // parts, gradient_accumulation=parts)
        train(Job(weights, pairs(8), [], sizes, tmp_path / str(parts)), lambda s, parts=parts: losses[parts].append(s.loss))
    assert losses[1] == pytest.approx(losses[2], abs=1e-4)


def test_long_rows_are_taken_in_parts_with_the_same_gradient(weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    still, losses = replace(SETTINGS, dropout=0.0, batch_size=4, epochs=1), []
    for tokens in (1024, 60):
        monkeypatch.setattr("finetune.training.memory.PART_TOKENS", tokens)
        train(Job(weights, pairs(10), [], still, tmp_path / str(tokens)), lambda s: losses.append(s.loss))
    assert losses[:3] == pytest.approx(losses[3:], abs=1e-4)


def test_every_row_comes_once_an_epoch_and_batches_have_like_lengths() -> None:
    lengths = [3 * (i % 17) + 5 for i in range(101)]
    order = LengthOrder(lengths, 8, seed=3)
    first = list(order)
    order.set_epoch(1)
    assert sorted(first) == list(range(101)) == sorted(order)
    assert first != list(order)
    spread = [max(lengths[i] for i in first[s : s + 8]) - min(lengths[i] for i in first[s : s + 8]) for s in range(0, 96, 8)]
    assert sum(spread) / len(spread) < 16
