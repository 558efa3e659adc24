"""What a model's layers keep of earlier tokens, and what may be done because of it: sharing of beginnings, padding. Computes nothing."""

from __future__ import annotations

import inspect
from typing import Any

from transformers import DynamicCache

from finetune.architecture import has_alibi

WINDOWS = ("window_size", "sliding_window", "attention_window", "attention_chunk_size")
"""What configurations call the number of tokens that a layer looks back."""


def can_share(model: Any) -> bool:
    """Whether a token depends on those before it by keys and values alone, of every one of them, at places that we choose.

    No window, no state, no bias by distance: a beginning can then be read once for all, and choices as a tree.
    """
    config = model.config.get_text_config()
    layers = _layers(model)
    whole = bool(layers) and layers <= {"DynamicLayer"} and not has_alibi(config) and _takes_places(model)
    windows = [getattr(config, name, None) for name in WINDOWS] if not _windows_are_off(config) else []
    return whole and not any(windows)


def can_pad(model: Any) -> bool:
    """Whether rows of different lengths can stand in one batch, padded on the left: no mask hides padding from a state."""
    return _layers(model) <= {"DynamicLayer", "DynamicSlidingWindowLayer"}


def _layers(model: Any) -> set[str]:
    return {type(layer).__name__ for layer in DynamicCache(config=model.config).layers}


def _windows_are_off(config: Any) -> bool:
    """Qwen's and others' windows stand in the configuration even where no layer has one; the layers' own list decides."""
    kinds: list[str] = getattr(config, "layer_types", None) or []
    return set(kinds) == {"full_attention"}


def _takes_places(model: Any) -> bool:
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "position_ids" in inspect.signature(inner.forward).parameters
