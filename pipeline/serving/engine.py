"""A bundle in memory: one thread asks its candidate, one question after another, in the order in which they came. Knows no HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from pipeline.arms import Arm, chosen
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.records import Example, read_examples
from pipeline.results.ask import Asking, Quiet, Said
from pipeline.run_folder.store import RunFolder
from pipeline.serving import bundle
from pipeline.serving.bundle import BundleContext

Hear = Callable[[str], None]


class TooLate(Exception):
    """The answer took longer than it may."""


class Busy(Exception):
    """More questions wait than may."""


@dataclass(frozen=True)
class Limits:
    """Of one server."""

    seconds: float = 120.0
    """From a question's arrival to the end of its answer."""
    waiting: int = 64
    """Questions that may wait, the one at work included."""


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
        self._context = BundleContext(self._run, experiment, Quiet(self._run))
        self._asking = Asking(self._run, self._context)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._waiting, self._lock = 0, Lock()

    @property
    def name(self) -> str:
        """As clients name the model."""
        return f"{self.told['run']}/{self.told['arm']}"

    @property
    def waiting(self) -> int:
        return self._waiting

    def ask(self, row: Example, hear: Hear = lambda text: None) -> Future[Said]:
        """The answer, once it is this question's turn; `Busy` where too many wait. `hear` is told the text so far, and may end it."""
        with self._lock:
            if self._waiting >= self.limits.waiting:
                raise Busy
            self._waiting += 1
        until = time.monotonic() + self.limits.seconds

        def listen(arm: str, text: str) -> None:
            if time.monotonic() > until:
                raise TooLate
            hear(text)

        def work() -> Said:
            if time.monotonic() > until:
                raise TooLate
            return self._asking.reply(row, self.arm, listen)

        future = self._thread.submit(work)
        future.add_done_callback(self._over)
        return future

    def _over(self, future: Future[Said]) -> None:
        with self._lock:
            self._waiting -= 1

    def check(self) -> list[str]:
        """Asks the test questions that came with it as they are; the ids of those that are answered otherwise than measured."""
        if self.told["questions"]["kept"] != "plain":
            return []
        measured = {one["id"]: one["answer"] for one in (self._run.read_json(bundle.QUESTIONS) or {"rows": []})["rows"]}
        rows = read_examples(self._run.path / "data/test.jsonl")
        found = {row.id: self._thread.submit(self._asking.reply, row, self.arm).result() for row in rows}
        if failed := next((said.failure for said in found.values() if said.failure), ""):
            raise UserError(f"the candidate cannot answer: {failed}", where=str(self._run.path))
        return [name for name, text in measured.items() if found[name].text != text]

    def close(self) -> None:
        """Answers what waits, then lets go."""
        self._thread.shutdown(wait=True)
