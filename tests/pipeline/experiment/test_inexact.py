"""Settings that buy speed with another result reach the training, are told beside a verdict, and are refused where they make no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finetune.training.distributed import own_device
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, parse
from pipeline.stages.base import weights_of
from pipeline.stages.evaluation.caveats import _inexact
from pipeline.stages.training_pairs import settings_of


def experiment(**sections: Any) -> Experiment:
    return parse({"name": "x", "task": {"kind": "generation"}, "data": {"examples": "a.csv"}, **sections}, Path("/"))


def test_training_takes_the_layers_and_the_device_that_the_file_names() -> None:
    settings = settings_of(experiment(finetune={"layers": 4}, model={"device": "cpu", "dtype": "bfloat16"}), seed=3)
    assert (settings.layers, settings.device, settings.dtype, settings.seed) == (4, "cpu", "bfloat16", 3)
    assert settings_of(experiment(), seed=0).layers is None


@pytest.mark.parametrize(
    ("launched", "cuda", "asked", "device"),
    [(None, True, "cuda:1", "cuda:1"), (None, True, None, None), ("1", True, None, "cuda:1"), ("1", True, "cuda", "cuda:1"),
     ("1", True, "cpu", "cpu"), ("1", False, None, None)],
)  # fmt: skip
def test_each_launched_process_has_a_device_of_its_own(
    launched: str | None, cuda: bool, asked: str | None, device: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: cuda)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if launched is not None:
        monkeypatch.setenv("LOCAL_RANK", launched)
    assert own_device(asked) == device


def test_what_is_inexact_is_told_and_nothing_else() -> None:
    assert _inexact(experiment()) == []
    layers, dtype = _inexact(experiment(finetune={"layers": 4}, model={"dtype": "bfloat16"}))
    assert "last 4 layers only" in layers
    assert "computed in bfloat16" in dtype
    untrained = experiment(finetune={"layers": 4}, model={"dtype": "bfloat16"}, arms=["base", "rag"])
    assert _inexact(untrained) == [dtype]
    assert _inexact(experiment(model={"dtype": "bfloat16"}, arms=["classic"])) == []
    (bits,) = _inexact(experiment(finetune={"method": "qlora"}))
    assert "rounded to 4 bits" in bits


def test_qlora_is_a_quantised_base_in_every_arm() -> None:
    asked = experiment(finetune={"method": "qlora"})
    assert asked.model.quantization == "nf4"
    assert experiment(finetune={"method": "qlora"}, model={"quantization": "int8"}).model.quantization == "int8"
    assert weights_of(asked).quantization == "nf4"
    with pytest.raises(UserError, match="full cannot train quantised weights"):
        experiment(finetune={"method": "full"}, model={"quantization": "nf4"})


@pytest.mark.parametrize(
    ("finetune", "told"), [({"method": "full", "layers": 2}, "trains all weights"), ({"targets": ".*_proj", "layers": 2}, "no pattern")]
)
def test_layers_where_they_make_no_sense(finetune: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        experiment(finetune=finetune)
