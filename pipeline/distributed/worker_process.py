"""A process that does one job after another, as its standard input says: libraries are loaded once. It ends with who started it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import IO, cast

from pipeline.distributed.machines import Call
from pipeline.environment import for_work
from pipeline.run_folder.keys import ROOT


class WorkerProcess:
    """`python -m pipeline.worker` on so many threads; what it prints goes to `log`, else where this process's own errors go."""

    def __init__(self, threads: int, log: IO[bytes] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
            cwd=ROOT, env={**for_work(), "OMP_NUM_THREADS": str(threads)},
        )  # fmt: skip
        self._calls, self._ends = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def take(self, call: Call) -> None:
        """Begin with this job, or once the one at hand is done. Where the process has died nothing happens: `alive` tells."""
        with contextlib.suppress(BrokenPipeError):
            self._calls.write(json.dumps(asdict(call)).encode() + b"\n")
            self._calls.flush()

    def wait_for_job(self) -> bool:
        """Whether the job at hand came to its end, however it ended; not where the process died."""
        return bool(self._ends.readline())

    def leave(self) -> None:
        """It ends at once by itself, as if this process had died: what it did stays in its folder."""
        with contextlib.suppress(BrokenPipeError):
            self._calls.close()

    def end(self, grace_s: float = 0.0) -> None:
        """Ended after so many seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_s)
        self._process.kill()
        self._process.wait()
        for pipe in (self._calls, self._ends):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def private_stdout() -> int:
    """From now on whatever this process prints goes where its errors go; a descriptor of what was its standard output."""
    own = os.dup(1)
    os.dup2(2, 1)
    return own
