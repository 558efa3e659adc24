"""A team's own object in a process of its own: asked one thing at a time, within a time limit, with no key but those named for it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

import orjson

from pipeline.environment import OWN, without_keys

WORKER = Path(__file__).with_name("worker.py")
START_S = 120.0
"""Seconds for its imports."""
LARGEST = 16 * 2**20
"""Bytes of one reply."""


class Failed(Exception):
    """This one question has no reply; the message says why."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Broken(Exception):
    """No question will have a reply: it cannot be imported, or is nothing that can be asked."""


@dataclass(frozen=True)
class Said:
    """A reply as plain values, and the seconds it took there."""

    value: Any
    seconds: float


@dataclass(frozen=True)
class _Worker:
    process: subprocess.Popen[bytes]
    questions: IO[bytes]
    answers: IO[bytes]


class OwnProcess:
    """Started with the first question, and anew after one that it did not survive."""

    def __init__(
        self, target: str, folder: str, kind: Literal["call", "metric"], timeout_s: float,
        environment: tuple[str, ...] = (), input_key: str = "",
    ) -> None:  # fmt: skip
        """`environment`: names of variables it gets besides those that hold no key."""
        self._target, self._folder, self._timeout_s, self._named = target, folder, timeout_s, environment
        self._command = [sys.executable, "-P", str(WORKER), folder, target, kind, input_key]
        self._worker: _Worker | None = None
        self._rest = b""

    def ask(self, question: dict[str, Any]) -> Said:
        """Failed where this one has no reply in time, Broken where none ever will."""
        worker = self._started()
        try:
            worker.questions.write(orjson.dumps(question) + b"\n")
            worker.questions.flush()
        except OSError:
            raise Failed(self._ended(worker)) from None
        told = self._line(worker, self._timeout_s, f"no reply within {self._timeout_s:g} s")
        if "failed" in told:
            raise Failed(str(told["failed"]), told.get("seconds"))
        return Said(told.get("value"), float(told.get("seconds") or 0.0))

    def close(self) -> None:
        """End it, with all that it has started."""
        worker, self._worker, self._rest = self._worker, None, b""
        if worker is None:
            return
        with contextlib.suppress(OSError):
            os.killpg(worker.process.pid, signal.SIGKILL)
        for stream in (worker.questions, worker.answers):
            with contextlib.suppress(OSError):
                stream.close()
        worker.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _started(self) -> _Worker:
        if self._worker is not None:
            return self._worker
        given = {name: os.environ[name] for name in self._named if name in os.environ and name not in OWN}
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self._folder,
            env=without_keys(**given), start_new_session=True,
        )  # fmt: skip
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process was started without its pipes")
        worker = self._worker = _Worker(process, process.stdin, process.stdout)
        limit = max(START_S, self._timeout_s)
        try:
            told = self._line(worker, limit, f"its import takes more than {limit:g} s")
        except Failed as error:
            raise Broken(f"{self._target} cannot be started: {error}") from None
        if "broken" in told:
            self.close()
            raise Broken(f"{self._target} cannot be imported: {told['broken']}")
        return worker

    def _line(self, worker: _Worker, limit_s: float, late: str) -> dict[str, Any]:
        """The next line; Failed where it is late, too long or no reply, or the process ended, which is then gone."""
        stream, until = worker.answers.fileno(), time.monotonic() + limit_s
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                self.close()
                raise Failed(late, limit_s)
            part = os.read(stream, 2**16)
            if not part:
                raise Failed(self._ended(worker))
            self._rest += part
            if len(self._rest) > LARGEST:
                self.close()
                raise Failed(f"the reply is longer than {LARGEST // 2**20} MiB")
        line, _, self._rest = self._rest.partition(b"\n")
        try:
            return dict(json.loads(line))  # not orjson's, which knows no NaN: that is to be told, not unreadable
        except (ValueError, TypeError, RecursionError):
            self.close()
            raise Failed("the reply cannot be read") from None

    def _ended(self, worker: _Worker) -> str:
        status = worker.process.wait()
        self.close()
        return f"the process ended ({f'signal {-status}' if status < 0 else f'exit code {status}'})"
