"""Runs two pieces of work in parallel, each on half of the CPU threads: a small model's matrix products are too small for all of them.

Both run in this process, on the same weights; PyTorch holds Python's lock only between its operations. What they compute does not depend on
which is the faster one, as long as they draw no random numbers and write to nothing that the other reads.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")


def shared_out(items: Iterable[R], cost: Callable[[R], int], lanes: int) -> list[list[R]]:
    """Each item to the lane that has the least to do so far, the costly ones first; no lane is empty unless there are no items."""
    ordered = sorted(items, key=lambda item: -cost(item))
    dealt: list[list[R]] = [[] for _ in range(max(1, min(lanes, len(ordered))))]
    loads = [0] * len(dealt)
    for item in ordered:
        lane = loads.index(min(loads))
        dealt[lane].append(item)
        loads[lane] += cost(item)
    return dealt


class Lane(Generic[T]):
    """A thread, and what its work came to."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._done.append(self._work())
        except BaseException as error:  # raised again where the result is asked for
            self._error = error

    def result(self) -> T:
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._done[0]

    def interrupt(self) -> None:
        """End it at its next line of Python, and wait for that."""
        if self._thread.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(KeyboardInterrupt))
        self._thread.join()


def side_by_side(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each comes to; the first runs in the calling thread. Its error, or Ctrl-C, ends the others; theirs is raised when it is done.

    Gradients must be asked for or left out within `works`: PyTorch keeps that by thread.
    """
    first, *others = works
    if not others:
        return [first()]
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads // len(works)))
    lanes: list[Lane[T]] = []
    try:
        lanes = [Lane(work) for work in others]
        return [first(), *(lane.result() for lane in lanes)]
    except BaseException:
        for lane in lanes:
            lane.interrupt()
        raise
    finally:
        torch.set_num_threads(threads)
