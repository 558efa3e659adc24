"""The door to judging: every answer under every metric, to a value or a reason. Bounded in requests, money and memory; resumable.

Which metric applies is decided in `metrics`, how a question gets its answer in `asker`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.errors import SetupError
from eval.judge.asker import Asker
from eval.judge.budget import Spent
from eval.judge.jobs import PADDING, Job, drawn, jobs
from eval.judge.loop import each
from eval.judge.metrics import bounded, without_asking
from eval.judge.offline import AnswerRow, MetricValue
from eval.judge.pairs import TURNED, pair_of
from eval.judge.people.preference import Leaning, Pair, leaning
from eval.judge.providers.faults import Fault
from eval.judge.providers.provider import Generate, provider_for
from eval.judge.ragas_metrics import TRACE, Ragas, Trace
from eval.judge.settings import PREFERENCE, JudgeSettings
from eval.judge.store import Store

if TYPE_CHECKING:
    from eval.judge.ragas_metrics import Embed


@dataclass(frozen=True)
class Judged:
    """All values, in the order of rows and metrics, and what they cost."""

    values: list[MetricValue]
    session: Spent
    """Of this call; nothing where every verdict was stored."""
    total: Spent
    """Of all calls on the same store."""
    leaning: Leaning | None
    """What the judge prefers beside the better answer, where it compared two."""
    unfinished: int
    """Values that are missing because of endpoint, network or budget: the same call made again may find them."""


@dataclass(frozen=True)
class Tools:
    """What eval cannot load itself, handed in."""

    generate: Generate | None = None
    """The model of `provider: in_process`."""
    embed: Embed | None = None
    """Texts → (n, d) unit vectors, for the metrics that compare meanings."""


def judge(
    rows: Sequence[AnswerRow],
    settings: JudgeSettings,
    store: Path,
    on_done: Callable[[int, int], None] = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
    tools: Tools = Tools(),
) -> Judged:
    """Judge every row. SetupError where a key, package or model is missing or refused; Stopped after `should_stop()` is true.

    `on_done(done, total)` is told every value. Rows come in an order drawn from their ids and with all arms together, so that a
    budget that runs out leaves the same rows, drawn at random, measured for every arm.
    """
    asked = jobs(rows, settings)
    if any(job.metric.embeds for job in asked) and tools.embed is None:
        raise SetupError("judge.metrics: answer_relevancy and answer_correctness need an embedder.")
    with Store(store) as verdicts:
        return asyncio.run(_Panel(asked, settings, verdicts, tools).run(on_done, should_stop))


class _Panel:
    """One run of the loop."""

    def __init__(self, jobs: Sequence[Job], settings: JudgeSettings, store: Store, tools: Tools) -> None:
        self._jobs, self._settings, self._store, self._tools = jobs, settings, store, tools
        self._found: list[list[MetricValue]] = [[] for _ in jobs]
        self._unfinished = self._done = 0

    async def run(self, on_done: Callable[[int, int], None], should_stop: Callable[[], bool]) -> Judged:
        provider = provider_for(self._settings, self._tools.generate)
        asker = Asker(provider, self._settings, self._store)
        ragas = Ragas(asker, self._tools.embed, self._settings.rubric)

        async def work(job: Job) -> None:
            self._found[job.place] = await self._values(job, ragas)
            self._done += 1
            on_done(self._done, len(self._jobs))

        try:
            await each(sorted(self._jobs, key=drawn), work, self._settings.concurrency, should_stop)
        finally:
            await provider.close()
        values = [value for job, found in zip(self._jobs, self._found, strict=True) for value in found if not job.probe]
        return Judged(values, asker.budget.session, asker.budget.spent, self._leaning(), self._unfinished)

    def _leaning(self) -> Leaning | None:
        if PREFERENCE not in self._settings.metrics:
            return None
        pairs, probes = ([pair for job in self._jobs if job.name == name and (pair := self._pair(job))] for name in (PREFERENCE, PADDING))
        return leaning(pairs, probes)

    def _pair(self, job: Job) -> Pair | None:
        """What was said of it in this session; None where not both orders have a verdict."""
        found = self._found[job.place][0]
        if job.row.failure or (found.value is None and found.reason != TURNED):
            return None
        return pair_of(job.row, self._store.reasons(job.row.row, job.row.arm, job.row.seed, job.name))

    async def _values(self, job: Job, ragas: Ragas) -> list[MetricValue]:
        row, columns = job.row, job.metric.columns

        def told(values: Sequence[float | None], reason: str) -> list[MetricValue]:
            return [MetricValue(row.row, row.arm, row.seed, name, value, reason) for name, value in zip(columns, values, strict=True)]

        if (known := without_asking(job.metric, row)) is not None:
            return told([known[0]] * len(columns), known[1])
        trace = Trace()
        TRACE.set(trace)
        try:
            return told([bounded(value) for value in await job.metric.ask(ragas, row)], "")
        except Fault as fault:
            self._unfinished += not fault.lasting and not job.probe
            return told([None] * len(columns), fault.reason)
        finally:
            self._store.remember(row.row, row.arm, row.seed, job.name, trace.keys)
