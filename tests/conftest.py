"""What several tests share: a tiny experiment on the bundled case, and one finished run of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.run_folder.store import RunFolder, find
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


@pytest.fixture(scope="session")
def bakeoff() -> Bakeoff:
    """Run the command line in a process of its own."""

    def call(*arguments: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, arguments)],
            capture_output=True, text=True, cwd=cwd or ROOT, env={**os.environ, **(env or {})}, timeout=500, check=False,
        )  # fmt: skip
        return Finished(done.returncode, done.stdout, done.stderr)

    return call


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
    path = folder / "experiment.yaml"
    path.write_text(yaml.safe_dump(experiment), encoding="utf-8")
    return path


@dataclass(frozen=True)
class TinyRun:
    experiment: Path
    runs: Path
    run: RunFolder
    result: dict[str, Any]


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, bakeoff: Bakeoff) -> TinyRun:
    """One finished run with every arm, on a few rows; read it, never change it."""
    folder = tmp_path_factory.mktemp("tiny")
    experiment, runs = write_tiny(folder), folder / "runs"
    done = bakeoff("run", experiment, "--out", runs, "--json")
    assert done.code in (0, 3), done.err
    return TinyRun(experiment, runs, find(runs, "tiny"), done.json())


@pytest.fixture(scope="session")
def llama() -> Iterator[str]:
    """llama.cpp's own server over the packaged GGUF, on a free port; its address."""
    import xllamacpp

    from finetune.pretrained import LANGUAGE_MODELS, inside

    params = xllamacpp.CommonParams()
    params.model.path = str(inside(LANGUAGE_MODELS["smollm2-135m-instruct"]))
    params.port, params.n_ctx, params.n_parallel, params.warmup = 0, 8192, 2, False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server
