"""A model's folder → what is wrong with it, before anything is loaded: one message with a remedy. Reads names, sizes and headers only."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from finetune.architecture import refuse
from finetune.errors import SetupError

CONFIG, ADAPTER = "config.json", "adapter_config.json"
INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "vocab.txt", "spiece.model", "tekken.json")
PACKAGES = {
    "bitsandbytes": "bitsandbytes", "gptq": "gptqmodel", "awq": "gptqmodel", "compressed-tensors": "compressed-tensors", "hqq": "hqq",
    "torchao": "torchao", "quanto": "optimum-quanto", "aqlm": "aqlm", "mxfp4": "kernels", "fbgemm_fp8": "fbgemm-gpu", "vptq": "vptq",
    "spqr": "spqr_quant", "eetq": "kernels", "higgs": "flute-kernel", "bitnet": "torch",
}  # fmt: skip
"""The package that a way of quantising needs, as pip knows it."""
MODULES = {
    "optimum-quanto": "optimum", "fbgemm-gpu": "fbgemm_gpu", "flute-kernel": "flute", "compressed-tensors": "compressed_tensors",
}  # fmt: skip
"""What a package is imported as, where that is another name."""
HEADER = 8
"""Bytes at the beginning of a safetensors file that tell how long its header is."""


def config_of(folder: Path) -> dict[str, Any]:
    """The model's own configuration, as stored; SetupError where it cannot be read."""
    try:
        found = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(f"{folder / CONFIG} cannot be read ({error}); copy or download the model again") from error
    if not isinstance(found, dict):
        raise SetupError(f"{folder / CONFIG} is not a model's configuration; copy or download the model again")
    return found


def quantised_by(folder: Path) -> str:
    """The way in which the stored weights were quantised; empty: they are not."""
    return str((config_of(folder).get("quantization_config") or {}).get("quant_method") or "")


def examine(folder: Path) -> None:
    """SetupError where this folder holds no language model that can be loaded whole."""
    config = config_of(folder)
    _no_code(folder, config)
    _packages(folder, quantised_by(folder))
    for file in _weights(folder):
        if file.suffix == ".safetensors":
            _whole(file)
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise SetupError(f"{folder} holds no tokenizer ({', '.join(TOKENIZERS[:3])}); copy those files from the model it comes from")
    refuse(folder)


def refuse_other(path: Path) -> None:
    """SetupError that says what this existing path is, where it is no model's folder."""
    if path.is_file():
        raise SetupError(f"{path} is a file; a model is a folder that holds {CONFIG} and safetensors, or a file that ends in .gguf")
    if (path / ADAPTER).is_file():
        try:
            base = json.loads((path / ADAPTER).read_text(encoding="utf-8")).get("base_model_name_or_path")
        except (OSError, ValueError, AttributeError):
            base = None
        raise SetupError(
            f"{path} holds an adapter, not a model. Its base model is {base or 'not named in it'}: name that as model.name, "
            "or merge the two with PEFT's merge_and_unload and name the merged folder"
        )
    if found := sorted(path.glob("*.gguf")):
        raise SetupError(f"{path} holds GGUF files; name one of them, for example {found[0]}")
    raise SetupError(f"{path} holds no {CONFIG}, so it is no model's folder")


def _no_code(folder: Path, config: dict[str, Any]) -> None:
    """Code that comes with a model is never run: it could do anything to this machine."""
    if not config.get("model_type"):
        raise SetupError(f"{folder / CONFIG} names no model_type, so that the model's family is not known")
    if not config.get("auto_map"):
        return
    from transformers.models.auto import configuration_auto

    known: Any = configuration_auto
    if config["model_type"] not in known.CONFIG_MAPPING_NAMES:
        raise SetupError(
            f"{folder} is of the family {config['model_type']!r}, which transformers does not know: it works only with Python code of its "
            "own (auto_map), and Bakeoff runs no code that comes with a model. Choose a model of a family that transformers knows"
        )


def _packages(folder: Path, way: str) -> None:
    package = PACKAGES.get(way)
    if package and importlib.util.find_spec(MODULES.get(package, package)) is None:
        raise SetupError(
            f"{folder} was stored quantised by {way} and needs the package {package}: pip install {package}; "
            "or name the model's unquantised original, and set model.quantization"
        )


def _weights(folder: Path) -> list[Path]:
    """The files that hold the weights, safetensors before pickles; SetupError where one is missing."""
    for index in INDEXES:
        if (folder / index).is_file():
            return _shards(folder / index)
        one = folder / index.replace(".index.json", "")
        if one.is_file():
            return [one]
    raise SetupError(f"{folder} holds no weights (model.safetensors or its shards); copy or download the model again")


def _shards(index: Path) -> list[Path]:
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise SetupError(f"{index} cannot be read ({error}); copy or download the model again") from error
    missing = [name for name in names if not (index.parent / Path(name).name).is_file()]
    if missing:
        raise SetupError(f"{index.parent} lacks {len(missing)} of {len(names)} files of weights ({', '.join(missing[:3])}); copy them too")
    return [index.parent / Path(name).name for name in names]


def _whole(file: Path) -> None:
    """SetupError where a safetensors file is not as long as its header says."""
    size = file.stat().st_size
    with file.open("rb") as content:
        first = content.read(HEADER)
        if (first + content.read(40)).startswith(b"version https://git-lfs"):
            raise SetupError(f"{file} is a pointer of Git LFS, not the weights; fetch them with `git lfs pull`")
        length = int.from_bytes(first, "little")
        content.seek(HEADER)
        try:
            header = json.loads(content.read(length)) if length < size else {}
        except ValueError:
            header = {}
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"] if isinstance(header, dict) else []
    if not ends or size != HEADER + length + max(ends):
        raise SetupError(f"{file} is damaged or was cut short; copy or download it again")


def named_ends(folder: Path) -> list[int]:
    """The tokens that a model's own files say end a text: those of its generation, else of its configuration."""
    for name in ("generation_config.json", "config.json"):
        path = folder / name
        stored = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        found = stored.get("eos_token_id", (stored.get("text_config") or {}).get("eos_token_id"))
        if found is not None:
            return [int(token) for token in (found if isinstance(found, list) else [found])]
    return []
