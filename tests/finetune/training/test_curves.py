"""One training, four ways of computing it: with each row's beginning of its own, shared, resumed, by two processes. One loss curve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from finetune.engine import prefix
from finetune.loading import load_chat
from finetune.pretrained import Weights
from finetune.rows import Encoded
from finetune.training.launch import train_on
from finetune.training.settings import Job, Step
from finetune.training.train import train
from tests.finetune.gradients import STILL, gradient
from tests.finetune.tiny_model import make, pairs

PINNED = [6.1556, 6.2803, 5.3644, 5.3193, 5.1656, 4.8861]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True)
def short_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefix, "MIN_TOKENS", 4)


def curve(log: list[Step]) -> list[float]:
    return [step.loss for step in log if step.dev_loss is None]


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("layers", [None, 1])
def test_a_shared_beginning_gives_the_plain_loss_and_gradient(weights: Weights, layers: int | None, lanes: int) -> None:
    rows = load_chat(weights).encode_all(pairs(7), 200).rows
    shared = prefix.shared_tokens(rows)
    assert shared > 8

    (plain, one), (packed, other) = gradient(weights, rows, layers, 1, False), gradient(weights, rows, layers, lanes, True)
    assert packed == pytest.approx(plain, abs=1e-5)
    assert len(one) == len(other) > 0
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(b, a, rtol=1e-3, atol=1e-6)


def test_what_rows_share_leaves_each_the_token_that_foretells_its_first_label() -> None:
    def row(*tokens: int) -> Encoded:
        return Encoded("", [*tokens, 9], [*[-100] * len(tokens), 9])

    assert prefix.shared_tokens([row(1, 2, 3, 4, 5, 6), row(1, 2, 3, 4, 5, 6)]) == 5
    assert prefix.shared_tokens([row(1, 2, 3, 4, 5, 6), row(1, 2, 3, 4, 7, 8)]) == 4
    assert prefix.shared_tokens([row(1, 2, 3), row(1, 2, 3)]) == 0
    assert prefix.shared_tokens([row(1, 2, 3, 4, 5, 6)]) == 0


def test_plain_shared_and_resumed_training_have_one_loss_curve(weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(step: Step) -> None:
        log.append(step)
        if step.step == 2 and len(log) < 3:
            raise KeyboardInterrupt

    log: list[Step] = []
    settings = replace(STILL, checkpoint_steps=1)
    with pytest.raises(KeyboardInterrupt):
        train(Job(weights, pairs(20), [], settings, tmp_path / "cut"), killed)
    log.pop()
    train(Job(weights, pairs(20), [], settings, tmp_path / "cut"), log.append)
    assert curve(log) == pytest.approx(PINNED, abs=1e-3)
    whole: list[Step] = []
    train(Job(weights, pairs(20), [], settings, tmp_path / "whole"), whole.append)
    assert curve(whole) == curve(log)
    monkeypatch.setattr(prefix, "MIN_TOKENS", 10_000)
    plain: list[Step] = []
    train(Job(weights, pairs(20), [], settings, tmp_path / "plain"), plain.append)
    assert curve(plain) == pytest.approx(curve(log), abs=1e-4)
    assert plain[-1].step == whole[-1].step == 6


@pytest.mark.slow
def test_two_processes_have_the_same_loss_curve_and_leave_one_adapter(weights: Weights, tmp_path: Path) -> None:
    one: list[Step] = []
    two: list[Step] = []
    alone = train(Job(weights, pairs(21), pairs(5, 50), STILL, tmp_path / "one"), one.append)
    both = train_on(2, Job(weights, pairs(21), pairs(5, 50), STILL, tmp_path / "two"), two.append)
    assert [s.step for s in two] == [s.step for s in one]
    assert curve(two) == pytest.approx(curve(one), abs=1e-4)
    assert both.best_dev_loss == pytest.approx(alone.best_dev_loss, abs=1e-4)
    assert (both.steps, both.tokens, both.notes) == (alone.steps, alone.tokens, [])
    assert sorted(p.name for p in (tmp_path / "two").iterdir()) == ["adapter", "trained.json"]
