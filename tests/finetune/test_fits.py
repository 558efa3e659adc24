"""Memory as the shapes tell it, before anything is loaded; and the learning rate by size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from finetune.fits import answering, shape_of, training
from finetune.loading import load_model
from finetune.pretrained import locate
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, parse
from pipeline.stages import fits
from pipeline.stages.training_pairs import settings_of
from tests.finetune.tiny_model import make


def of_size(folder: Path, layers: int, hidden: int) -> Path:
    """A Llama's folder whose file of weights has holes instead of numbers: of any size, and a few kilobytes on disk."""
    make(folder)
    config = json.loads((folder / "config.json").read_text()) | {"max_position_embeddings": 8192}
    sizes = {"num_hidden_layers": layers, "hidden_size": hidden, "intermediate_size": 3 * hidden, "vocab_size": 128_000}
    (folder / "config.json").write_text(
        json.dumps({**config, **sizes, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128})
    )
    inner = {"q_proj": (hidden, hidden), "k_proj": (1024, hidden), "v_proj": (1024, hidden), "o_proj": (hidden, hidden)}
    mlp = {"gate_proj": (3 * hidden, hidden), "up_proj": (3 * hidden, hidden), "down_proj": (hidden, 3 * hidden)}
    shapes = {"model.embed_tokens.weight": (128_000, hidden), "lm_head.weight": (128_000, hidden)}
    for n in range(layers):
        shapes |= {f"model.layers.{n}.self_attn.{k}.weight": s for k, s in inner.items()}
        shapes |= {f"model.layers.{n}.mlp.{k}.weight": s for k, s in mlp.items()}
    header: dict[str, Any] = {}
    place = 0
    for name, (rows, columns) in shapes.items():
        header[name] = {"dtype": "BF16", "shape": [rows, columns], "data_offsets": [place, place + 2 * rows * columns]}
        place += 2 * rows * columns
    written = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as out:
        out.write(len(written).to_bytes(8, "little") + written)
        out.truncate(8 + len(written) + place)
    return folder


def experiment(folder: Path, **sections: Any) -> Experiment:
    model = {"name": str(folder), "device": "cpu", **sections.pop("model", {})}
    return parse({"name": "x", "task": {"kind": "generation"}, "data": {"examples": "a.csv"}, "model": model, **sections}, Path("/"))


def test_shapes_are_those_of_the_model(tmp_path: Path) -> None:
    weights = make(tmp_path)
    shape = shape_of(weights.path)
    assert shape is not None
    model = load_model(weights)
    assert shape.parameters == sum(one.numel() for one in model.parameters())
    inside = [m for name, m in model.named_modules() if isinstance(m, torch.nn.Linear) and name != "lm_head"]
    assert shape.linear == sum(m.weight.numel() for m in inside)
    assert shape.widths == sum(m.in_features + m.out_features for m in inside)
    assert (shape.layers, shape.hidden, shape.inner, shape.kept) == (2, 64, 128, 64)


def test_bits_and_adapters_cost_what_they_hold() -> None:
    shape = shape_of(locate("smollm2-135m-instruct").path)
    assert shape is not None
    assert shape.parameters == pytest.approx(134_515_008)
    assert answering(shape, "float32").weights == pytest.approx(513 * 2**20, rel=0.01)
    assert answering(shape, "float32", "nf4").weights == pytest.approx(162 * 2**20, rel=0.03)  # bitsandbytes' own count: 159 MiB
    assert answering(shape, "float32", "int8").weights == pytest.approx(210 * 2**20, rel=0.03)  # 209
    assert training(shape, "float32", rank=None).trained > 10 * training(shape, "float32").trained


def test_what_no_device_holds_is_refused_before_anything_is_spent_and_what_would_fit_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = of_size(tmp_path / "8b", 32, 4096)
    monkeypatch.setattr("finetune.fits.memory_of", lambda device: 24 * 2**30)
    with pytest.raises(UserError, match=r"takes about 3\d\.\d GiB .*cpu has 24\.0 GiB") as told:
        fits.refuse(experiment(folder))
    assert "model.quantization: int8 or model.quantization: nf4" in str(told.value)
    fits.refuse(experiment(folder, model={"quantization": "nf4"}))
    fits.refuse(experiment(folder, arms=["classic"]))
    monkeypatch.setattr("finetune.fits.memory_of", lambda device: 64 * 2**30)
    fits.refuse(experiment(folder))
    with pytest.raises(UserError, match=r"finetune\.method: lora"):
        fits.refuse(experiment(folder, finetune={"method": "full"}))


def test_the_learning_rate_goes_by_size_unless_it_is_given(tmp_path: Path) -> None:
    large, huge = of_size(tmp_path / "8b", 32, 4096), of_size(tmp_path / "40b", 80, 8192)
    assert settings_of(experiment(large), 0).learning_rate == 2e-4
    assert settings_of(experiment(huge), 0).learning_rate == 1e-4
    assert settings_of(experiment(large, finetune={"learning_rate": 3e-5}), 0).learning_rate == 3e-5
    assert settings_of(experiment(large, finetune={"method": "full"}), 0).learning_rate == 5e-5
    assert (
        settings_of(parse({"name": "x", "task": {"kind": "generation"}, "data": {"examples": "a.csv"}}, Path("/")), 0).learning_rate == 1e-3
    )
