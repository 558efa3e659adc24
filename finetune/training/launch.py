"""One training by several processes, one a device: `accelerate launch` in each, started and followed here.

The job goes to them as a file. What they come to stands in its folder, as with `train`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from finetune.chat import ChatSettings
from finetune.errors import SetupError, Stopped
from finetune.pretrained import Weights
from finetune.rows import Message, Pair
from finetune.training.settings import Job, Step, TrainSettings
from finetune.training.train import Trained, stored, train

ROOT = Path(__file__).resolve().parents[2]
JOB = "job.json"


def train_on(
    processes: int, job: Job, on_step: Callable[[Step], None] = lambda step: None, should_stop: Callable[[], bool] = lambda: False
) -> Trained:
    """`train` by so many processes on this machine; called again it goes on from the last whole checkpoint.

    Raises what `train` raises, and RuntimeError with the processes' last words where they fail otherwise.
    """
    told, words = _write_job(job), job.folder / "launch.log"
    command = _command(processes, job.settings, told)
    with (
        words.open("w", encoding="utf-8") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=_environment()) as started,
    ):
        try:
            refused = _follow(started, on_step, should_stop)
        finally:
            started.terminate()
    if refused:
        raise SetupError(refused)
    if not (job.folder / "trained.json").exists():
        said = words.read_text(encoding="utf-8")[-2000:]
        raise RuntimeError(f"training by {processes} processes ended with {started.returncode}: {said}")
    for file in (told, words):
        file.unlink()
    return stored(job.folder)


def _write_job(job: Job) -> Path:
    job.folder.mkdir(parents=True, exist_ok=True)
    told = job.folder / JOB
    told.write_text(json.dumps({**asdict(job), "folder": ""}, default=str), encoding="utf-8")
    return told


def _read_job(told: Path) -> Job:
    """The folder is that in which the file lies."""
    given = json.loads(told.read_text(encoding="utf-8"))
    weights = Weights(**{**given["weights"], "path": Path(given["weights"]["path"])})
    pairs, dev = ([_pair(one) for one in given[side]] for side in ("pairs", "dev"))
    settings = TrainSettings(**{**given["settings"], "chat": ChatSettings(**given["settings"]["chat"])})
    return Job(weights, pairs, dev, settings, told.parent, tuple(given["told"]))


def _command(processes: int, settings: TrainSettings, told: Path) -> list[str]:
    import torch

    here = [] if torch.cuda.is_available() and settings.device != "cpu" else ["--cpu"]
    options = ["--num_processes", str(processes), "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    free_port = ["--main_process_port", "0"]
    launcher = [sys.executable, "-m", "accelerate.commands.launch", *here, *(["--multi_gpu"] if not here else []), *options, *free_port]
    return [*launcher, "-m", "finetune.training.launch", str(told)]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}


def _follow(started: subprocess.Popen[str], on_step: Callable[[Step], None], should_stop: Callable[[], bool]) -> str:
    """Passes steps on as they are told; what the processes refused to do, if they did."""
    refused = ""
    for line in started.stdout or ():
        told = _parsed(line)
        if "refused" in told:
            refused = str(told["refused"])
        elif "step" in told:
            on_step(Step(**told))
            if should_stop():
                raise Stopped
    started.wait()
    return refused


def _parsed(line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def run(told: Path) -> None:
    """What each of the processes does; the main one tells its steps on standard output, a JSON object a line."""
    try:
        train(_read_job(told), lambda step: _tell(asdict(step)))
    except SetupError as error:
        _tell({"refused": str(error)})
        raise SystemExit(2) from None


def _tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _pair(one: dict[str, Any]) -> Pair:
    return Pair(one["id"], tuple(Message(**message) for message in one["prompt"]), one["completion"])


if __name__ == "__main__":
    run(Path(sys.argv[1]))
