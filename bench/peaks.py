"""What this machine can do at this moment: float32 matrix products and reading memory. Prints one JSON object; runs no model.

    python bench/peaks.py

`matmul` is torch's own product; `onednn` the same by oneDNN, asked for by name, where the processor has AVX-512: torch's default library
does not use it on every processor that has it. Both in FLOP/s, by the better of a large square and a product as a small model has it.
`bandwidth` is bytes a second, by the better of a sum and a matrix-vector product over 512 MiB. The best of a few tries each, with the
threads and settings that a run has.
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

SHAPES = ((2048, 2048, 2048), (1024, 576, 1536))
TRIES = 8
FLOATS = 1 << 27


def best(work: Callable[[], object]) -> float:
    """The shortest of a few tries, in seconds."""
    seconds = []
    for _ in range(TRIES):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def products(rows: int, inner: int, columns: int) -> tuple[float, float]:
    """FLOP/s of torch's own product and of oneDNN's, 0 where there is no AVX-512."""
    import torch

    a, b, flops = torch.randn(rows, inner), torch.randn(columns, inner), 2.0 * rows * inner * columns
    own = flops / best(lambda: torch.nn.functional.linear(a, b))
    if "AVX512" not in torch.backends.cpu.get_cpu_capability():
        return own, 0.0
    return own, flops / best(lambda: torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], ""))


def measure() -> dict[str, float | None]:
    import torch

    with torch.inference_mode():
        own, onednn = (max(rates) for rates in zip(*(products(*shape) for shape in SHAPES), strict=True))
        many, one = torch.ones(FLOATS // 8192, 8192), torch.ones(8192)
        bandwidth = 4 * FLOATS / min(best(many.sum), best(lambda: many @ one))
        return {"matmul": own, "onednn": onednn or None, "bandwidth": bandwidth, "load": os.getloadavg()[0]}


if __name__ == "__main__":
    print(json.dumps(measure()))
