"""Imports what pages need as the server starts, in a thread of its own: seconds that the first visitor need not wait."""

from __future__ import annotations

import importlib
import threading

NAMES = (
    "pipeline.ui.home", "pipeline.ui.result.verdict", "pipeline.ui.result.answers", "pipeline.ui.result.candidates", "altair",
    "eval.report.content", "pipeline.ui.comparison.new", "pipeline.ui.play", "pipeline.ui.judging.page", "pipeline.ui.share",
)  # fmt: skip
"""In the order in which they will be asked for."""


def begin() -> None:
    threading.Thread(target=_all, daemon=True).start()


def _all() -> None:
    for name in NAMES:
        importlib.import_module(name)
