"""The retrieval settings that a run uses: the experiment's, with what was chosen. Chooses nothing."""

from __future__ import annotations

from pipeline.experiment.load import Retrieval
from pipeline.run_folder.store import RunFolder

OUTPUT = "tuned.json"
DEPTH = "retrieved/depth.json"
"""Where `pipeline.stages.tuning.depth` tells the k it chose."""


def settings_of(run: RunFolder, retrieval: Retrieval) -> Retrieval:
    """The experiment's settings with what was chosen, where anything was."""
    stored, depth = run.read_json(OUTPUT) or {}, run.read_json(DEPTH) or {}
    return retrieval.model_copy(update={**stored.get("changed", {}), "k": depth.get("k", retrieval.k)})
