"""Tiny models of any family of transformers, with random weights, a byte tokenizer and a vendor's template; made in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, PreTrainedTokenizerFast

from finetune.pretrained import Weights, locate
from tests.finetune.templates import Vendor

WINDOW = 24
SIZES: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
    "max_position_embeddings": 1024, "initializer_range": 0.3, "attention_dropout": 0.0,
}  # fmt: skip


def tokenizer_of(vendor: Vendor) -> Any:
    """Bytes, the vendor's special tokens, its template."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = [token for token in dict.fromkeys([vendor.eos, vendor.end, *vendor.stops, *vendor.special, vendor.bos or ""]) if token]
    every = [*special, "<|pad|>", *vendor.added]
    inner = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate([*every, *letters])}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(special)
    inner.add_tokens([AddedToken(token, normalized=False, special=False) for token in vendor.added])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=vendor.eos, bos_token=vendor.bos, pad_token="<|pad|>")
    tokenizer.chat_template = vendor.template
    return tokenizer


def make(folder: Path, family: str, vendor: Vendor, loud: float = 2.5, **sizes: Any) -> Weights:
    """Written to the folder; the end of a turn comes often enough that answers end at it. A size `...` is the family's own.

    `loud`: the last layer's weights for that end are so much larger than drawn.
    """
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    tokenizer = tokenizer_of(vendor)
    tokenizer.save_pretrained(str(folder))
    ends = [tokenizer.convert_tokens_to_ids(token) for token in vendor.stops or (vendor.eos,)]
    config = AutoConfig.for_model(
        family, vocab_size=len(tokenizer), eos_token_id=ends[0], pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id,
        **{key: value for key, value in {**SIZES, **sizes}.items() if value is not ...},
    )  # fmt: skip
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        config.save_pretrained(str(folder))
        save_file({"none": torch.zeros(1)}, str(folder / "model.safetensors"))
        return locate(str(folder))
    torch.manual_seed(11)
    factory: Any = AutoModelForCausalLM
    model = factory.from_config(config, dtype=torch.float32)
    head = model.get_output_embeddings()
    if head is not None:
        with torch.no_grad():
            head.weight[tokenizer.convert_tokens_to_ids(vendor.end)] *= loud
    model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=tokenizer.pad_token_id)
    model.save_pretrained(str(folder), safe_serialization=True)
    return locate(str(folder))
