"""What this machine can do at this moment: float32 matrix products and reading memory. Prints one JSON object; runs no model.

    python bench/peaks.py

`matmul` is torch's own product; `onednn` the same by oneDNN, asked for by name, where the processor has AVX-512: torch's default library
does not use it on every processor that has it. Both in FLOP/s. `bandwidth` is bytes a second, by the better of a sum and a
matrix-vector product over 512 MiB. The best of a few tries each, with the threads and settings that a run has.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pipeline  # noqa: F401 sets how threads wait, before torch is loaded

SIDE, TRIES = 2048, 8
FLOATS = 1 << 27


def best(work: Callable[[], object]) -> float:
    """The shortest of a few tries, in seconds."""
    seconds = []
    for _ in range(TRIES):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def measure() -> dict[str, float | None]:
    import torch

    with torch.inference_mode():
        a, b, flops = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE), 2 * SIDE**3
        onednn = None
        if "AVX512" in torch.backends.cpu.get_cpu_capability():
            onednn = flops / best(lambda: torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], ""))
        many = torch.ones(FLOATS // 8192, 8192)
        one = torch.ones(8192)
        bandwidth = 4 * FLOATS / min(best(many.sum), best(lambda: many @ one))
        return {"matmul": flops / best(lambda: a @ b), "onednn": onednn, "bandwidth": bandwidth, "load": os.getloadavg()[0]}


if __name__ == "__main__":
    print(json.dumps(measure()))
