"""Families of transformers as tiny random models, each held against plain transformers and PEFT."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from finetune.chat import Chat
from finetune.engine.door import prepare
from finetune.engine.prefix_tree import planned
from finetune.errors import SetupError
from finetune.inference.generate import Generator, Prompt
from finetune.loading import load_chat, load_model
from finetune.pretrained import Weights
from finetune.rows import Encoded, Message, Pair
from finetune.training.adapters import wrap
from finetune.training.gradient import step_gradient
from tests.finetune import templates as t
from tests.finetune.gradients import STILL
from tests.finetune.templates import Vendor
from tests.finetune.vendor_model import WINDOW, make

ROWS, TOKENS = 24, 24
THOUGHT = "</think>"
CHOICES = ("yes", "no", "yes please", "maybe")


@dataclass(frozen=True)
class Family:
    """A family's name in transformers, the template of its vendor, and what differs from a plain small model."""

    vendor: Vendor
    kind: str
    sizes: Mapping[str, Any] = field(default_factory=dict)
    ends: float = 2.5
    """What the last layer's weights for the end are multiplied by, so that answers end: below 0 where they point away."""


@dataclass(frozen=True)
class Outcome:
    """What one family came to."""

    refused: str = ""
    loss: float = 0.0
    """Off by so much."""
    gradient: float = 0.0
    """Off by this share of its length."""
    texts: int = 0
    """Answers equal, of ROWS, the tokens that end them included."""
    ended: int = 0
    """Answers that ended at a stop before their limit, in plain transformers."""
    scores: float = 0.0
    """Likelihoods off by so many nats, at most."""


