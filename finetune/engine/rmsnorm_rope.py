"""Root-mean-square normalisation (Zhang and Sennrich 2019, eq. 4) and rotary positions (Su et al. 2021, eq. 34), forward and backward.

Written for few passes over memory; they know nothing of layers and keep nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor


def inverse_rms(x: Tensor, eps: float) -> Tensor:
    """x (tokens, width) → 1 / √(mean of squares + eps), (tokens, 1)."""
    norm: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return norm.square_().div_(x.shape[-1]).add_(eps).rsqrt_()


def scaled(x: Tensor, inverse: Tensor, weight: Tensor) -> Tensor:
    """The normalised x, from its inverse root mean square and the gain (width,)."""
    return (x * inverse).mul_(weight)


def scaled_backward(gradient: Tensor, x: Tensor, inverse: Tensor, weight: Tensor) -> Tensor:
    """d loss / dx where `gradient` is that by the normalised x, and is overwritten."""
    gradient.mul_(weight)
    along = (gradient * x).sum(-1, keepdim=True).mul_(inverse.pow(3)).div_(-x.shape[-1])
    return gradient.mul_(inverse).addcmul_(x, along)


def rotate(x: Tensor, cos: Tensor, sin: Tensor, out: Tensor) -> Tensor:
    """x (…, heads, width) turned into `out`; cos, sin (…, 1, width / 2). With -sin it is turned back, which is its gradient."""
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    torch.mul(first, cos, out=out[..., :half]).addcmul_(second, sin, value=-1)
    torch.mul(second, cos, out=out[..., half:]).addcmul_(first, sin)
    return out
