"""Imports what pages need as the server starts, in a thread of its own, so that visitors need not wait for it."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable

NAMES = (
    "pipeline.ui.home", "pipeline.ui.result.verdict", "pipeline.ui.result.answers", "pipeline.ui.result.candidates", "altair",
    "eval.report.content", "pipeline.ui.comparison.new", "pipeline.ui.play", "pipeline.ui.judging.page", "pipeline.ui.share",
    "pipeline.ui.progress", "pipeline.ui.runs.page", "pipeline.ui.questions.page",
)  # fmt: skip
"""In the order in which they will be asked for."""


def of(name: str) -> Callable[[], None]:
    """The page of this module of `pipeline.ui`, imported once it is opened: the first page after a start waits for no other."""

    def drawn() -> None:
        """That page."""
        importlib.import_module(f"pipeline.ui.{name}").page()

    return drawn


def begin() -> None:
    threading.Thread(target=_all, daemon=True).start()


def _all() -> None:
    for name in NAMES:
        importlib.import_module(name)
