"""Chat messages, training pairs, and rows of token ids with the prompt's labels masked. Plain values: finetune.chat makes ids of texts."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class EncodedRows:
    """Rows that can be trained on, and the ids of those that are too long for it."""

    rows: list[Encoded]
    too_long: list[str]
