"""Locks on files, freed by the system when their holder dies, and which process holds one. Knows nothing of runs."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

import orjson
import psutil

from pipeline.errors import UserError

PATIENCE_S = 0.3
"""How long `acquire` tries: a look at the lock (`held`) takes it for a moment."""


class Lock:
    """An advisory lock on a file. The file tells who holds it: `{"pid", "born"}`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """True when it is ours now, False when somebody else holds it. UserError where its folder is gone."""
        until = time.monotonic() + PATIENCE_S
        while (handle := self._taken()) is None:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        os.ftruncate(handle.fileno(), 0)
        os.write(handle.fileno(), orjson.dumps({"pid": os.getpid(), "born": born(os.getpid())}))
        self._file = handle
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def held(self) -> bool:
        """Whether anybody holds it now, this process included."""
        if not self.path.exists():
            return False
        handle = self._taken()
        if handle is not None:
            handle.close()
        return handle is None

    def in_place(self) -> bool:
        """Whether the lock that is ours still stands where it was taken: not once its folder was renamed or removed."""
        return self._file is not None and _same(self._file, self.path)

    def holder(self) -> psutil.Process | None:
        """The process that holds it; None where nobody does or it cannot be seen from here (another machine or container)."""
        if not self.held():
            return None
        try:
            told = orjson.loads(self.path.read_bytes())
            return living(told["pid"], told["born"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _taken(self) -> IO[bytes] | None:
        """The file, locked; None where it is somebody else's."""
        while True:
            try:
                handle = self.path.open("ab", buffering=0)
            except FileNotFoundError as error:
                raise UserError("this folder was renamed or removed.", where=str(self.path.parent)) from error
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.close()
                return None
            if _same(handle, self.path):
                return handle
            handle.close()  # of a folder that was removed after the file was opened


def _same(handle: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except OSError:
        return False


def born(pid: int) -> float | None:
    """When this process began, in a count that no change of the clock moves; None where there is no such process."""
    try:
        return float(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])  # ticks since boot, proc(5)
    except (OSError, IndexError, ValueError):
        pass
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def living(pid: int, began: float) -> psutil.Process | None:
    """This very process, where it still lives (a pid alone may be somebody else's by now)."""
    try:
        process = psutil.Process(pid)
        same = born(pid) == began
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, TypeError, ValueError):
        return None
