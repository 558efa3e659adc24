"""Do two sets of vectors come from one distribution? Maximum mean discrepancy with a permutation test.

Gretton et al. 2012, "A Kernel Two-Sample Test" (JMLR 13), with a Gaussian kernel whose width is the median distance of the pooled vectors.
The test permutes the biased statistic (their equation 5), which is valid at any size as long as vectors are exchangeable under the null;
their unbiased one (equation 3) is what is told. p is never 0: the order seen counts among the permutations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PERMUTATIONS = 999


@dataclass(frozen=True)
class Discrepancy:
    """Between two sets."""

    squared: float
    """MMD², unbiased: about 0, also below, where they are alike; 2 at most."""
    p: float
    sizes: tuple[int, int]


def discrepancy(first: NDArray[np.floating], second: NDArray[np.floating], seed: int = 0, permutations: int = PERMUTATIONS) -> Discrepancy:
    """`first` (n, d), `second` (m, d), two rows each at least; the same seed gives the same p."""
    n, m = len(first), len(second)
    if min(n, m) < 2:
        raise ValueError("two vectors on each side at least")
    kernel = _kernel(np.concatenate([first, second]).astype(float))
    weights = np.concatenate([np.full(n, 1 / n), np.full(m, -1 / m)])
    draw = np.random.default_rng(seed)
    orders = np.stack([weights, *(draw.permutation(weights) for _ in range(permutations))], axis=1)
    values = np.einsum("ij,ij->j", orders, kernel @ orders)
    as_extreme = int((values[1:] >= values[0] - 1e-12).sum())
    return Discrepancy(_unbiased(kernel, n), (1 + as_extreme) / (1 + permutations), (n, m))


def _kernel(vectors: Floats) -> Floats:
    """(n, n)"""
    squares = np.sum(vectors * vectors, axis=1)
    apart: Floats = np.maximum(squares[:, None] + squares[None, :] - 2 * vectors @ vectors.T, 0.0)
    width = float(np.median(apart[np.triu_indices(len(vectors), 1)])) or 1.0
    return np.exp(-apart / width)


def _unbiased(kernel: Floats, n: int) -> float:
    own, other, between = kernel[:n, :n], kernel[n:, n:], kernel[:n, n:]
    return float(_off_diagonal(own) + _off_diagonal(other) - 2 * between.mean())


def _off_diagonal(kernel: Floats) -> float:
    size = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (size * (size - 1)))
