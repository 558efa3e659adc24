"""When to stop asking a system that fails from the start. Asks nobody."""

from __future__ import annotations

from pipeline.systems.reply import Reply

AT_FIRST = 8
"""Rows of which the first so many all fail: then the others are not asked."""


class Patience:
    """Watches the replies as they come."""

    def __init__(self) -> None:
        self.hopeless = ""
        """Why no more is asked; empty while there is hope."""
        self._answered, self._failed = False, 0

    def saw(self, reply: Reply) -> None:
        self._answered = self._answered or not reply.failure
        self._failed += bool(reply.failure)
        if not self._answered and self._failed >= AT_FIRST and not self.hopeless:
            self.hopeless = f"{reply.failure} (as the first {AT_FIRST} rows that were asked)"