MOE: dict[str, Any] = {"num_local_experts": 4, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
SLIDING: dict[str, Any] = {"sliding_window": WINDOW}
ALTERNATE: dict[str, Any] = {**SLIDING, "layer_types": ["sliding_attention", "full_attention"]}
UNTIED: dict[str, Any] = {"tie_word_embeddings": False}
GEMMA: dict[str, Any] = {**ALTERNATE, "query_pre_attn_scalar": 8, **UNTIED}
SSM: dict[str, Any] = {"mamba_d_state": 8, "mamba_d_conv": 4, "mamba_expand": 2, "mamba_dt_rank": 4, "use_mamba_kernels": False}
MAMBA_2: dict[str, Any] = {"mamba_n_heads": 8, "mamba_d_head": 8, "mamba_n_groups": 1, "mamba_d_state": 8, "mamba_chunk_size": 16}
FAMILIES: dict[str, Family] = {
    "Llama 3": Family(t.LLAMA_3, "llama"),
    "SmolLM2": Family(t.CHATML, "llama", {"tie_word_embeddings": True}),
    "Mistral 7B v0.1, v0.2": Family(t.MISTRAL_OLD, "mistral", SLIDING),
    "Zephyr": Family(t.ZEPHYR, "mistral", {"sliding_window": None}),
    "Mixtral": Family(t.MISTRAL_OLD, "mixtral", MOE),
    "Qwen2, Qwen2.5": Family(t.CHATML, "qwen2"),
    "Qwen3": Family(t.QWEN_3, "qwen3"),
    "Qwen3-MoE": Family(t.QWEN_3, "qwen3_moe", MOE),
    "Qwen3-Next": Family(t.QWEN_3, "qwen3_next", {
        **MOE, "layer_types": ["linear_attention", "full_attention"], "linear_num_key_heads": 2, "linear_num_value_heads": 4,
        "initializer_range": 0.1, "linear_key_head_dim": 8, "linear_value_head_dim": 8, "shared_expert_intermediate_size": 32}),
    "SmolLM3": Family(t.SMOLLM_3, "smollm3"),
    "DeepSeek-R1-Distill": Family(t.R1, "qwen2"),
    "gpt-oss": Family(t.GPT_OSS, "gpt_oss", {**MOE, **ALTERNATE}),
    "Gemma": Family(t.GEMMA, "gemma", {"num_key_value_heads": 1}),
    "Gemma 2": Family(t.GEMMA, "gemma2", GEMMA),
    "Gemma 3 1B": Family(t.GEMMA, "gemma3_text", GEMMA),
    "Phi-3": Family(t.PHI_3, "phi3", {"sliding_window": None}),
    "Phi-2 (no template)": Family(t.NONE, "phi"),
    "Granite 3": Family(t.GRANITE, "granite"),
    "Granite 4 hybrid": Family(t.GRANITE, "granitemoehybrid", {
        **MOE, **MAMBA_2, "layer_types": ["mamba", "attention"], "shared_intermediate_size": 64}),
    "OLMo 2": Family(t.CHATML, "olmo2"),
    "OLMo 3": Family(t.CHATML, "olmo3", ALTERNATE),
    "Command R": Family(t.COHERE, "cohere"),
    "Command R7B": Family(t.COHERE, "cohere2", ALTERNATE),
    "StarCoder2": Family(t.CHATML, "starcoder2", SLIDING),
    "StableLM": Family(t.CHATML, "stablelm"),
    "Falcon": Family(t.CHATML, "falcon", {"new_decoder_architecture": True, "num_kv_heads": 2, "alibi": False, "head_dim": ...}),
    "Falcon with ALiBi": Family(t.CHATML, "falcon", {"alibi": True, "multi_query": False, "parallel_attn": False, "head_dim": ...}),
    "GPT-2 (no template)": Family(t.NONE, "gpt2"),
    "GPT-Neo (no template)": Family(t.NONE, "gpt_neo", {
        "attention_types": [[["global", "local"], 1]], "num_layers": 2, "window_size": WINDOW}),
    "Pythia (no template)": Family(t.NONE, "gpt_neox"),
    "OPT (no template)": Family(t.NONE, "opt", {"ffn_dim": 64, "word_embed_proj_dim": 32, "init_std": 0.3, **UNTIED}, -2.5),
    "BLOOM (no template)": Family(t.NONE, "bloom", UNTIED),
    "MPT": Family(t.CHATML, "mpt", {"d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 1024, **UNTIED}),
    "LFM2": Family(t.CHATML, "lfm2", {"layer_types": ["conv", "full_attention"], "block_auto_adjust_ff_dim": False}),
    "Jamba": Family(t.CHATML, "jamba", {**MOE, **SSM, "attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2}),
    "Falcon-H1": Family(t.CHATML, "falcon_h1", {**MAMBA_2, "mamba_d_ssm": 64}),
    "Mamba": Family(t.NONE, "mamba"),
    "T5": Family(t.NONE, "t5"),
    "BERT": Family(t.NONE, "bert"),
    "Qwen2-VL": Family(t.CHATML, "qwen2_vl", {"head_dim": ...}),
}  # fmt: skip
FAST = ("Phi-3", "Qwen3", "Gemma 2", "GPT-2 (no template)", "LFM2", "BERT")
"""Those of the everyday tests: another end of turn, a thought, no system role and windows, no template, a state, a refusal."""


def outcome(name: str) -> Outcome:
    """Make this family's model and hold all that is done with it against plain code."""
    family = FAMILIES[name]
    with tempfile.TemporaryDirectory() as folder:
        try:
            weights = make(Path(folder), family.kind, family.vendor, family.ends, **family.sizes)
            chat = load_chat(weights)
            loss, gradient = _trained(weights, [chat.encode(pair) for pair in _pairs()])
            texts, ended = _written(weights, family.vendor)
            return Outcome("", loss, gradient, texts, ended, _scored(weights, family.vendor))
        except SetupError as error:
            return Outcome(str(error).replace(str(Path(folder).resolve()), "the model"))


def _prompts() -> list[tuple[Message, ...]]:
    """Short ones, and every third longer than a window."""
    return [
        (Message("system", "Be brief."), Message("user", ("a passage of some length " * 3 if n % 3 == 0 else "") + f"{n} x" * (1 + n % 4)))
        for n in range(ROWS)
    ]


def _pairs() -> list[Pair]:
    return [Pair(str(n), prompt, "even" if n % 2 else "odd one") for n, prompt in enumerate(_prompts()[:5])]


def _vendor_ids(chat: Chat, vendor: Vendor, messages: tuple[Message, ...]) -> list[int]:
    """The prompt as the vendor's page says to make it, without our code."""
    if vendor.template is None:
        text = f"{messages[0].content}\n\nQuestion: {messages[1].content}\nAnswer:"
        return list(chat.tokenizer(text, add_special_tokens=False)["input_ids"])
    turns = [{"role": m.role, "content": m.content} for m in messages]
    if not vendor.system:
        turns = [{"role": "user", "content": f"{messages[0].content}\n\n{messages[1].content}"}]
    template = vendor.template.replace("strftime_now('%d %B %Y')", "'01 January 2026'")
    text = chat.tokenizer.apply_chat_template(turns, chat_template=template, tokenize=False, add_generation_prompt=True, **vendor.arguments)
    return list(chat.tokenizer(text + vendor.tail, add_special_tokens=False)["input_ids"])


def _written(weights: Weights, vendor: Vendor) -> tuple[int, int]:
    """Answers that are those of the library's `generate`, prompt by prompt; and how many of its own ended before the limit."""
    generator, plain = Generator(weights), load_model(weights)
    asked = [Prompt(str(n), messages) for n, messages in enumerate(_prompts())]
    found = {done.id: done for batch in generator.plan(asked) for done in generator.run(batch, TOKENS)}
    tokenizer = generator.chat.tokenizer
    stops = [tokenizer.convert_tokens_to_ids(token) for token in {vendor.end, vendor.eos, *vendor.stops}]
    equal = ended = 0
    for prompt in asked:
        ids = torch.tensor([_vendor_ids(generator.chat, vendor, prompt.messages)])
        with torch.inference_mode():
            out = plain.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=TOKENS, do_sample=False, eos_token_id=stops,
                pad_token_id=tokenizer.pad_token_id,
            )[0, ids.shape[1] :].tolist()  # fmt: skip
        done = found[prompt.id]
        text = tokenizer.decode(out, skip_special_tokens=True)
        expected = _answer(text, vendor)
        equal += (done.text, done.completion_tokens, done.cut) == (expected, len(out), out[-1] not in stops)
        ended += out[-1] in stops
    return equal, ended


def _answer(text: str, vendor: Vendor) -> str:
    """What a reader takes for the answer: before the next question where there is no template, behind a thought that was closed."""
    if vendor.template is None:
        return text.partition("\nQuestion:")[0].strip()
    thought = THOUGHT in vendor.template and THOUGHT in text  # a random model writes its end by chance
    return (text.partition(THOUGHT)[2] if thought else text).strip()


@torch.inference_mode()
def _scored(weights: Weights, vendor: Vendor) -> float:
    """The largest difference to each choice read by itself behind its prompt, and the vendor's end of turn behind it."""
    generator, plain, worst = Generator(weights), load_model(weights), 0.0
    asked = [Prompt(str(n), messages, CHOICES) for n, messages in enumerate(_prompts()[:6])]
    found = {done.id: done for batch in generator.plan(asked) for done in generator.run(batch, 1)}
    tokenizer, lead = generator.chat.tokenizer, " " if vendor.template is None else ""
    for prompt in asked:
        ids, scores = _vendor_ids(generator.chat, vendor, prompt.messages), found[prompt.id].choices or {}
        for choice in CHOICES:
            tail = tokenizer(f"{lead}{choice}{vendor.end}", add_special_tokens=False)["input_ids"]
            logs = torch.log_softmax(plain(torch.tensor([ids + tail]), use_cache=False).logits[0].float(), -1)
            alone = sum(float(logs[len(ids) - 1 + i, token]) for i, token in enumerate(tail)) / len(tail)
            worst = max(worst, abs(alone - scores[choice]))
    return worst


def _trained(weights: Weights, rows: list[Encoded]) -> tuple[float, float]:
    """How far loss and gradient of a step are from those of PEFT's model, row by row, labels from our rows."""
    ours = wrap(weights, replace(STILL, dropout=0.0))
    other = wrap(weights, replace(STILL, dropout=0.0))
    for model in (ours, other):
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(len(name)))
    engine = prepare(ours, "auto")
    for model in (ours, other):
        model.eval()  # some families drop out by themselves
    count = sum(row.learnt for row in rows)
    loss, found = step_gradient(ours, planned(rows, 200 if engine.pads else 1, engine.lanes, engine.shares), 0, count)
    learnt, total = [parameter for parameter in other.parameters() if parameter.requires_grad], torch.zeros(())
    for row in rows:
        logits = other(input_ids=torch.tensor([row.input_ids]), use_cache=False).logits[0, :-1].float()
        total = total + torch.nn.functional.cross_entropy(logits, torch.tensor(row.labels[1:]), ignore_index=-100, reduction="sum") / count
    expected = torch.autograd.grad(total, learnt, allow_unused=True)
    sides = [torch.cat([g.flatten() for g in side if g is not None]) for side in (found, expected)]
    return abs(float(loss.detach()) - float(total.detach())), float((sides[0] - sides[1]).norm() / sides[1].norm())
