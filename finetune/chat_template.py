"""What is known of chat templates beforehand: how a model without one is asked, how thoughts are marked, which tokens are no text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from finetune.rows import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PLAIN = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ m.content + '\n\n' }}"
    "{% elif m.role == 'user' %}{{ 'Question: ' + m.content + '\n' }}"
    "{% else %}{{ 'Answer: ' + m.content + '\n\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Answer:' }}{% endif %}"
)
"""How a model without a template is asked."""
PLAIN_STOP = "\nQuestion:"
"""A model that was never taught turns goes on with the next question."""
TODAY = datetime(2026, 1, 1)
"""What a template is told that asks for today's date: prompts must not change from the day of training to that of answering."""


@dataclass(frozen=True)
class Thought:
    """How a thinking model marks what it writes before its answer."""

    opens: str
    closes: str
    cut: str
    """What is written in its place where a thought has used up its tokens: its end, and the beginning of the answer."""


THOUGHTS = (
    Thought("<think>", "</think>", "\n</think>\n\n"),
    Thought("[THINK]", "[/THINK]", "[/THINK]"),
    Thought("<seed:think>", "</seed:think>", "\n</seed:think>"),
    Thought("<|channel|>analysis<|message|>", "<|channel|>final<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
)


def dated(template: str) -> str:
    """With `TODAY` in the place of the clock."""
    return re.sub(r"strftime_now\((['\"])(.*?)\1\)", lambda found: repr(TODAY.strftime(found[2])), template)


def control_tokens(tokenizer: PreTrainedTokenizerBase, template: str) -> dict[str, int]:
    """Tokens that are no text, the longest first: special ones, and added ones that the template writes."""
    added = {token.content: (number, token.special) for number, token in tokenizer.added_tokens_decoder.items()}
    found = {text: number for text, (number, special) in added.items() if len(text) > 1 and text.strip() and (special or text in template)}
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def first_token(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """What the tokenizer itself puts before a text that no template begins."""
    ids: Any = tokenizer("a")["input_ids"]
    return [int(ids[0])] if tokenizer.bos_token_id is not None and ids[0] == tokenizer.bos_token_id else []


def folded(messages: Sequence[Message]) -> list[Message]:
    """The system message as the beginning of the first user message, for a template without a place for it."""
    if len(messages) < 2 or messages[0].role != "system":
        return list(messages)
    system, first, *rest = messages
    return [Message(first.role, f"{system.content}\n\n{first.content}"), *rest]
