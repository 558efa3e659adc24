"""`make install` takes PyTorch for the CPU or for CUDA; no file is edited by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def told(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What make would do in a fresh checkout."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "requirements-models.txt"):
        shutil.copy(ROOT / name, tmp_path)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return subprocess.run(
        ["make", "-n", "install", *arguments], cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )


def gpu(tmp_path: Path, found: bool) -> None:
    (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\nexit {0 if found else 9}\n")
    (tmp_path / "nvidia-smi").chmod(0o755)


@pytest.mark.parametrize(("found", "build"), [(True, 'torch==2.13.0,!=2.13.0+cpu"'), (False, 'torch==2.13.0+cpu"')])
def test_the_build_goes_by_what_is_found(tmp_path: Path, found: bool, build: str) -> None:
    gpu(tmp_path, found)
    assert build in told(tmp_path).stdout


def test_it_can_be_said(tmp_path: Path) -> None:
    gpu(tmp_path, False)
    assert "!=2.13.0+cpu" in told(tmp_path, "TORCH=cuda").stdout
    assert "--extra-index-url somewhere" in told(tmp_path, "TORCH=cpu", "TORCH_INDEX=somewhere").stdout
    assert "exit 2" in told(tmp_path, "TORCH=tpu").stdout
