"""One question at a server, from its arrival to its answer. Knows no HTTP, model or retrieval."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from pipeline.records import Example
from pipeline.results.ask import Said

Hear = Callable[[str], None]
NUMBERS = itertools.count()


class TooLate(Exception):
    """The answer took longer than it may."""


class Busy(Exception):
    """More questions wait than may."""


@dataclass
class Question:
    """A row of a client's, and where its answer goes."""

    row: Example
    until: float
    """By the clock of `time.monotonic`: when its answer must be there."""
    hear: Hear | None = None
    """Told the text so far; what it raises ends the answer."""
    future: Future[Said] = field(default_factory=Future)
    name: str = field(default_factory=lambda: f"asked-{next(NUMBERS)}")
    """Its own, whatever the client calls its row."""
    _fault: BaseException | None = None

    def listen(self, text: str) -> None:
        """The text so far; raises nothing."""
        if self.hear is None or self._fault is not None:
            return
        try:
            self.hear(text)
        except Exception as error:
            self._fault = error

    @property
    def over(self) -> bool:
        """Whether it must not be answered any more; what waits for the answer is told why."""
        if self.future.done():
            return True
        fault = self._fault or (TooLate() if time.monotonic() > self.until else None)
        if fault is not None:
            self.fail(fault)
        return fault is not None

    def answered(self, said: Said) -> None:
        if not self.future.done():
            self.future.set_result(said)

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)
