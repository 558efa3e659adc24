"""What a worker takes before its first job: a process that loads the libraries workers load, timed. Does no job."""

from __future__ import annotations

import subprocess
import sys
import time

from pipeline.environment import for_work
from pipeline.run_folder.keys import ROOT

LOADED = "import torch, transformers, peft, sentence_transformers, faiss, pipeline.worker"


def start_s() -> float:
    """Seconds on this machine, on one thread, as it is loaded now."""
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED], check=True, cwd=ROOT, env={**for_work(), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.monotonic() - began
