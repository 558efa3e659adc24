"""Runs many jobs concurrently, at most so many at a time, until all are done, a stop is asked for, or the first error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

from eval.judge.providers.faults import Stopped

T = TypeVar("T")
POLL_S = 0.2
"""How often `should_stop` is asked."""


async def each(jobs: Iterable[T], work: Callable[[T], Awaitable[None]], at_once: int, should_stop: Callable[[], bool]) -> None:
    """`work` on every job, in their order. The first error ends the rest and is raised; Stopped where the caller wants to stop.

    As many tasks as work at once, not as many as there are jobs: memory does not grow with their number.
    """
    queue = iter(jobs)
    tasks = {asyncio.ensure_future(_drain(queue, work)) for _ in range(at_once)}
    try:
        while tasks:
            done, tasks = await asyncio.wait(tasks, timeout=POLL_S, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
            if tasks and should_stop():
                raise Stopped
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _drain(queue: Iterator[T], work: Callable[[T], Awaitable[None]]) -> None:
    for job in queue:
        await work(job)
