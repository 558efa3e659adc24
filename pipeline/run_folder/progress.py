"""Writes a run's progress to its folder and to listeners: status, heartbeat, time left. Decides nothing."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.errors import UserError
from pipeline.run_folder.lock import Lock, born
from pipeline.run_folder.store import RunFolder, now

HEARTBEAT_S = 2.0
STOP = ".stop"
MOVED = "What was done stands in the folder under its new name: `bakeoff resume` it there."
Listener = Callable[[dict[str, Any]], None]


class Progress:
    """The one writer of `status.json` while a worker lives; its heartbeat beats in a thread of its own."""

    def __init__(self, run: RunFolder, plan: Sequence[str] = (), listener: Listener | None = None, *, queued: bool = False) -> None:
        self._run, self._listener = run, listener
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._stage_began = time.monotonic()
        self._last_write = 0.0
        self._held: Lock | None = None
        self._first_done: int | None = None
        self.status: dict[str, Any] = {
            "state": "queued" if queued else "running", "stage": "", "done": 0, "total": 0, "eta_s": None, "pid": os.getpid(),
            "pid_born": born(os.getpid()), "started": now(), "heartbeat": now(), "error": None, "plan": list(plan), "finished": [],
            "jobs": [], "host": socket.gethostname(),
        }  # fmt: skip

    def begin(self, lock: Lock | None = None) -> None:
        """`lock`: the run's, held by this process; once it is out of place, the next word is a UserError.

        From now on a file `STOP` in the run's folder, whatever machine it was put there from, interrupts this process.
        """
        self._held = lock
        (self._run.path / STOP).unlink(missing_ok=True)
        self._write()
        threading.Thread(target=self._beat, daemon=True, name="heartbeat").start()

    def its_turn(self) -> None:
        self._update(state="running")

    def plan(self, names: Sequence[str]) -> None:
        self._update(plan=list(names))

    def stage(self, name: str, total: int = 0) -> None:
        self._stage_began, self._first_done = time.monotonic(), None
        self._update(stage=name, done=0, total=total, eta_s=None)
        self._tell("stage_started", stage=name, total=total)

    def stage_done(self, name: str, seconds: float, reused_from: str | None = None) -> None:
        self.status["finished"].append(name)
        self._write()
        self._tell("stage_done", stage=name, seconds=round(seconds, 3), reused_from=reused_from)

    def step(self, done: int, total: int, **values: Any) -> None:
        """`done` of `total` in the stage at hand; time left from the pace since the first call of this stage."""
        if self._first_done is None:
            self._first_done = done
        elapsed, fresh = time.monotonic() - self._stage_began, done - self._first_done
        eta = elapsed / fresh * (total - done) if fresh > 0 else None
        self.status.update(done=done, total=total, eta_s=None if eta is None else round(eta, 1))
        if values:
            self._tell("train_step" if "loss" in values else "progress", done=done, total=total, **values)
        elif self._listener is not None:
            self._listener({"event": "progress", "done": done, "total": total, "eta_s": eta})
        if time.monotonic() - self._last_write > 0.5 or done >= total:
            self._write()

    def jobs(self, jobs: Sequence[dict[str, Any]], at: dict[str, Any]) -> None:
        """What other processes do, as docs/files.md describes it. `at`: the stage that stands for all of them, empty to leave it."""
        if list(jobs) != self.status["jobs"]:
            self._update(jobs=list(jobs), **at)

    def relay(self, event: dict[str, Any], *, kept: bool) -> None:
        """What another process tells of its stage, to the listener, and where `kept` to the run's events."""
        if kept:
            self._run.log(**{name: value for name, value in event.items() if name != "time"})
        if self._listener is not None:
            self._listener(event)

    def note(self, message: str, **values: Any) -> None:
        self._tell("note", message=message, **values)

    def stop(self) -> None:
        """No more signs of life."""
        self._over.set()

    def end(self, state: str, error: str | None = None) -> None:
        self.stop()
        self._update(state=state, error=error, eta_s=None)
        self._tell("state", state=state, error=error)

    def _update(self, **values: Any) -> None:
        self.status.update(values)
        self._write()

    def _write(self) -> None:
        self._in_place()
        with self._lock:
            self.status["heartbeat"] = now()
            self._last_write = time.monotonic()
            self._run.write_json("status.json", self.status)

    def _in_place(self) -> None:
        if self._held is not None and not self._held.in_place():
            raise UserError("the run's folder was renamed or removed while it was worked on.", where=str(self._run.path), remedy=MOVED)

    def _tell(self, event: str, **values: Any) -> None:
        self._in_place()
        stage = values.pop("stage", self.status["stage"])
        self._run.log(event, stage=stage, **values)
        if self._listener is not None:
            self._listener({"event": event, "stage": stage, **values})

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT_S):
            if (self._run.path / STOP).exists():
                os.kill(os.getpid(), signal.SIGINT)
                return
            try:
                self._write()
            except (OSError, UserError):
                continue  # a full disk must not end the heartbeat: the worker itself will meet it and say so
