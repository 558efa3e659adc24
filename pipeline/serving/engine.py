"""A bundle in memory: one thread takes what waits, looks for its passages together, and answers it together. Knows no HTTP."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any

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
from pipeline.serving.documents import Documents, Held, check, place
from pipeline.serving.question import Busy, Hear, Question
from pipeline.serving.upstream import Upstream

if TYPE_CHECKING:
    from retrieval.chunk import Source
    from retrieval.index import Change

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

    def __init__(self, folder: Path, limits: Limits | None = None, upstream: Upstream | None = None) -> None:
        """`upstream`: who writes the answers. A UserError where the folder is no bundle, or its files are not what was written."""
        self._candidate, self.told = opened(folder)
        self.arm = self._candidate.arm
        self.limits = limits or Limits()
        self._run = self._candidate.context.run
        self._answers = answers_of(self._candidate, upstream)
        self._queue: deque[Question] = deque()
        self._jobs: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._documents = Documents(self._run.path, self._candidate.context)
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
            self._one_job()
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
            while not self._answers.busy and not self._jobs and not (self._queue and self._answers.room):
                if self._closed and not self._queue:
                    return None
                self._turn.wait(PATIENCE_S if self._queue else None)
            self._queue = deque(question for question in self._queue if not question.over)
            return [self._queue.popleft() for _ in range(min(self._answers.room, len(self._queue)))]

    def _one_job(self) -> None:
        """Between two tokens of those who wait."""
        if not self._jobs:
            return
        work, future = self._jobs.popleft()
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    def _do(self, work: Callable[[], Any]) -> Any:
        """Done by the thread that has the models, which are not to be used by two."""
        future: Future[Any] = Future()
        with self._turn:
            if self._closed:
                raise Busy
            self._jobs.append((work, future))
            self._turn.notify()
        return future.result()

    def documents(self) -> list[Held]:
        """All that can be found; a UserError where this candidate's documents cannot be told."""
        check(self._candidate.context, self.arm.passages == "retrieved")
        return self._documents.held()

    def change(self, sources: Sequence[Source], removed: Collection[str] = ()) -> Change:
        """Add these documents, or put them in the place of those of the same ids, and take out `removed`; questions go on being answered.

        For a thread of the caller's, one at a time. A UserError where this candidate's documents cannot be changed.
        """
        check(self._candidate.context, self.arm.passages == "retrieved")
        folder, change = self._documents.change(sources, removed, self._do)
        self._candidate.lookup = self._do(lambda: self._candidate.lookup_in(folder))
        return change

    def take_up_documents(self) -> bool:
        """From now on search what was added and left by an earlier server, where it was; whether there is such."""
        folder = place(self._run.path)
        if folder == self._run.path / "index":
            return False
        self._candidate.lookup = self._do(lambda: self._candidate.lookup_in(folder))
        return True

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


def opened(folder: Path) -> tuple[Candidate, dict[str, Any]]:
    """The candidate of this bundle, without its weights, and what the bundle tells of itself; see `Engine`."""
    told = RunFolder(folder).read_json(bundle.FILE) if folder.is_dir() else None
    if told is None:
        raise UserError("this is no bundle.", where=str(folder), remedy="`bakeoff bundle RUN -o FOLDER` writes one.")
    if bad := bundle.damaged(folder):
        raise UserError(f"these files are not what was written: {', '.join(bad[:5])}.", where=str(folder), remedy="Write it anew.")
    run, experiment = RunFolder(folder.resolve()), load(folder / "experiment.yaml")
    arm: Arm = next(arm for arm in chosen(experiment) if arm.name == told["arm"])
    return Candidate(BundleContext(run, experiment, Quiet(run)), arm, int(told["seed"])), told
