"""What several tests share: a tiny experiment on the bundled case, and one finished run of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:  # two processes share the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from pipeline.run_folder.store import find
from tests.tiny_run import ROOT, Bakeoff, Finished, TinyRun, write_tiny

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of what is tested
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def bakeoff() -> Bakeoff:
    """Run the command line in a process of its own."""

    def call(*arguments: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None, seconds: int = 500) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, arguments)],
            capture_output=True, text=True, cwd=cwd or ROOT, env={**os.environ, **(env or {})}, timeout=seconds, check=False,
        )  # fmt: skip
        return Finished(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, bakeoff: Bakeoff) -> TinyRun:
    """One finished run with every arm, on a few rows; read it, never change it. The processes of one test session share it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tiny"
    experiment, runs, result = folder / "experiment.yaml", folder / "runs", folder / "result.json"
    with FileLock(folder.with_suffix(".lock")):
        if not result.exists():
            done = bakeoff("run", write_tiny(folder), "--out", runs, "--json")
            assert done.code in (0, 3), done.err
            result.write_text(done.out)
    return TinyRun(experiment, runs, find(runs, "tiny"), json.loads(result.read_text()))


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
