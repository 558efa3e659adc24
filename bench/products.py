"""Memory that oneDNN's products take as more and more numbers of rows are met: each is made ready once and kept. Prints MB by products.

python -m bench.products                                                                as a run has it
LRU_CACHE_CAPACITY=1024 ONEDNN_PRIMITIVE_CACHE_CAPACITY=1024 python -m bench.products   as the libraries have it
"""

from __future__ import annotations

import random
from pathlib import Path

import pipeline  # noqa: F401 sets how much is kept, before torch is loaded

SHAPES = ((576, 576), (192, 576), (1536, 576), (576, 1536))
"""Out and in of the packaged model's layers."""
TRIES = 150


def resident() -> float:
    """MB of this process in memory."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def main() -> None:
    import torch

    draw, weights, begun = random.Random(0), [torch.randn(*shape) for shape in SHAPES], resident()
    with torch.inference_mode():
        for tried in range(1, TRIES + 1):
            rows = draw.randrange(1, 2048)
            for weight in weights:
                torch.ops.mkldnn._linear_pointwise(torch.randn(rows, weight.shape[1]), weight, None, "none", [], "")
            if tried in (1, 50, 100, TRIES):
                print(f"{4 * tried} products: {resident() - begun:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
