"""A tiny experiment on the bundled case `facts`, and what the fixtures `bakeoff` and `tiny_run` give."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.run_folder.store import RunFolder
from pipeline.samples import experiment_of

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"train": 8, "dev": 3, "test": 6}


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.out)
        return value


Bakeoff = Callable[..., Finished]


def write_tiny(folder: Path, **changes: Any) -> Path:
    """An experiment file on a few rows of the bundled case `facts`; `changes` replace whole sections."""
    folder.mkdir(parents=True, exist_ok=True)
    source = experiment_of("facts")
    rows = [json.loads(line) for line in (source.parent / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    taken = [row for side, size in SIZES.items() for row in [r for r in rows if r["split"] == side][:size]]
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in taken), encoding="utf-8")
    documents = folder / "documents"
    documents.mkdir(exist_ok=True)
    for name in sorted({row["group"] for row in taken}):
        (documents / f"{name}.md").write_text((source.parent / "documents" / f"{name}.md").read_text(encoding="utf-8"), encoding="utf-8")
    experiment = yaml.safe_load(source.read_text(encoding="utf-8"))
    experiment |= {"name": "tiny", "finetune": {"epochs": 1, "batch_size": 2, "checkpoint_steps": 1}, **changes}
    experiment["data"]["split"] = {"least_test": 1, "least_train": 1, **experiment["data"].get("split", {})}
    path = folder / "experiment.yaml"
    path.write_text(yaml.safe_dump(experiment), encoding="utf-8")
    return path


@dataclass(frozen=True)
class TinyRun:
    experiment: Path
    runs: Path
    run: RunFolder
    result: dict[str, Any]
