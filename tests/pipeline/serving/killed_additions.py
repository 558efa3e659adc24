"""Documents added to a bundle by processes killed at random moments; tells how often the index then holds what it held before, or after.

python -m tests.pipeline.serving.killed_additions BUNDLE [COUNT]
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.records import Example
from pipeline.serving.engine import Engine
from pipeline.serving.question import Question
from retrieval.chunk import Source

TEXT = "The harbour master of {0} is called Quillon {0}. "


def source(number: int) -> Source:
    return Source("added", TEXT.format(number) * 40, "Harbour")


def forked(engine: Engine, number: int, after: float | None) -> float:
    """Adds in a process of its own, killed after so many seconds; returns how long it took."""
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            engine._documents.change([source(number)], [])
        finally:
            os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return time.monotonic() - began


def held(engine: Engine) -> int:
    """The number of the addition that the index holds; also asks it."""
    engine.take_up_documents()
    lookup = engine._candidate.lookup
    texts = {
        lookup.prompter.text(hit.passage).text for hit in engine._candidate.put([Question(Example("q", "harbour master", ()), 9e9)])[0].hits
    }
    assert texts
    passages = [json.loads(line) for line in (place_of(engine) / "passages.jsonl").read_text().splitlines()]
    numbers = {int(one["text"].split("Quillon ")[1].split(".")[0]) for one in passages if one["document"] == "added"}
    assert len(numbers) == 1, numbers
    return numbers.pop()


def place_of(engine: Engine) -> Path:
    from pipeline.serving.documents import place

    return place(engine._run.path)


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40
    engine, draw, found = Engine(folder), random.Random(1), Counter[str]()
    engine._candidate.context.embedder.encode([TEXT.format(0)], "passage")
    forked(engine, 0, None)
    usual = sorted(forked(engine, number, None) for number in (-1, -2, -3))[1]
    before = held(engine)
    told: dict[str, Any] = {"seconds": round(usual, 2)}
    for number in range(1, count + 1):
        forked(engine, number, draw.uniform(0, 1.5 * usual))
        now = held(engine)
        found["after" if now == number else "before" if now == before else f"other: {now}"] += 1
        before = now
    sys.stdout.write(json.dumps({**told, **found}))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
