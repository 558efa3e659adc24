"""Chat templates as vendors write them, shortened to what matters: roles, what closes a turn, thoughts, what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Vendor:
    """A template, its special tokens, and what the vendor's own files say."""

    template: str | None
    end: str
    """What closes an answer."""
    eos: str
    """The tokenizer's own end, which is often another token."""
    stops: tuple[str, ...] = ()
    """What generation_config.json names; empty: `eos` alone."""
    special: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    """Tokens that are added and not special, as Qwen's thought marks are."""
    bos: str | None = None
    system: bool = True
    """Whether the template takes a system message."""
    arguments: dict[str, object] = field(default_factory=dict)
    """What the vendor's page says to pass for an answer without a thought."""
    tail: str = ""
    """What stands in the prompt besides, where a thought is closed or a channel chosen for the model."""


TURNS = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
CHATML = Vendor(
    TURNS + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}", "<|im_end|>", "<|im_end|>",
    special=("<|im_start|>", "<|endoftext|>"),
)  # fmt: skip
LLAMA_3 = Vendor(
    "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' + m.content | trim + '<|eot_id|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
    "<|eot_id|>", "<|end_of_text|>", ("<|end_of_text|>", "<|eot_id|>"), ("<|start_header_id|>", "<|end_header_id|>"),
    bos="<|begin_of_text|>",
)  # fmt: skip
GEMMA = Vendor(
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}{{ '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' }}"
    "{{ m.content | trim + '<end_of_turn>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
    "<end_of_turn>", "<eos>", ("<eos>", "<end_of_turn>"), ("<start_of_turn>",), bos="<bos>", system=False,
)  # fmt: skip
PHI_3 = Vendor(
    "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
    "<|end|>", "<|endoftext|>", ("<|endoftext|>", "<|end|>"), ("<|system|>", "<|user|>", "<|assistant|>"), bos="<s>",
)  # fmt: skip
MISTRAL_OLD = Vendor(
    "{{ bos_token }}{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}{% else %}{{ m.content + eos_token }}{% endif %}{% endfor %}",
    "</s>", "</s>", bos="<s>", system=False,
)  # fmt: skip
ZEPHYR = Vendor(
    "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + eos_token + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}",
    "</s>", "</s>", bos="<s>",
)  # fmt: skip
QWEN_3 = Vendor(
    "{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|im_start|>assistant\n' }}"
    "{% if loop.last %}{{ '<think>\n\n</think>\n\n' }}{% endif %}{{ m.content + '<|im_end|>\n' }}"
    "{% else %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}"
    "{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\n\n</think>\n\n' }}{% endif %}{% endif %}",
    "<|im_end|>", "<|im_end|>", ("<|im_end|>", "<|endoftext|>"), ("<|im_start|>", "<|endoftext|>"), ("<think>", "</think>"),
    arguments={"enable_thinking": False},
)  # fmt: skip
SMOLLM_3 = Vendor(
    "{{ '<|im_start|>system\nToday: ' + strftime_now('%d %B %Y') + '\n' }}{% if messages[0].role == 'system' %}{{ messages[0].content }}"
    "{% endif %}{{ '<|im_end|>\n' }}{% for m in messages if m.role != 'system' %}{{ '<|im_start|>' + m.role + '\n' }}"
    "{% if m.role == 'assistant' and not enable_thinking %}{{ '<think>\n\n</think>\n' }}{% endif %}"
    "{{ m.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}"
    "{% if not enable_thinking %}{{ '<think>\n\n</think>\n' }}{% endif %}{% endif %}",
    "<|im_end|>", "<|im_end|>", special=("<|im_start|>",), added=("<think>", "</think>"), arguments={"enable_thinking": False},
)  # fmt: skip
R1 = Vendor(
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}"
    "{% elif m.role == 'user' %}{{ '<|User|>' + m.content }}"
    "{% else %}{{ '<|Assistant|>' + m.content.split('</think>')[-1] + eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|Assistant|><think>\n' }}{% endif %}",
    "<|end_of_sentence|>", "<|end_of_sentence|>", special=("<|User|>", "<|Assistant|>"), added=("<think>", "</think>"),
    bos="<|begin_of_sentence|>", tail="\n</think>\n\n",
)  # fmt: skip
GPT_OSS = Vendor(
    "{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|start|>assistant<|channel|>final<|message|>' + m.content }}"
    "{{ '<|return|>' if loop.last and not add_generation_prompt else '<|end|>' }}"
    "{% else %}{{ '<|start|>' + m.role + '<|message|>' + m.content + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant' }}{% endif %}",
    "<|return|>", "<|return|>", ("<|return|>", "<|endoftext|>", "<|call|>"),
    ("<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|call|>", "<|endoftext|>"), tail="<|channel|>final<|message|>",
)  # fmt: skip
COHERE = Vendor(
    "{{ bos_token }}{% for m in messages %}{{ '<|START_OF_TURN|><|' + m.role | upper + '|>' + m.content | trim + '<|END_OF_TURN|>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|START_OF_TURN|><|ASSISTANT|>' }}{% endif %}",
    "<|END_OF_TURN|>", "<|END_OF_TURN|>", special=("<|START_OF_TURN|>", "<|SYSTEM|>", "<|USER|>", "<|ASSISTANT|>"), bos="<BOS>",
)  # fmt: skip
GRANITE = Vendor(
    "{% for m in messages %}{{ '<|start_of_role|>' + m.role + '<|end_of_role|>' + m.content + '<|end_of_text|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_of_role|>assistant<|end_of_role|>' }}{% endif %}",
    "<|end_of_text|>", "<|end_of_text|>", special=("<|start_of_role|>", "<|end_of_role|>"),
)  # fmt: skip
NONE = Vendor(None, "<|endoftext|>", "<|endoftext|>")
