"""A bundle in memory: one thread takes what waits, looks for its passages together, and answers it together. Knows no HTTP."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from pipeline.arms import Arm, chosen
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.records import Example, read_examples
from pipeline.results.ask import Quiet, Said
from pipeline.run_folder.store import RunFolder
from pipeline.serving import bundle
from pipeline.serving.answers import answers_of
from pipeline.serving.bundle import BundleContext
from pipeline.serving.candidate import Candidate
from pipeline.serving.question import Busy, Hear, Question

PATIENCE_S = 0.05
"""How long the thread sleeps where what it has begun is answered elsewhere and leaves no room."""


@dataclass(frozen=True)
class Limits:
    """Of one server."""

    seconds: float = 120.0
    """From a question's arrival to the end of its answer."""
    waiting: int = 64
    """Questions that may wait, those at work included."""


class Engine:
    """Opens the bundle and answers."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        """A UserError where the folder is no bundle, or where its files are not what was written."""
        told = RunFolder(folder).read_json(bundle.FILE) if folder.is_dir() else None
        if told is None:
            raise UserError("this is no bundle.", where=str(folder), remedy="`bakeoff bundle RUN -o FOLDER` writes one.")
        if bad := bundle.damaged(folder):
            raise UserError(f"these files are not what was written: {', '.join(bad[:5])}.", where=str(folder), remedy="Write it anew.")
        self.told: dict[str, Any] = told
        self.limits = limits or Limits()
        self._run = RunFolder(folder.resolve())
        experiment = load(folder / "experiment.yaml")
        self.arm: Arm = next(arm for arm in chosen(experiment) if arm.name == told["arm"])
        self._candidate = Candidate(BundleContext(self._run, experiment, Quiet(self._run)), self.arm, int(told["seed"]))
        self._answers = answers_of(self._candidate)
        self._queue: deque[Question] = deque()
        self._open, self._turn, self._closed = 0, Condition(), False
        self._thread = Thread(target=self._work, name="model", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """As clients name the model."""
        return f"{self.told['run']}/{self.told['arm']}"

    @property
    def waiting(self) -> int:
        """Questions without an answer yet."""
        return self._open

    def ask(self, row: Example, hear: Hear | None = None) -> Future[Said]:
        """The answer; `Busy` where too many wait. `hear` is told the text so far, and may end it."""
        return self._put(row, hear, self.limits.seconds, self.limits.waiting)

    def _put(self, row: Example, hear: Hear | None, seconds: float, most: float) -> Future[Said]:
        question = Question(row, time.monotonic() + seconds, hear)
        with self._turn:
            if self._open >= most or self._closed:
                raise Busy
            self._open += 1
            self._queue.append(question)
            self._turn.notify()
        question.future.add_done_callback(self._over)
        return question.future

    def _over(self, future: Future[Said]) -> None:
        with self._turn:
            self._open -= 1

    def _work(self) -> None:
        """Until it is closed and nothing waits any more."""
        while (fresh := self._taken()) is not None:
            try:
                puts = self._candidate.put(fresh) if fresh else []
            except Exception as error:  # of these questions alone
                puts = []
                for question in fresh:
                    question.fail(error)
            try:
                if puts:
                    self._answers.begin(puts)
                self._answers.step()
            except Exception as error:  # whoever waits must hear of it, and the next question finds this thread alive
                for put in puts:
                    put.question.fail(error)
                self._answers.abandon(error)

    def _taken(self) -> list[Question] | None:
        """What waits, as far as there is room for it; waits for it only where there is nothing else to do. None at the end."""
        with self._turn:
            while not self._answers.busy and not (self._queue and self._answers.room):
                if self._closed and not self._queue:
                    return None
                self._turn.wait(PATIENCE_S if self._queue else None)
            self._queue = deque(question for question in self._queue if not question.over)
            return [self._queue.popleft() for _ in range(min(self._answers.room, len(self._queue)))]

    def check(self) -> list[str]:
        """Asks the test questions that came with it as they are; the ids of those that are answered otherwise than measured."""
        if self.told["questions"]["kept"] != "plain":
            return []
        measured = {one["id"]: one["answer"] for one in (self._run.read_json(bundle.QUESTIONS) or {"rows": []})["rows"]}
        rows = read_examples(self._run.path / "data/test.jsonl")
        asked = {row.id: self._put(row, None, float("inf"), float("inf")) for row in rows}
        found = {name: future.result() for name, future in asked.items()}
        if failed := next((said.failure for said in found.values() if said.failure), ""):
            raise UserError(f"the candidate cannot answer: {failed}", where=str(self._run.path))
        return [name for name, text in measured.items() if found[name].text != text]

    def close(self) -> None:
        """Answers what waits, then lets go."""
        with self._turn:
            self._closed = True
            self._turn.notify()
        self._thread.join()
        self._answers.close()
