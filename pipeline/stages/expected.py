"""How long a plan's stages take in proportion to each other, before any of them was done: by an earlier run, else by what is usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.arms import ARMS
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder, all_runs

SHARES = {
    "data": 1, "audit": 4, "index": 4, "retrieve": 1, "style": 20, "predict classic": 1, "predict": 30, "predict passages": 90,
    "predict trained": 60, "predict passages trained": 100, "train": 190, "train passages": 480, "score": 6, "decide": 3, "report": 5,
}  # fmt: skip
"""Seconds of a bundled case's stages, of which only the proportions count."""
UNKNOWN = 60
"""The share of a stage of another kind (a search, a judge, a probe)."""
TELLING = ("predict", "train", "style")
"""Kinds of stages whose time tells how fast this machine is; the others are too short."""
READS_PASSAGES = ("hybrid",)
"""Trainings whose prompts hold passages."""


def proportions(run: RunFolder, plan: Sequence[str]) -> dict[str, float]:
    """Stage → its share, for every stage of the plan."""
    found = of_earlier_run(run.path.parent, run, plan)
    return {stage: found.get(stage) or SHARES.get(kind(stage), UNKNOWN) for stage in plan}


def kind(stage: str) -> str:
    """`predict lora_rag seed-0` → `predict passages trained`."""
    verb, _, rest = stage.partition(" ")
    name = rest.split(" ")[0]
    if verb == "train":
        return "train passages" if name in READS_PASSAGES else "train"
    if verb != "predict":
        return verb if not rest else stage
    arm = next((ARMS[known] for known in (name, *sorted(ARMS, key=len, reverse=True)) if known in ARMS and name.endswith(known)), None)
    if arm is None:
        return "predict"
    if not arm.language_model:
        return "predict classic"
    return "predict" + (" passages" if arm.passages != "none" else "") + (" trained" if arm.adapter else "")


def of_earlier_run(runs: Path, run: RunFolder, plan: Sequence[str]) -> Mapping[str, float]:
    """Stage → seconds, of the newest other run of this model that has finished every telling stage of the plan."""
    model, wanted = _model(run), frozenset(stage for stage in plan if kind(stage).startswith(TELLING))
    return _like(runs, run.path, model, wanted) if model and wanted else {}


@lru_cache(maxsize=64)
def _like(runs: Path, own: Path, model: str, wanted: frozenset[str]) -> Mapping[str, float]:
    """Asked every second while a run is watched; looked up once."""
    for other in all_runs(runs):
        if other.path == own or _model(other) != model:
            continue
        took = {name: one.seconds for name, one in record.entries(other).items() if one.finished and one.whole and one.seconds}
        if wanted <= took.keys():
            return took
    return {}


def _model(run: RunFolder) -> Any:
    return ((run.read_json("manifest.json") or {}).get("model") or {}).get("name")
