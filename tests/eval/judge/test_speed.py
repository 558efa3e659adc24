"""A thousand judgements: near the time the endpoint itself needs, in memory that does not grow, and each of them on record."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import openai
import psutil
import pytest

from eval.judge.panel import judge
from tests.eval.judge.judging import ROW, Server

COUNT, DELAY_S, AT_ONCE = 1000, 0.1, 16


async def _bare(url: str) -> float:
    """Seconds that the client library alone takes for as many requests, on this machine as it is loaded now."""
    left = iter(range(COUNT // 2))
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def connection() -> None:
            for _ in left:
                with suppress(openai.RateLimitError):
                    await client.chat.completions.create(model="limited", messages=[{"role": "user", "content": ROW.question}])

        began = time.monotonic()
        await asyncio.gather(*[connection() for _ in range(AT_ONCE)])
        return (time.monotonic() - began) * 2


@pytest.mark.alone
def test_a_thousand_judgements_take_the_time_they_must_and_memory_stays_flat(tmp_path: Path) -> None:
    server, memory, process = Server(DELAY_S), {}, psutil.Process()
    rows = [replace(ROW, row=str(i), question=f"Question {i}?", contexts=("The leave is 30 days. " * 60,)) for i in range(COUNT)]
    try:
        settings = server.settings(concurrency=AT_ONCE)
        judge([ROW], settings, tmp_path / "warm.sqlite")  # ragas' import takes seconds once
        before = asyncio.run(_bare(f"{server.url}/v1"))
        began = time.monotonic()
        found = judge(rows, settings, tmp_path / "v.sqlite", on_done=lambda done, _: memory.update({done: process.memory_info().rss}))
        taken = time.monotonic() - began
        after = asyncio.run(_bare(f"{server.url}/v1"))
    finally:
        server.close()
    assert [value.value for value in found.values] == [1.0] * COUNT
    assert taken < 1.5 * max(COUNT * DELAY_S / AT_ONCE, before, after)
    assert memory[COUNT] - memory[COUNT // 4] < 16 * 2**20
    assert found.total.requests == COUNT
