"""The search thins the field by dev loss, keeps the record of every trial, and goes on where it was stopped."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.errors import SetupError, Stopped
from finetune.pretrained import Weights
from finetune.training.search import Space, candidates, rungs, search
from finetune.training.settings import TrainSettings
from tests.finetune.tiny_model import make, pairs

SETTINGS = TrainSettings(
    method="lora", rank=2, alpha=4.0, dropout=0.0, targets="all-linear", learning_rate=1e-6, epochs=2, batch_size=1,
    gradient_accumulation=1, checkpoint_steps=50, patience=0, seed=1, max_length=200,
)  # fmt: skip
SPACE = Space(ranks=(2, 4), learning_rates=(1.0, 5000.0), epochs=(2,), candidates=4, keep=2)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


def test_the_better_settings_win_and_every_trial_is_on_record(weights: Weights, tmp_path: Path) -> None:
    found = search(weights, pairs(12), pairs(4, 50), SETTINGS, tmp_path, SPACE)
    assert found.settings.learning_rate == pytest.approx(5e-3)
    assert [(trial.rung, trial.rows) for trial in found.trials] == [(0, 3)] * 4 + [(1, 6)] * 2 + [(2, 12)]
    last = found.trials[-1]
    assert (last.rank, last.learning_rate) == (found.settings.rank, found.settings.learning_rate)
    assert found.seconds == sum(trial.seconds for trial in found.trials) > 0
    assert len(json.loads((tmp_path / "search.json").read_text())["trials"]) == 7
    assert [path.name for path in tmp_path.iterdir()] == ["search.json"]


@pytest.mark.slow
def test_stopped_and_called_again_it_repeats_no_trial(weights: Weights, tmp_path: Path) -> None:
    def three_done() -> bool:
        stored = tmp_path / "search.json"
        return stored.exists() and len(json.loads(stored.read_text())["trials"]) >= 3

    with pytest.raises(Stopped):
        search(weights, pairs(12), pairs(4, 50), SETTINGS, tmp_path, SPACE, three_done)
    before = json.loads((tmp_path / "search.json").read_text())["trials"]
    found = search(weights, pairs(12), pairs(4, 50), SETTINGS, tmp_path, SPACE)
    whole = search(weights, pairs(12), pairs(4, 50), SETTINGS, tmp_path / "whole", SPACE)
    assert json.loads((tmp_path / "search.json").read_text())["trials"][:3] == before
    assert [trial.dev_loss for trial in found.trials] == [trial.dev_loss for trial in whole.trials]
    assert found.settings == whole.settings


def test_other_rows_make_another_search(weights: Weights, tmp_path: Path) -> None:
    one = replace(SPACE, candidates=1)
    first = search(weights, pairs(4), pairs(4, 50), SETTINGS, tmp_path, one)
    second = search(weights, pairs(8), pairs(4, 50), SETTINGS, tmp_path, one)
    assert (first.trials[0].rows, second.trials[0].rows, len(second.trials)) == (4, 8, 1)


def test_without_dev_rows_nothing_can_be_chosen(weights: Weights, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="dev"):
        search(weights, pairs(4), [], SETTINGS, tmp_path)


def test_the_given_settings_are_always_tried() -> None:
    tried = candidates(SETTINGS, SPACE)
    assert tried[0] == SETTINGS
    assert len(set(map(str, tried))) == 4
    assert all(one.alpha == 2 * one.rank for one in tried)


@given(st.integers(1, 200), st.integers(1, 5000), st.integers(2, 5))
def test_rungs_thin_the_field_and_end_with_all_rows(count: int, rows: int, keep: int) -> None:
    found = rungs(count, rows, keep)
    assert found[0][0] == count
    assert found[-1][1] == rows
    assert found[-1][0] < keep or len(found) == 1
    assert all(a >= b for (a, _), (b, _) in itertools.pairwise(found))
    assert all(a <= b for (_, a), (_, b) in itertools.pairwise(found))
