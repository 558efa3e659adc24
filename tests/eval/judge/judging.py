"""A judge server to test against, started in a process of its own (judge_server.py), and a row to judge."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.judge.offline import AnswerRow, MetricValue
from eval.judge.panel import Judged, Tools
from eval.judge.settings import JudgeSettings

KEY = "sk-very-secret-0123456789"
ROW = AnswerRow(
    row="r0", arm="rag", seed=0, group="g", question="How long is the leave?", answer="The leave is 30 days. It is paid.",
    references=("The leave is 30 days.",),
    contexts=("At Corvid the leave is 30 days long.",), gold_contexts=(), abstained=False, retrieves=True,
)  # fmt: skip


class Server:
    """One judge server in a process of its own."""

    def __init__(self, delay: float = 0.0) -> None:
        script = Path(__file__).with_name("judge_server.py")
        self.process = subprocess.Popen([sys.executable, str(script), str(delay)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/stats") as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def settings(self, model: str = "honest", **changes: Any) -> JudgeSettings:
        given = {"base_url": f"{self.url}/v1", "concurrency": 4, "timeout_s": 5.0, "retries": 1, "metrics": ["context_recall"], **changes}
        return JudgeSettings(model=model, **given)


def letters(texts: Sequence[str]) -> NDArray[np.float32]:
    counts = np.array([[1 + text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32)
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


TOOLS = Tools(embed=letters)


def rows(count: int, **changes: Any) -> list[AnswerRow]:
    return [replace(ROW, row=f"r{i}", question=f"Question {i}?", **changes) for i in range(count)]


def by_metric(found: Judged) -> dict[str, MetricValue]:
    return {value.metric: value for value in found.values}
