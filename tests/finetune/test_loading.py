"""A model that cannot be loaded whole, here and now, is refused in one sentence with a remedy."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from finetune.architecture import PLAIN, _written_most, config_of, most_tokens
from finetune.errors import SetupError
from finetune.loading import device_of, dtype_of, load_model, load_tokenizer
from finetune.pretrained import Weights, left_out, locate
from finetune.training.adapters import wrap
from finetune.training.settings import Job
from finetune.training.train import train
from tests.finetune.tiny_model import SETTINGS, make, pairs

SAFE = "model.safetensors"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def folder(whole: Weights, tmp_path: Path) -> Path:
    """A copy that may be broken."""
    shutil.copytree(whole.path, tmp_path / "model")
    return tmp_path / "model"


def loaded(name: str) -> None:
    """All of it, as an arm does."""
    weights = locate(name)
    load_tokenizer(weights)
    load_model(weights)


def with_config(folder: Path, **changes: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))


def without(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        tensors = load_file(folder / SAFE)
        del tensors[name]
        save_file(tensors, folder / SAFE, metadata={"format": "pt"})

    return change


def with_more(folder: Path) -> None:
    tensors = {**load_file(folder / SAFE), "score.weight": torch.ones(2, 2), "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4)}
    save_file(tensors, folder / SAFE, metadata={"format": "pt"})


def cut_short(folder: Path) -> None:
    content = (folder / SAFE).read_bytes()
    (folder / SAFE).write_bytes(content[:-100])


def other_shape(folder: Path) -> None:
    tensors = load_file(folder / SAFE)
    tensors["model.norm.weight"] = torch.ones(3)
    save_file(tensors, folder / SAFE, metadata={"format": "pt"})


def shard_missing(folder: Path) -> None:
    names = list(load_file(folder / SAFE))
    shutil.move(folder / SAFE, folder / "model-00001-of-00002.safetensors")
    places = {name: f"model-0000{1 + (n > 5)}-of-00002.safetensors" for n, name in enumerate(names)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))


def no_tokenizer(folder: Path) -> None:
    for file in folder.glob("*token*"):
        file.unlink()


class Harm:
    """What a pickle may hold: a call that is made when it is read."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return (open, (self.path, "w"))


def harmful_pickle(folder: Path) -> None:
    (folder / SAFE).unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"lm_head.weight": Harm(str(folder / "harm"))}, protocol=2))


def adapter_alone(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "some/base"}))


def gguf_beside(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "model.Q4.gguf").write_bytes(b"GGUF")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (without("model.layers.1.mlp.up_proj.weight"), r"lack weights .*1: model\.layers\.1\.mlp\.up_proj\.weight"),
        (without("lm_head.weight"), "lack weights"),
        (with_more, r"hold weights that the model would not use \(1: score\.weight\)"),
        (cut_short, "damaged or was cut short"),
        (lambda folder: (folder / SAFE).write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "git lfs pull"),
        (lambda folder: (folder / SAFE).write_bytes(b"\x00" * 4), "damaged or was cut short"),
        (lambda folder: (folder / SAFE).unlink(), "holds no weights"),
        (other_shape, "could not be loaded"),
        (shard_missing, r"lacks 1 of 2 files of weights \(model-00002-of-00002"),
        (no_tokenizer, "holds no tokenizer"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "tokenizer"),
        (lambda folder: (folder / "config.json").write_text("no json"), "cannot be read"),
        (lambda folder: with_config(folder, model_type=""), "names no model_type"),
        (lambda folder: with_config(folder, model_type="unheard-of"), "could not be loaded"),
        (lambda folder: with_config(folder, model_type="unheard-of", auto_map={"A": "m.M"}), "runs no code that comes with a model"),
        (lambda folder: with_config(folder, quantization_config={"quant_method": "gptq", "bits": 4}), "pip install gptqmodel"),
        (harmful_pickle, "pickle can run code: it was not read"),
        (adapter_alone, "Its base model is some/base: name that as model.name"),
        (gguf_beside, r"name one of them, for example .*model\.Q4\.gguf"),
    ],
)  # fmt: skip
def test_each_fault_is_one_message(folder: Path, change: Callable[[Path], None], told: str) -> None:
    change(folder)
    with pytest.raises(SetupError, match=told) as raised:
        loaded(str(folder))
    assert "\n" not in str(raised.value)
    assert not (folder / "harm").exists()


