"""Start, watch, cancel and resume a worker process that outlives whoever started it. Never loads a model itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psutil

from pipeline.errors import UserError
from pipeline.run_folder.store import Lock, RunFolder, find, now

State = Literal["new", "queued", "running", "stalled", "done", "failed", "cancelled"]
STALLED_AFTER_S = 30.0
GRACE_S = 8.0


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

    @property
    def active(self) -> bool:
        return self.state in ("queued", "running", "stalled")


def runs_folder() -> Path:
    """Where runs are kept: `$BAKEOFF_RUNS`, else `runs` below the current folder."""
    return Path(os.environ.get("BAKEOFF_RUNS", "runs")).resolve()


def start(experiment_path: Path, runs: Path) -> str:
    """Begin this experiment in a detached worker; returns the run's id. Started twice, it is still one run."""
    from pipeline.experiment.load import load
    from pipeline.run import prepare

    run = prepare(load(experiment_path), runs)
    return resume(runs, run.id)


def resume(runs: Path, name: str) -> str:
    """Let a worker go on with this run, unless one is at it already; returns the run's id."""
    run = find(runs, name)
    starting = Lock(run.path / ".start.lock")
    if not starting.acquire():
        return run.id
    try:
        if not _state_of(run).active:
            _spawn(run)
    finally:
        starting.release()
    return run.id


def _spawn(run: RunFolder) -> None:
    with (run.path / "worker.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "work", str(run.path)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=Path(__file__).parent.parent,
        )  # fmt: skip
    queued = {"state": "queued", "stage": "", "done": 0, "total": 0, "eta_s": None, "pid": worker.pid, "pid_created": _created(worker.pid),
              "started": now(), "heartbeat": now(), "error": None, "plan": [], "finished": []}  # fmt: skip
    run.write_json("status.json", queued)
    run.log("state", state="queued", stage="")


def state(runs: Path, name: str) -> JobState:
    return _state_of(find(runs, name))


def cancel(runs: Path, name: str) -> JobState:
    """Ask the worker to stop, and end it when it does not; what is done is kept."""
    run = find(runs, name)
    status = run.status()
    process = _process(status)
    if process is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)
            if not _ended(status):
                process.kill()
                _ended(status)
    if run.status().get("state") in ("queued", "running"):
        run.write_json("status.json", {**run.status(), "state": "cancelled", "eta_s": None, "heartbeat": now()})
        run.log("state", state="cancelled", stage=status.get("stage", ""))
    return _state_of(run)


def work(folder: Path, poll_s: float = 1.0) -> dict[str, Any]:
    """A detached worker's life: wait for the machine's turn, then do the run. One worker a machine at a time."""
    from pipeline.run import execute

    run = RunFolder(folder)
    turn = Lock(run.path.parent / ".machine.lock")
    while not turn.acquire():
        run.write_json("status.json", {**run.status(), "heartbeat": now()})
        time.sleep(poll_s)
    try:
        return execute(run)
    finally:
        turn.release()


def _state_of(run: RunFolder) -> JobState:
    status = run.status()
    recorded: State = status["state"]
    error = status.get("error")
    if recorded in ("queued", "running"):
        if _process(status) is None:
            recorded, error = (
                "failed",
                error or "The worker process ended without a message (killed, or out of memory). Resume continues the run.",
            )
        elif _age_s(status["heartbeat"]) > STALLED_AFTER_S:
            recorded, error = "stalled", f"No sign of life from the worker for {_age_s(status['heartbeat']):.0f} s."
    return JobState(
        recorded, status.get("stage", ""), status.get("done", 0), status.get("total", 0), status.get("eta_s"), status.get("pid"),
        status.get("started"), status.get("heartbeat"), error, status.get("plan", []), status.get("finished", []),
    )  # fmt: skip


def _process(status: dict[str, Any]) -> psutil.Process | None:
    """The worker, if this very process still lives (a pid alone may be somebody else's by now)."""
    try:
        process = psutil.Process(status["pid"])
        same = abs(process.create_time() - status["pid_created"]) < 1.0
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, KeyError, TypeError):
        return None


def _ended(status: dict[str, Any]) -> bool:
    """Waits up to `GRACE_S`. A worker whose parent is another process, and has not asked after it yet, has ended too."""
    until = time.monotonic() + GRACE_S
    while _process(status) is not None and time.monotonic() < until:
        time.sleep(0.05)
    return _process(status) is None


def _created(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def _age_s(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def check_writable(runs: Path) -> None:
    """A UserError where runs cannot be kept."""
    try:
        runs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("this folder cannot be made.", where=str(runs), remedy="Choose another with --out.") from error
    if not os.access(runs, os.W_OK):
        raise UserError("no permission to write here.", where=str(runs), remedy="Choose another folder with --out.")
