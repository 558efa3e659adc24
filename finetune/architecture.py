"""What a model's configuration tells: whether it can be run here, and how many tokens it reads. Loads no weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from finetune.errors import SetupError

BIDIRECTIONAL = {
    "bert", "bert-generation", "big_bird", "camembert", "data2vec-text", "electra", "ernie", "megatron-bert", "rembert",
    "roberta", "roberta-prelayernorm", "roc_bert", "roformer", "xlm", "xlm-roberta", "xlm-roberta-xl", "xlnet", "xmod",
}  # fmt: skip
"""Families whose tokens see those behind them, unless a checkpoint says that it was made a decoder."""
STATES = {"mamba", "mamba2", "falcon_mamba", "falcon_h1", "rwkv", "xlstm"}
"""Families whose layers keep a state in a cache of their own making, or one that PEFT puts no adapter on."""
CHOOSE = "Choose a decoder-only language model, such as one of Llama, Qwen, Gemma, Mistral, Phi or Granite"


def refuse(folder: Path) -> None:
    """SetupError, one sentence and a remedy, where this folder's model is none that can be trained and asked here."""
    from transformers.models.auto import modeling_auto

    auto: Any = modeling_auto
    config = config_of(folder)
    family, text = str(config.model_type), config.get_text_config()
    if config.is_encoder_decoder:
        raise SetupError(f"{folder} is an encoder–decoder ({family}), which does not go on from a prompt as the arms need it. {CHOOSE}")
    if family not in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        kind = "a model of pictures or sound with no text-only form here" if text is not config else "no model that writes text"
        raise SetupError(f"{folder} is {kind} ({family}). {CHOOSE}")
    both_ways = family in BIDIRECTIONAL and not getattr(config, "is_decoder", False)
    if both_ways or getattr(text, "use_bidirectional_attention", None) in (True, "all"):
        raise SetupError(f"{folder} reads texts in both directions ({family}), so that it cannot write answers. {CHOOSE}")
    if family in STATES:
        raise SetupError(f"{folder} keeps a state from token to token in a way that is not built here ({family}). {CHOOSE}")


PLAIN = ("llama", "qwen2", "qwen3", "mistral", "gemma", "gemma2", "phi3", "smollm3")
"""Families whose configuration file says itself how many tokens they read."""


def config_of(folder: Path) -> Any:
    """The configuration as the library reads it, with its family's defaults."""
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (ValueError, KeyError, OSError, TypeError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SetupError(f"{folder} could not be loaded, for its configuration cannot be used: {said}") from error


def most_tokens(folder: Path) -> int | None:
    """How many tokens the model reads at most; None where its positions have no end."""
    if (written := _written_most(folder)) is not None:
        return written
    config = config_of(folder).get_text_config()
    if has_alibi(config):
        return None
    found = getattr(config, "max_position_embeddings", None) or getattr(config, "max_seq_len", None)
    return int(found) if found else None


def _written_most(folder: Path) -> int | None:
    """The same by the file alone, since loading the library takes seconds; None where the file leaves it to the family's defaults."""
    try:
        written = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(written, dict) or written.get("model_type") not in PLAIN or {"text_config", "alibi", "attn_config"} & written.keys():
        return None
    most = written.get("max_position_embeddings")
    return most if isinstance(most, int) and most > 0 else None


def has_alibi(config: Any) -> bool:
    """Whether attention is biased by distance (Press et al. 2022) instead of positions in the tokens."""
    inner = getattr(config, "attn_config", None)
    return config.model_type == "bloom" or bool(getattr(config, "alibi", False)) or bool(getattr(inner, "alibi", False))
