"""The retrieval settings that a run uses: the experiment's, with what was chosen. Chooses nothing."""

from __future__ import annotations

from pipeline.experiment.load import Retrieval
from pipeline.run_folder.store import RunFolder

OUTPUT = "tuned.json"
DEPTH = "retrieved/depth.json"
"""Where `pipeline.stages.tuning.depth` tells the k it chose."""

QUERY = "retrieved/query.json"
"""Where `pipeline.stages.tuning.query` tells the way of wording the search that it chose."""
STORED = (OUTPUT, DEPTH, QUERY)


def settings_of(run: RunFolder, retrieval: Retrieval) -> Retrieval:
    """The experiment's settings with what was chosen, where anything was."""
    stored, depth, query = (run.read_json(file) or {} for file in STORED)
    found = {"k": depth.get("k", retrieval.k), "query": query.get("query", retrieval.query)}
    return retrieval.model_copy(update={**stored.get("changed", {}), **found})
