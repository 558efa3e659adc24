"""One answer in the middle of being written: its tokens so far, where its thought ends, and when it is done. Asks no model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finetune.chat import Chat

OPENING = 16
"""Tokens within which a thought has begun, if there is one."""


class Writing:
    """A row: at most `limit` tokens of answer, and before them a thought of at most `chat.budget` tokens, which is then closed for it."""

    def __init__(self, chat: Chat, limit: int) -> None:
        self._chat, self._limit = chat, limit
        self.ids: list[int] = []
        self.start: int | None = None if chat.budget else 0
        """Where the answer begins; None: not yet."""
        self.forced: list[int] = []
        """What comes next, whatever the model says: the end of a thought that has used up its tokens."""
        self.was_cut = False
        """Whether its thought was closed for it."""
        self.done = False

    def take(self, token: int) -> None:
        """The next token."""
        self.ids.append(token)
        if self.forced:
            self.forced.pop(0)
            self.start = None if self.forced else len(self.ids)
        elif self.start is None:
            self._look()
        self.done = self.ended or (self.start is not None and len(self.ids) - self.start >= self._limit)

    @property
    def ended(self) -> bool:
        """Whether a stop ended it, and not its limit."""
        return not self.forced and self._chat.ended(self.ids)

    def _look(self) -> None:
        self.start = self._chat.answer_from(self.ids, begun=len(self.ids) > OPENING)
        if self.start is None and len(self.ids) >= self._chat.budget:
            self.forced, self.was_cut = self._chat.cut_ids(), True
