"""Start, watch, cancel and resume a worker process that outlives whoever started it. Never loads a model itself."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psutil

from pipeline.environment import for_work
from pipeline.errors import UserError
from pipeline.run_folder.lock import Lock, born, living
from pipeline.run_folder.progress import STOP
from pipeline.run_folder.store import RunFolder, find, now

State = Literal["new", "queued", "running", "stalled", "done", "failed", "cancelled"]
STALLED_AFTER_S = 30.0
GRACE_S = 8.0
ELSEWHERE_S = 20.0
"""In which a worker on another machine is to end: it looks every two seconds, and folders that machines share take a while."""
SILENT = "The worker process ended without a message (killed, or out of memory). Resume continues the run."
UNREADABLE = "status.json is damaged, and no worker is at this run. Resume continues it."


@dataclass(frozen=True)
class JobState:
    """How a run stands, with what the clock and the process table say of it."""

    state: State
    stage: str = ""
    done: int = 0
    total: int = 0
    eta_s: float | None = None
    pid: int | None = None
    started: str | None = None
    heartbeat: str | None = None
    error: str | None = None
    plan: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    """What other processes do for it, each with its host; empty where the run's own process does everything."""

    @property
    def active(self) -> bool:
        return self.state in ("queued", "running", "stalled")


def runs_folder() -> Path:
    """Where runs are kept: `$BAKEOFF_RUNS`, else `runs` below the current folder."""
    return Path(os.environ.get("BAKEOFF_RUNS", "runs")).resolve()


def start(experiment_path: Path, runs: Path, upload: bool = False) -> str:
    """Begin this experiment in a detached worker; returns the run's id. Started twice, it is still one run.

    `upload`: people allow training rows to be uploaded where the experiment fine-tunes at a service; without that such a one is refused.
    """
    from pipeline.experiment.load import load
    from pipeline.run import discard, prepare
    from pipeline.stages import hosted

    experiment = load(experiment_path)
    run = prepare(experiment, runs)
    if upload:
        hosted.allow(run, experiment)
    try:
        hosted.refuse(run, experiment)
    except UserError:
        discard(run)
        raise
    return resume(runs, run.id)


def resume(runs: Path, name: str) -> str:
    """Let a worker go on with this run, unless one is at it already; returns the run's id."""
    run = find(runs, name)
    starting = Lock(run.path / ".start.lock")
    if not starting.acquire():
        return run.id
    try:
        if not run.lock().held() and not _state_of(run).active:
            _spawn(run)
    finally:
        starting.release()
    return run.id


def _spawn(run: RunFolder) -> None:
    with (run.path / "worker.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "work", str(run.path)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=Path(__file__).parent.parent, env=for_work(),
        )  # fmt: skip
    queued = {"state": "queued", "stage": "", "done": 0, "total": 0, "eta_s": None, "pid": worker.pid, "pid_born": born(worker.pid),
              "started": now(), "heartbeat": now(), "error": None, "plan": [], "finished": []}  # fmt: skip
    if not run.lock().held():  # once it is, the worker writes of itself
        run.write_json("status.json", queued)
    run.log("state", state="queued", stage="")


def state(runs: Path, name: str) -> JobState:
    return _state_of(find(runs, name))


def cancel(runs: Path, name: str) -> JobState:
    """Ask the worker to stop, and end it when it does not; what is done is kept. UserError where it cannot be reached from here."""
    run = find(runs, name)
    status = run.status()
    process = run.lock().holder() or _process(status)
    if process is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)
            if not _ended(process):
                process.kill()
                _ended(process)
    if (run.lock().held() or (process is None and _lives_elsewhere(status))) and not _stopped_elsewhere(run):
        raise UserError(f"the worker of {run.id}, on {status.get('host')}, does not answer.", remedy="Stop it where it was started.")
    if run.status()["state"] in ("queued", "running", "damaged"):
        run.write_json("status.json", {**run.status(), "state": "cancelled", "eta_s": None, "heartbeat": now()})
        run.log("state", state="cancelled", stage=status.get("stage", ""))
    return _state_of(run)


def work(folder: Path) -> dict[str, Any]:
    """A detached worker's life: wait for the machine's turn, then do the run. One worker a machine at a time."""
    from pipeline.distributed.machines import asked_for
    from pipeline.run import execute

    run = RunFolder(folder)
    turn = Lock(run.path.parent / ".machine.lock")
    try:
        return execute(run, turn=turn, machines=asked_for())
    finally:
        turn.release()


def _state_of(run: RunFolder) -> JobState:
    """A run is alive while somebody holds its lock, or while the process that was started for it has not taken the lock yet."""
    status = run.status()
    recorded, error = status["state"], status.get("error")
    if recorded in ("queued", "running", "damaged"):
        lives = run.lock().held() or _process(status) is not None or _lives_elsewhere(status)
        silent = _age_s(status.get("heartbeat"))
        if recorded == "damaged":
            recorded, error = ("running", None) if lives else ("failed", UNREADABLE)
        elif not lives:
            recorded, error = "failed", error or SILENT
        elif silent > STALLED_AFTER_S:
            recorded, error = "stalled", f"No sign of life from the worker for {silent:.0f} s."
    return JobState(
        recorded, status["stage"], status["done"], status["total"], status.get("eta_s"), status.get("pid"),
        status.get("started"), status.get("heartbeat"), error, status.get("plan", []), status.get("finished", []),
        status.get("jobs", []),
    )  # fmt: skip


def _lives_elsewhere(status: dict[str, Any]) -> bool:
    """Whether a worker on another machine gave a sign of life lately; its lock and its process may not be seen from here."""
    at_work = status["state"] in ("queued", "running") and status.get("host") not in (None, socket.gethostname())
    return at_work and _age_s(status.get("heartbeat")) <= STALLED_AFTER_S


def _stopped_elsewhere(run: RunFolder) -> bool:
    """Whether the worker, which no signal reaches from here, read the word that was left for it, and ended."""
    (run.path / STOP).touch()
    until = time.monotonic() + ELSEWHERE_S
    while run.status()["state"] in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.1)
    return run.status()["state"] not in ("queued", "running", "damaged")


def _process(status: dict[str, Any]) -> psutil.Process | None:
    """The worker that status.json names, if this very process still lives."""
    pid, began = status.get("pid"), status.get("pid_born")
    if status.get("host") not in (None, socket.gethostname()):
        return None
    return living(pid, began) if isinstance(pid, int) and began is not None else None


def _ended(process: psutil.Process) -> bool:
    """Waits up to `GRACE_S`. A worker whose parent is another process, and has not asked after it yet, has ended too."""
    began, until = born(process.pid), time.monotonic() + GRACE_S
    while began is not None and living(process.pid, began) is not None and time.monotonic() < until:
        time.sleep(0.05)
    return began is None or living(process.pid, began) is None


def _age_s(moment: Any) -> float:
    """Seconds since; 0 where the moment cannot be read."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except (TypeError, ValueError):
        return 0.0


def check_writable(runs: Path) -> None:
    """A UserError where runs cannot be kept."""
    try:
        runs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("this folder cannot be made.", where=str(runs), remedy="Choose another with --out.") from error
    if not os.access(runs, os.W_OK):
        raise UserError("no permission to write here.", where=str(runs), remedy="Choose another folder with --out.")
