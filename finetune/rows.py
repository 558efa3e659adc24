"""Prompt and completion → token ids with the prompt's labels masked. Cuts nothing off: a row that is too long is named, not shortened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finetune.errors import SetupError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED = -100
"""The label of a token that is not learnt."""


@dataclass(frozen=True)
class Message:
    """One turn of a chat: `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True)
class Pair:
    """What one training row teaches: after this prompt, this completion."""

    id: str
    prompt: tuple[Message, ...]
    completion: str


@dataclass(frozen=True)
class Encoded:
    """A pair as token ids; `labels` is as long as `input_ids`, -100 on the prompt."""

    id: str
    input_ids: list[int]
    labels: list[int]

    @property
    def learnt(self) -> int:
        """How many tokens at the end are learnt."""
        return sum(label != IGNORED for label in self.labels)


def render(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> str:
    """The prompt as text, up to where the assistant begins; the first message must be a system message.

    Chat templates slip in a system prompt of their own where none is given, which would differ between models and arms.
    """
    if not messages or messages[0].role != "system":
        raise ValueError("a prompt begins with a system message, so that no template adds one of its own")
    turns = [{"role": message.role, "content": message.content} for message in messages]
    text: Any = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return str(text)


def prompt_ids(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> list[int]:
    ids: Any = tokenizer(render(tokenizer, messages), add_special_tokens=False)["input_ids"]
    return list(ids)


def count_tokens(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> int:
    """Prompt tokens under the model's chat template."""
    return len(prompt_ids(tokenizer, messages))


def completion_ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """The completion and the end of its turn."""
    ids: Any = tokenizer(text, add_special_tokens=False)["input_ids"]
    return [*ids, end_of_turn(tokenizer)]


def end_of_turn(tokenizer: PreTrainedTokenizerBase) -> int:
    """The token that ends an answer; raises SetupError for a tokenizer without one."""
    if tokenizer.eos_token_id is None:
        raise SetupError("the model's tokenizer names no end-of-sequence token; choose an instruction-tuned model")
    return int(tokenizer.eos_token_id)


def encode(tokenizer: PreTrainedTokenizerBase, pair: Pair) -> Encoded:
    prompt, completion = prompt_ids(tokenizer, pair.prompt), completion_ids(tokenizer, pair.completion)
    return Encoded(pair.id, [*prompt, *completion], [*[IGNORED] * len(prompt), *completion])


@dataclass(frozen=True)
class EncodedRows:
    """Rows that can be trained on, and the ids of those that are too long for it."""

    rows: list[Encoded]
    too_long: list[str]


def encode_all(tokenizer: PreTrainedTokenizerBase, pairs: Sequence[Pair], max_length: int) -> EncodedRows:
    """Every pair encoded; one longer than `max_length` tokens is left out and named."""
    rows = [encode(tokenizer, pair) for pair in pairs]
    return EncodedRows(
        [row for row in rows if len(row.input_ids) <= max_length], [row.id for row in rows if len(row.input_ids) > max_length]
    )
