"""The training settings that a run uses: the experiment's, with what was chosen on dev. Searches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.run_folder.store import RunFolder

if TYPE_CHECKING:
    from pipeline.experiment.load import Experiment

CHOSEN = ("rank", "alpha", "learning_rate", "epochs")
DECLINES = 0.8
"""Of the questions that have an answer; an adapter that declines more of them is of no use, whatever it scores."""


def folder(training: str) -> str:
    return f"search/{training}"


def searched(experiment: Experiment) -> bool:
    """Whether anything of a training is chosen on dev before it."""
    return bool(experiment.finetune.search) or experiment.finetune.unanswerable_share == "dev"


def chosen(run: RunFolder, training: str) -> dict[str, Any]:
    """What differs from the experiment's settings; nothing where no search was asked for."""
    return dict((run.read_json(f"{folder(training)}/chosen.json") or {}).get("chosen", {}))


def share(run: RunFolder, experiment: Experiment, training: str) -> float:
    """The largest share of this training's rows that have no answer: as set, or as chosen on dev; the usual cap until it is chosen."""
    given = experiment.finetune.unanswerable_share
    if isinstance(given, float):
        return given
    stored = run.read_json(share_file(training)) or {}
    return float(stored.get("share", experiment.finetune.USUAL_SHARE))


def share_told(run: RunFolder, training: str) -> tuple[str, ...]:
    """How this training's share was chosen; nothing where it was set."""
    stored = run.read_json(share_file(training))
    return (f"share of rows without an answer, {stored['reason']}",) if stored else ()


def share_file(training: str) -> str:
    return f"{folder(training)}/share.json"
