"""A model's shapes → the memory that answering and training with it take. Reads names and shapes only; loads no weights.

Estimates, to tell before a run what cannot work; training itself takes what memory holds at once (finetune/training/memory.py).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from finetune.checkpoint import CONFIG, HEADER, config_of

BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0, "nf4": 0.53, "int8": 1.01}
"""Of a weight; nf4 and int8 with the scales of their blocks and rows."""
ADAM = 16
"""Bytes of a trained float32 weight: itself, its gradient, and AdamW's two means."""
BASE = 0.6 * 2**30
"""What Python and its libraries take before any weight."""
ANSWER_TOKENS, TRAIN_TOKENS = 8192, 512
"""Tokens that are held at once: of a batch's prompts with their cache, and of a part of a training step."""


@dataclass(frozen=True)
class Shape:
    """A model's sizes, as its files tell them."""

    parameters: int
    linear: int
    """Weights of the layers that are quantised and adapted."""
    widths: int
    """Inputs and outputs of those layers, added up: an adapter of rank r has r times as many weights."""
    layers: int
    hidden: int
    inner: int
    """Width of the feed-forward part."""
    vocabulary: int
    kept: int
    """Numbers that a layer keeps of each token: its key and value."""


@dataclass(frozen=True)
class Need:
    """Bytes."""

    weights: float
    trained: float
    """Of the adapter, or of all weights, with gradient and optimiser."""
    work: float
    """Activations and cache."""

    @property
    def total(self) -> float:
        return BASE + self.weights + self.trained + self.work


def shape_of(folder: Path) -> Shape | None:
    """None where the weights are pickles, whose shapes are not known without reading them."""
    shapes = _shapes(folder)
    if not shapes:
        return None
    config = config_of(folder)
    text: dict[str, Any] = {**config, **(config.get("text_config") or {})}
    matrices = [s for name, s in shapes.items() if len(s) == 2 and not _outside(name)]
    hidden = int(text.get("hidden_size") or text.get("n_embd") or text.get("d_model") or 0)
    heads = int(text.get("num_attention_heads") or text.get("n_head") or 1)
    width = int(text.get("head_dim") or hidden // heads)
    return Shape(
        parameters=sum(math.prod(s) for s in shapes.values()), linear=sum(math.prod(s) for s in matrices), widths=sum(map(sum, matrices)),
        layers=int(text.get("num_hidden_layers") or text.get("n_layer") or 1), hidden=hidden,
        inner=int(text.get("intermediate_size") or 4 * hidden), vocabulary=int(text.get("vocab_size") or 0),
        kept=2 * width * int(text.get("num_key_value_heads") or heads),
    )  # fmt: skip


def answering(shape: Shape, dtype: str, quantization: str = "none") -> Need:
    """Of a batch as it is answered: weights, keys and values of its tokens, and one layer's work."""
    each = BYTES[dtype]
    cache = ANSWER_TOKENS * shape.layers * shape.kept * each
    return Need(_weights(shape, dtype, quantization), 0.0, cache + TRAIN_TOKENS * (shape.vocabulary + 8 * shape.hidden) * 4)


def training(shape: Shape, dtype: str, quantization: str = "none", rank: int | None = 16) -> Need:
    """Of a step of LoRA (`rank` None: of all weights); activations as in Korthikanti et al. 2022, without those of attention scores."""
    trained = shape.parameters * (ADAM - BYTES[dtype]) if rank is None else shape.widths * rank * ADAM
    a_layer = (10 * shape.hidden + 2 * shape.kept + 4 * shape.inner) * BYTES[dtype]
    return Need(_weights(shape, dtype, quantization), trained, TRAIN_TOKENS * (shape.layers * a_layer + 8 * shape.vocabulary))


def memory_of(device: str) -> float:
    """Bytes that the device has in all."""
    if device == "cpu":
        import psutil

        return float(psutil.virtual_memory().total)
    import torch

    return float(torch.cuda.get_device_properties(torch.device(device)).total_memory)


def _weights(shape: Shape, dtype: str, quantization: str) -> float:
    linear = BYTES[dtype if quantization == "none" else quantization]
    return shape.linear * linear + (shape.parameters - shape.linear) * BYTES[dtype]


def _outside(name: str) -> bool:
    """Whether this weight is in no layer: embeddings and head are neither quantised nor adapted."""
    return any(part in name for part in ("embed", "lm_head", "wte", "wpe"))


def _shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    return _read(folder, (folder / CONFIG).stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read(folder: Path, _changed: int) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    index = folder / "model.safetensors.index.json"
    names = set(json.loads(index.read_text("utf-8"))["weight_map"].values()) if index.is_file() else {"model.safetensors"}
    for file in (folder / Path(name).name for name in names):
        if file.is_file():
            with file.open("rb") as content:
                header = json.loads(content.read(int.from_bytes(content.read(HEADER), "little")))
            found |= {name: tuple(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}
    return found
