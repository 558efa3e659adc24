"""A model that reads fewer tokens than the default is asked with fewer, and this is said; what was asked for is refused instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, parse
from pipeline.stages import manifest
from pipeline.stages.base import weights_of
from pipeline.stages.fits import context_notes
from pipeline.stages.training_pairs import settings_of
from tests.finetune import templates
from tests.finetune.vendor_model import make


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("gpt2"), "gpt2", templates.NONE, max_position_embeddings=512).path


def experiment(folder: Path, **model: Any) -> Experiment:
    settings = {"name": "x", "task": {"kind": "generation"}, "data": {"examples": "a.csv"}, "model": {"name": str(folder), **model}}
    return parse(settings, Path("/"))


@pytest.mark.parametrize(("asked", "tokens"), [({}, 512), ({"max_context": 256}, 256), ({"max_context": 512}, 512)])
def test_prompt_answer_and_training_rows_have_the_tokens_that_the_model_reads(folder: Path, asked: dict[str, int], tokens: int) -> None:
    found = experiment(folder, **asked)
    assert settings_of(found, 0).max_length == tokens
    assert found.room(24, 512) == tokens - 24
    assert manifest.build(found, {})["model"]["max_context"] == tokens
    told = ["prompt and answer have 512 tokens together instead of 2048: the model reads no more"]
    assert context_notes(found) == ([] if asked else told)


def test_more_than_the_model_reads_is_refused_where_it_was_asked_for(folder: Path) -> None:
    with pytest.raises(UserError, match=r"is 2048 tokens, but .* reads 512 at most") as refused:
        weights_of(experiment(folder, max_context=2048))
    assert refused.value.remedy == "Set model.max_context: 512, or less, or leave it out."


def test_a_model_that_reads_more_has_the_default(folder: Path) -> None:
    found = experiment(folder, name="smollm2-135m-instruct")
    assert (settings_of(found, 0).max_length, context_notes(found)) == (2048, [])
