"""An executor whose workers are threads of this process: the real worker, without the seconds that a new process takes to begin."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from pipeline.distributed import attempt as attempts
from pipeline.distributed.attempt import Attempt
from pipeline.distributed.machines import Call
from pipeline.run_folder.store import RunFolder
from pipeline.worker import work_at


class Threads:
    """No worker can be ended: one that is given up goes on, as on a machine that cannot be reached."""

    def __init__(self, room: int = 2, work: Callable[[Attempt], object] = work_at) -> None:
        self.room, self._work = room, work
        self.started: list[threading.Thread] = []

    def submit(self, call: Call) -> threading.Thread:
        there = attempts.found(RunFolder(Path(call.place)), call.job, call.attempt)
        worker = threading.Thread(target=self._work, args=(there,), daemon=True, name=call.job)
        worker.start()
        self.started.append(worker)
        return worker

    def done(self, worker: threading.Thread) -> None:
        pass

    def alive(self, worker: threading.Thread) -> bool:
        return worker.is_alive()

    def cancel(self, worker: threading.Thread) -> None:
        pass

    def close(self) -> None:
        pass
