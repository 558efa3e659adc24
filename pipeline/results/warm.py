"""Processes that stay warm between questions, at most one a run and few in all. Loads no model; what fails there fails there."""

from __future__ import annotations

import atexit
import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
import uuid
from collections import OrderedDict
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from pipeline.arms import Arm
from pipeline.environment import for_asking, for_work
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.results.ask import arms_of, check
from pipeline.run_folder import keys
from pipeline.run_folder.store import RunFolder

MOST = 2
"""Processes at once; each holds models in memory."""
WAITING = 8
"""Questions that one process is asked at once, at most."""
SILENCE_S = 900.0
"""A process that says nothing for so long is ended."""
GRACE_S = 5.0
"""For the last words of a process that has ended."""
Json = dict[str, Any]


class _Process:
    """One run's process, and who waits for which answer."""

    def __init__(self, run: RunFolder, stamp: Any) -> None:
        self.stamp = stamp
        self.asked: OrderedDict[str, queue.Queue[Json]] = OrderedDict()
        self._errors = tempfile.TemporaryFile("w+b")  # noqa: SIM115  not a pipe, which would stop the process once it is full
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.results.warm_worker", str(run.path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=keys.ROOT, env=_environment(run), text=True,
            encoding="utf-8",
        )  # fmt: skip
        self.ended = "The process that answers has ended."
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def put(self, request: Json) -> None:
        """Write a request; one to a process that has just ended is answered by `_listen`."""
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(request) + "\n")  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]

    def end(self) -> None:
        self._process.kill()
        self._listener.join(10)

    def _listen(self) -> None:
        """Hand each answer to who asked; when the process ends, everybody is told."""
        for line in self._process.stdout:  # type: ignore[union-attr]
            told = json.loads(line)
            if waiting := self.asked.get(told["id"]):
                waiting.put(told)
        self._process.wait()
        self._errors.seek(0)
        last = self._errors.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        self.ended = " ".join([self.ended, *last])
        for pipe in (self._errors, self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        for waiting in list(self.asked.values()):
            waiting.put({"event": "failed", "reason": self.ended})


class Pool:
    """The processes of this server. Safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._there: OrderedDict[Path, _Process] = OrderedDict()
        atexit.register(self.close)

    def ask(self, run: RunFolder, question: str, only: Sequence[str] = (), row: str = "") -> Generator[Json]:
        """`{"event": "waiting", "before": n}` and whether the process is `warm`, then what `warm_worker` says, to its last word.

        Who stops listening takes the question back. A UserError where the run cannot be asked.
        """
        check(run)
        name, found = uuid.uuid4().hex, queue.Queue[Json]()
        with self._lock:
            process, warm = self._process_of(run)
            before = len(process.asked)
            process.asked[name] = found
        over = False
        try:
            yield {"event": "waiting", "before": before, "warm": warm}
            process.put({"id": name, "question": question, "row": row, "only": list(only)})
            while not over:
                told = self._next(process, found)
                over = told["event"] in ("end", "failed")
                yield told
        finally:
            process.asked.pop(name, None)
            if not over:
                process.put({"drop": name})

    def warm(self, run: RunFolder) -> int | None:
        """The process id of this run's process; None where there is none."""
        there = self._there.get(run.path)
        return there.pid if there is not None and there.alive else None

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            while self._there:
                self._there.popitem()[1].end()

    def _next(self, process: _Process, found: queue.Queue[Json]) -> Json:
        try:
            return found.get(timeout=SILENCE_S if process.alive else GRACE_S)
        except queue.Empty:
            reason = "The process that answers says nothing any more, and was ended." if process.alive else process.ended
            process.end()
            return {"event": "failed", "reason": reason}

    def _process_of(self, run: RunFolder) -> tuple[_Process, bool]:
        """The run's process, and whether it was there; the one that rests longest makes room."""
        stamp = _stamp(run)
        for path, one in list(self._there.items()):
            if not one.alive or (path == run.path and one.stamp != stamp and not one.asked):
                one.end()
                del self._there[path]
        if there := self._there.get(run.path):
            if len(there.asked) >= WAITING:
                raise UserError("too many questions are waiting for this run.", remedy="Ask again in a moment.")
            self._there.move_to_end(run.path)
            return there, True
        if len(self._there) >= self._most:
            resting = next((path for path, one in self._there.items() if not one.asked), None)
            if resting is None:
                raise UserError("other runs are being asked, and memory has room for no more.", remedy="Ask again in a moment.")
            self._there.pop(resting).end()
        made = self._there[run.path] = _Process(run, stamp)
        return made, False


def _stamp(run: RunFolder) -> Any:
    """Another one once the run's files were made anew."""
    path = run.path / "stages.json"
    return path.stat().st_mtime_ns if path.exists() else 0


def _environment(run: RunFolder) -> dict[str, str]:
    """Without any key, unless an endpoint or the retrieval reads one; a provider's own client looks for variables that only it knows."""
    experiment = load(run.path / "experiment.yaml")
    named = {arm.endpoint for arm in candidates(run)}
    endpoints = [endpoint for endpoint in experiment.endpoints if endpoint.name in named]
    if any(endpoint.provider != "openai_compatible" and not endpoint.api_key_env for endpoint in endpoints):
        return for_work()
    systems = [name for one in experiment.systems if one.answers is None for name in (one.api_key_env, *one.environment) if name]
    return for_asking([*systems, *experiment.retrieval.key_variables, *(e.api_key_env for e in endpoints if e.api_key_env)])


def candidates(run: RunFolder) -> list[Arm]:
    """Who can be asked, in the order in which they answer."""
    return arms_of(load(run.path / "experiment.yaml"))


POOL = Pool()
"""The server's, shared by its visitors."""
