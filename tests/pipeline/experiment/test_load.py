"""The experiment file: presets, overrides, errors, and reading back what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline.errors import UserError
from pipeline.experiment.load import dump, load, parse

MINIMAL = {"name": "x", "task": {"kind": "classification"}, "data": {"examples": "a.csv"}}


def test_what_is_written_wins_over_the_preset(tmp_path: Path) -> None:
    quick = parse({**MINIMAL, "preset": "quick", "finetune": {"epochs": 7}}, tmp_path)
    assert quick.finetune.epochs == 7
    assert quick.finetune.seeds == [0]
    assert parse({**MINIMAL, "preset": "thorough"}, tmp_path).finetune.seeds == [0, 1, 2, 3, 4]


def test_a_dumped_experiment_reads_back_the_same(tmp_path: Path) -> None:
    experiment = parse({**MINIMAL, "task": {"kind": "extraction", "schema": {"type": "object"}}}, tmp_path)
    assert parse(yaml.safe_load(yaml.safe_dump(dump(experiment))), Path("/elsewhere")) == experiment


def test_paths_are_relative_to_the_file_and_overrides_reach_deep(tmp_path: Path) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(yaml.safe_dump(MINIMAL))
    experiment = load(path, ["finetune.epochs=1", "decision.margin=0.05"])
    assert experiment.data.examples == [str(tmp_path / "a.csv")]
    assert (experiment.finetune.epochs, experiment.decision.margin) == (1, 0.05)


@pytest.mark.parametrize("override", ["finetune.epochs", "finetune.epoch=1", "name.x=1"])
def test_a_wrong_override_is_refused(tmp_path: Path, override: str) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(yaml.safe_dump(MINIMAL))
    with pytest.raises(UserError):
        load(path, [override])


def test_an_arm_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="each arm once"):
        parse({**MINIMAL, "arms": ["base", "base"]}, tmp_path)
