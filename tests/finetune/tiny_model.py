"""A two-layer model with random weights and a word tokenizer, made here and written to a folder: real parts, small enough for tests."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from finetune.pretrained import Weights, locate
from finetune.rows import Message, Pair
from finetune.training.settings import TrainSettings

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|pad|>", "<|unk|>"]
SETTINGS = TrainSettings(
    method="lora", rank=4, alpha=8.0, dropout=0.1, targets="all-linear", learning_rate=5e-3, epochs=3, batch_size=4,
    gradient_accumulation=1, checkpoint_steps=3, patience=0, seed=1, max_length=200,
)  # fmt: skip


def make(folder: Path) -> Weights:
    """Byte-level tokenizer, 64 wide, two layers, seeded."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *letters])}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<|unk|>"))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    from tokenizers import decoders

    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<|end|>", pad_token="<|pad|>", unk_token="<|unk|>", additional_special_tokens=SPECIAL[1:4]
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(str(folder))
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=2048, eos_token_id=0, pad_token_id=4, bos_token_id=None, initializer_range=0.2,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(str(folder), safe_serialization=True)
    return locate(str(folder))


def pairs(count: int, offset: int = 0) -> list[Pair]:
    """Rows of different lengths with something to learn in them."""
    return [
        Pair(str(i), (Message("system", "s"), Message("user", "word " * (1 + i % 4) + str(i))), "even" if i % 2 == 0 else "odd one")
        for i in range(offset, offset + count)
    ]
