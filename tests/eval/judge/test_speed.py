"""A thousand judgements: near the time the endpoint itself needs, in memory that does not grow, and each of them on record."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from eval.judge.panel import judge
from tests.eval.judge.judging import ROW, Server

COUNT, DELAY_S, AT_ONCE = 1000, 0.05, 16


async def _bare(port: int) -> float:
    """Seconds that a client which does nothing but send and read takes for as many requests on this machine as it is loaded now."""
    body = b'{"model": "limited", "messages": []}'
    request = b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    left = iter(range(COUNT // 2))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.rsplit(b"content-length: ", 1)[1]))
        writer.close()

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
        before = asyncio.run(_bare(int(server.url.rsplit(":", 1)[1])))
        began = time.monotonic()
        found = judge(rows, settings, tmp_path / "v.sqlite", on_done=lambda done, _: memory.update({done: process.memory_info().rss}))
        taken = time.monotonic() - began
        after = asyncio.run(_bare(int(server.url.rsplit(":", 1)[1])))
    finally:
        server.close()
    assert [value.value for value in found.values] == [1.0] * COUNT
    assert taken < 1.5 * max(COUNT * DELAY_S / AT_ONCE, before, after)
    assert memory[COUNT] - memory[COUNT // 4] < 16 * 2**20
    assert found.total.requests == COUNT
