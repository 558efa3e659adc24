"""A setting that would do nothing is refused by name; what the presets fill in never is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline import unbuilt
from pipeline.errors import UserError
from pipeline.experiment.load import PRESETS, parse

MINIMAL: dict[str, Any] = {"name": "x", "task": {"kind": "classification"}, "data": {"examples": "a.csv"}}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_no_preset_asks_for_what_is_not_there(preset: str) -> None:
    experiment = parse({**MINIMAL, "preset": preset}, Path("/"))
    unbuilt.refuse(experiment)
    assert experiment.finetune.seeds


def test_everything_that_is_not_there_is_named_at_once() -> None:
    asked = {**MINIMAL, "task": {"kind": "classification", "cite": True}, "finetune": {"quote": True}}
    with pytest.raises(UserError, match=r"not built yet: task\.cite .*, finetune\.quote"):
        unbuilt.refuse(parse(asked, Path("/")))
