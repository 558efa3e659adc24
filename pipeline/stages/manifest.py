"""What a run was made with: commit, versions, hardware, seeds, file hashes, the weights' licence. Never holds a secret."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import psutil

from pipeline.arms import built
from pipeline.experiment.load import Experiment
from pipeline.run_folder import keys
from pipeline.stages import own_store
from pipeline.stages.base import most_of, weights_of
from pipeline.stages.embedder import embedder_of
from pipeline.stages.fits import card_of_experiment
from pipeline.systems.door import identities

if TYPE_CHECKING:
    from finetune.pretrained import Weights


def build(experiment: Experiment, files: dict[str, str]) -> dict[str, Any]:
    """Plain values for `manifest.json`."""
    ready = built(experiment)
    model, embedder = (weights_of(experiment), embedder_of(experiment)) if ready else (None, None)
    return {
        "schema": 1, "bakeoff": importlib.metadata.version("bakeoff"), "commit": commit(),
        "code": keys.of_code("pipeline", "retrieval", "finetune", "eval"),
        "versions": {"python": platform.python_version(), **keys.versions()},
        "hardware": {
            "machine": platform.machine(), "system": platform.system(), "cores": os.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        },
        "seeds": {"split": experiment.data.split.seed, "training": experiment.finetune.seeds},
        "files": files, "data": keys.of_value(files)[:12],
        "model": {**named, "max_context": experiment.model.context(most_of(model))} if model and (named := _named(model)) else None,
        "model_card": asdict(card) if ready and (card := card_of_experiment(experiment)) else None,
        "embedder": _named(embedder), "systems": identities(experiment), "retrieval_store": own_store.identity(experiment),
        "sent_elsewhere": sent_elsewhere(experiment),
    }  # fmt: skip


def sent_elsewhere(experiment: Experiment) -> list[str]:
    """Where rows of this experiment go besides this machine; empty unless it names an endpoint or a judge elsewhere."""
    judge = experiment.judge
    remote = [judge.base_url or judge.provider] if judge and judge.provider != "in_process" else []
    embedder = experiment.retrieval.embedder
    embeddings = [] if isinstance(embedder, str) or not built(experiment) else [embedder.base_url]
    tracked = [uri] if (uri := experiment.tracking.mlflow or "").startswith("http") else []
    own = [f"what {name} asks" for name in (experiment.retrieval.store, experiment.retrieval.own_embedder) if name]
    systems = [system.url for system in experiment.systems if system.url]
    rows = [f"{one.training_address} (training rows)" for one in experiment.endpoints if one.finetune]
    return [*(endpoint.address for endpoint in experiment.endpoints), *rows, *systems, *embeddings, *own, *remote, *tracked]


def _named(weights: Weights | None) -> dict[str, str] | None:
    """None where no weights are used."""
    if weights is None:
        return None
    return {"name": weights.name, "revision": weights.revision, "licence": weights.licence, "source": weights.source}


def commit() -> dict[str, Any] | None:
    """The commit of the source tree and whether it was changed since; None where the sources are not a checkout."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(keys.ROOT), *arguments], capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()

    try:
        if git("rev-parse", "--show-toplevel") != str(keys.ROOT):
            return None
        return {"id": git("rev-parse", "HEAD"), "changed": bool(git("status", "--porcelain", "--untracked-files=no"))}
    except (OSError, subprocess.SubprocessError):
        return None