def test_old_tables_and_pickles_that_hold_numbers_alone_load_as_they_are(whole: Weights, folder: Path) -> None:
    tensors = load_file(folder / SAFE)
    (folder / SAFE).unlink()
    torch.save({**tensors, "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)}, folder / "pytorch_model.bin")
    ids = torch.tensor([[1, 9, 30, 12, 3]])
    with torch.no_grad():
        assert torch.equal(load_model(locate(str(folder)))(input_ids=ids).logits, load_model(whole)(input_ids=ids).logits)


def test_places_that_hold_no_model(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    for name, told in (
        ("notes.txt", "is a file"),
        (".", "holds no config"),
        ("none.gguf", "there is no file"),
        ("smollm2", "Did you mean"),
    ):
        with pytest.raises(SetupError, match=told):
            locate(str(tmp_path / name) if name != "smollm2" else "smollm2-135m")
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"\x00" * 64)
    with pytest.raises(SetupError, match="could not be read as a language model"):
        locate(str(tmp_path / "broken.gguf"), cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("config.json"))


def test_a_device_that_is_not_there() -> None:
    assert device_of("cpu") == "cpu"
    with pytest.raises(SetupError, match="is no device"):
        device_of("gpu0")
    if not torch.cuda.is_available():
        with pytest.raises(SetupError, match="needs CUDA"):
            device_of("cuda:1")


def test_targets_that_the_model_does_not_have(whole: Weights) -> None:
    with pytest.raises(SetupError, match=r"no layers \['c_attn'\].*down_proj, gate_proj"):
        wrap(whole, replace(SETTINGS, targets=["c_attn"]))


def test_quantisation_without_its_package(whole: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = __import__("importlib.util").util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *rest: None if name == "bitsandbytes" else real(name, *rest))
    with pytest.raises(SetupError, match=r"bakeoff\[quantized\]"):
        train(Job(replace(whole, quantization="nf4"), pairs(4), [], SETTINGS, tmp_path))


def test_precision_is_the_checkpoints_own_on_a_gpu_and_float32_on_a_cpu(folder: Path) -> None:
    with_config(folder, dtype="bfloat16")
    weights = locate(str(folder))
    assert dtype_of(weights, "auto", "cuda") == "bfloat16"
    assert dtype_of(weights, "auto", "cpu") == "float32"
    assert dtype_of(weights, "float16", "cpu") == "float16"
    assert next(load_model(weights, device="cpu").parameters()).dtype == torch.float32


@pytest.mark.parametrize(
    ("files", "bins"),
    [(["model.safetensors", "pytorch_model.bin"], True), (["pytorch_model.bin"], False), (["consolidated.safetensors", "a.bin"], False)],
)
def test_a_hub_model_is_fetched_once_and_without_code(files: list[str], bins: bool) -> None:
    patterns = left_out(files)
    assert ("*.bin" in patterns) == bins
    assert {"original/*", "consolidated.*", "*.py"} <= set(patterns)


@pytest.mark.parametrize("family", PLAIN)
def test_how_many_tokens_a_model_reads_is_the_same_by_its_file_and_by_the_library(family: str, tmp_path: Path) -> None:
    from transformers import AutoConfig

    AutoConfig.for_model(family, max_position_embeddings=4321).save_pretrained(tmp_path)
    assert _written_most(tmp_path) == 4321 == config_of(tmp_path).get_text_config().max_position_embeddings
    path = tmp_path / "config.json"
    written = json.loads(path.read_text())
    del written["max_position_embeddings"]
    path.write_text(json.dumps(written))
    assert _written_most(tmp_path) is None
    assert most_tokens(tmp_path) == config_of(tmp_path).get_text_config().max_position_embeddings
