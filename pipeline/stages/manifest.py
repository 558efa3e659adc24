"""What a run was made with: commit, versions, hardware, seeds, file hashes, the weights' licence. Never holds a secret."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from dataclasses import asdict
from typing import Any

import psutil

from pipeline.experiment.load import Experiment
from pipeline.run_folder import keys
from pipeline.stages.base import embedder_of, weights_of
from pipeline.stages.fits import card_of_experiment


def build(experiment: Experiment, files: dict[str, str]) -> dict[str, Any]:
    """Plain values for `manifest.json`."""
    model, embedder = weights_of(experiment), embedder_of(experiment)
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
        "model": {"name": model.name, "revision": model.revision, "licence": model.licence, "source": model.source},
        "model_card": asdict(card) if (card := card_of_experiment(experiment)) else None,
        "embedder": {"name": embedder.name, "revision": embedder.revision, "licence": embedder.licence, "source": embedder.source},
        "sent_elsewhere": sent_elsewhere(experiment),
    }  # fmt: skip


def sent_elsewhere(experiment: Experiment) -> list[str]:
    """Where rows of this experiment go besides this machine; empty unless it names an endpoint or a judge elsewhere."""
    judge = experiment.judge
    remote = [judge.base_url or judge.provider] if judge and judge.provider != "in_process" else []
    return [*(endpoint.base_url for endpoint in experiment.endpoints), *remote]


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
