"""An export is whole, computes what was trained, and tells where it comes from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from finetune.errors import SetupError
from finetune.export import export
from finetune.loading import load_model
from finetune.pretrained import Weights
from finetune.training.settings import Job, TrainSettings
from finetune.training.train import train
from tests.finetune.tiny_model import make, pairs

SETTINGS = TrainSettings(
    method="lora", rank=4, alpha=8.0, dropout=0.0, targets="all-linear", learning_rate=5e-3, epochs=1, batch_size=4,
    gradient_accumulation=1, checkpoint_steps=50, patience=0, seed=1, max_length=200,
)  # fmt: skip
IDS = torch.tensor([[1, 9, 30, 12, 3]])


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def adapter(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(Job(weights, pairs(8), [], SETTINGS, tmp_path_factory.mktemp("trained"))).adapter


def test_merged_weights_compute_what_the_adapter_does(weights: Weights, adapter: Path, tmp_path: Path) -> None:
    made = export(weights, adapter, tmp_path / "a model")
    base = load_model(weights)(input_ids=IDS).logits
    unmerged = PeftModel.from_pretrained(load_model(weights), str(adapter)).eval()(input_ids=IDS).logits
    merged = AutoModelForCausalLM.from_pretrained(str(made.merged)).eval()(input_ids=IDS).logits
    alone = PeftModel.from_pretrained(load_model(weights), str(made.adapter)).eval()(input_ids=IDS).logits
    assert torch.allclose(merged, unmerged, atol=1e-4)
    assert torch.equal(alone, unmerged)
    assert not torch.allclose(merged, base, atol=1e-3)
    assert AutoTokenizer.from_pretrained(str(made.merged)).chat_template


def test_adapters_are_written_in_order_and_as_readable_as_their_folder(weights: Weights, adapter: Path, tmp_path: Path) -> None:
    """PEFT writes its sets in another order in every process, and safetensors for the owner alone."""
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert len(config["target_modules"]) > 2
    assert (list(config), config["target_modules"]) == (sorted(config), sorted(config["target_modules"]))
    for mode, expected in ((0o755, (0o755, 0o644)), (0o750, (0o750, 0o640)), (0o700, (0o700, 0o600))):
        place = tmp_path / oct(mode)
        place.mkdir()
        place.chmod(mode)
        made = export(weights, adapter, place / "out").folder
        for file in [made, *made.rglob("*")]:
            assert file.stat().st_mode & 0o777 == expected[file.is_file()], file
    assert (adapter / "adapter_model.safetensors").stat().st_mode & 0o077 == adapter.parent.stat().st_mode & 0o044


def test_it_names_the_model_and_no_folder_of_this_machine(weights: Weights, adapter: Path, tmp_path: Path) -> None:
    named = replace(weights, name="some/model", licence="MIT")
    made = export(named, adapter, tmp_path / "out")
    config = json.loads((made.folder / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "some/model"
    guide = made.guide.read_text()
    assert "licence MIT" in guide
    assert "--max-lora-rank 4" in guide
    told = [file for file in made.folder.rglob("*") if file.suffix in (".json", ".md") and str(weights.path) in file.read_text()]
    assert not told
    assert not list(made.folder.rglob("*.bin"))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_all_weights_export_without_an_adapter(weights: Weights, tmp_path: Path) -> None:
    full = train(Job(weights, pairs(4), [], replace(SETTINGS, method="full", learning_rate=1e-3), tmp_path / "full")).adapter
    made = export(weights, full, tmp_path / "out")
    assert made.adapter is None
    assert "--lora-modules" not in made.guide.read_text()
    trained = AutoModelForCausalLM.from_pretrained(str(full)).eval()(input_ids=IDS).logits
    assert torch.allclose(AutoModelForCausalLM.from_pretrained(str(made.merged)).eval()(input_ids=IDS).logits, trained, atol=1e-5)


def test_what_stands_there_is_not_overwritten_and_nothing_half_is_left(weights: Weights, adapter: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(SetupError, match="exists"):
        export(weights, adapter, tmp_path / "out")
    with pytest.raises(SetupError, match="neither"):
        export(weights, tmp_path / "out", tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
