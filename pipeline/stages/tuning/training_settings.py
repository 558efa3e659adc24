"""The training settings that a run uses: the experiment's, with what a search found. Searches nothing."""

from __future__ import annotations

from typing import Any

from pipeline.run_folder.store import RunFolder

CHOSEN = ("rank", "alpha", "learning_rate", "epochs")


def folder(training: str) -> str:
    return f"search/{training}"


def chosen(run: RunFolder, training: str) -> dict[str, Any]:
    """What differs from the experiment's settings; nothing where no search was asked for."""
    return dict((run.read_json(f"{folder(training)}/chosen.json") or {}).get("chosen", {}))
