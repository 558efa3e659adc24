"""What judging would cost, before anything is spent: a dry run in which the questions are written and counted, but not asked."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.judge.asker import OVERHEAD_TOKENS
from eval.judge.budget import Tokens, money
from eval.judge.fence import data_of, fenced
from eval.judge.jobs import Job, jobs
from eval.judge.metrics import without_asking
from eval.judge.offline import AnswerRow
from eval.judge.providers.faults import Fault
from eval.judge.ragas_metrics import TRACE, Ragas, Trace
from eval.judge.settings import PREFERENCE, JudgeSettings
from eval.judge.store import key_of
from eval.judge.verdict import Answer, schema_for

SAMPLE = 60
"""Rows that are looked at; the rest is reckoned from them."""
BYTES_PER_TOKEN = 4.0
"""Of English under today's tokenizers; the estimate says that it is one."""
STATEMENTS = 3
SENTENCE = "A statement of about ten words, as a judge writes them."


@dataclass(frozen=True)
class Estimate:
    """Of a run that finds nothing stored."""

    values: int
    """Answers x metrics that a judge has to be asked about."""
    requests: int
    prompt_tokens: int
    completion_tokens: int
    money: float | None
    """None without prices."""
    money_at_most: float | None
    """Were every answer as long as `max_tokens` allows."""


class _Counting:
    """Stands in for the asker: notes each question once, and answers with something of the usual size."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self.asked: dict[str, Tokens] = {}

    def sum(self, side: str) -> int:
        return sum(getattr(one, side) for one in self.asked.values())

    async def ask(self, prompt: str, model: type[Answer]) -> tuple[Answer, str]:
        messages, schema = fenced(prompt), schema_for(model, data_of(prompt))
        filled, key = _filled(schema, schema), key_of("", {}, messages, schema)
        if key not in self.asked:
            sent = sum(self._count(message["content"]) for message in messages) + self._count(json.dumps(schema))
            self.asked[key] = Tokens(sent, self._count(json.dumps(filled)))
        return model.model_validate(filled), key


def estimate(rows: Sequence[AnswerRow], settings: JudgeSettings, count_tokens: Callable[[str], int] | None = None) -> Estimate:
    """`count_tokens`: of the judge's tokenizer, where it is at hand; None: by bytes."""
    ids = sorted({row.row for row in rows}, key=lambda row: hashlib.sha256(row.encode()).hexdigest())
    sample = set(ids[:SAMPLE])
    sampled, probes = [job for job in jobs([row for row in rows if row.row in sample], settings) if not job.probe], []
    if PREFERENCE in settings.metrics:
        probes = [job for job in jobs(rows, settings) if job.probe]
    counting, probing = _Counting(count_tokens or _by_bytes), _Counting(count_tokens or _by_bytes)
    values = asyncio.run(_dry_run(sampled, settings, counting))
    asyncio.run(_dry_run(probes, settings, probing))
    factor = len(ids) / len(sample) if sample else 0.0
    total = Tokens(*(round(counting.sum(side) * factor) + probing.sum(side) for side in ("prompt", "completion")))
    requests = round(len(counting.asked) * factor) + len(probing.asked)
    most = Tokens(total.prompt + requests * OVERHEAD_TOKENS, requests * settings.most)
    return Estimate(
        round(values * factor), requests, total.prompt, total.completion,
        money(total, settings.price_per_million), money(most, settings.price_per_million),
    )  # fmt: skip


async def _dry_run(asked: Sequence[Job], settings: JudgeSettings, counting: _Counting) -> int:
    ragas = Ragas(counting, lambda texts: np.full((len(texts), 4), 0.5, dtype=np.float32), settings.rubric)
    values = 0
    for job in asked:
        if without_asking(job.metric, job.row) is not None:
            continue
        values += 1
        TRACE.set(Trace())
        with contextlib.suppress(Fault):
            # Made-up verdicts need not make a number; the questions are counted by then.
            await job.metric.ask(ragas, job.row)
    return values


def _filled(node: dict[str, Any], whole: dict[str, Any]) -> Any:
    """A value that fits a schema: three statements where any number may stand, else as many as must be."""
    if "$ref" in node:
        return _filled(whole["$defs"][node["$ref"].rsplit("/", maxsplit=1)[-1]], whole)
    if "enum" in node:
        return node["enum"][0]
    if node["type"] == "object":
        return {name: _filled(part, whole) for name, part in node["properties"].items()}
    if node["type"] == "array":
        size = node.get("minItems", min(STATEMENTS, node.get("maxItems", STATEMENTS)))
        return [_filled(node["items"], whole) for _ in range(size)]
    return SENTENCE if node["type"] == "string" else 0


def _by_bytes(text: str) -> int:
    return round(len(text.encode()) / BYTES_PER_TOKEN)
