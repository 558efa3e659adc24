"""Communication between the processes of one training (torch.distributed). A single process sends nothing and waits for nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch
from torch import Tensor, distributed


def world() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if _several() else 1


def rank() -> int:
    """The number of this one."""
    return distributed.get_rank() if _several() else 0


def is_main() -> bool:
    """Whether this is the one that writes files and tells of steps."""
    return rank() == 0


def own_device(asked: str | None) -> str | None:
    """The CUDA device that a launcher meant for this process; what was `asked` for without CUDA or launcher, or where that is the CPU."""
    number = os.environ.get("LOCAL_RANK")
    return f"cuda:{number}" if number is not None and asked != "cpu" and torch.cuda.is_available() else asked


def add_up(tensors: Sequence[Tensor]) -> None:
    """Every tensor becomes its sum over the processes, in place: one message for all of them."""
    if world() > 1:
        flat = torch.cat([tensor.detach().float().reshape(-1) for tensor in tensors])
        distributed.all_reduce(flat)
        for tensor, total in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.detach().copy_(total.view_as(tensor))


def largest(value: int, device: torch.device) -> int:
    """The largest value that any process has."""
    if world() == 1:
        return value
    told = torch.tensor(value, device=device)
    distributed.all_reduce(told, op=distributed.ReduceOp.MAX)
    return int(told)


def wait() -> None:
    """Until all processes are here."""
    if world() > 1:
        distributed.barrier()


def _several() -> bool:
    return distributed.is_available() and distributed.is_initialized()
