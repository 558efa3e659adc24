"""Runs that are killed, damaged and starved of disk space by the dozen, each in a process forked from one that has loaded everything.

    python -m tests.pipeline.faults kills|damages|full|starts FOLDER [COUNT]       prints one JSON object

Needs Linux; `full` mounts a small file system, as root or under `unshare -rm`.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.results.verify import verify
from pipeline.run import execute, plan, prepare
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder
from pipeline.stages.data import input_files
from tests.small_run import write_small

HANG_S = 300.0
SEED = 20261128
LARGE = 600 << 20
"""Bytes of a file without a block on the disk; reading them to the end takes about a second."""
MEASURED = re.compile(r"\.timings\.jsonl$|\.alone\.json$|log\.jsonl$|trained\.json$|(summary|decision|calibration)\.json$|^report/")
"""Holds seconds; everything else must come out byte for byte."""
Begin = Callable[[RunFolder], None]


def session(run: RunFolder, before: Begin = lambda run: None, listen: Callable[[dict[str, Any]], None] | None = None) -> str:
    """One worker's session in a process of its own: `done`, `killed`, `hang`, what a user is told, or a traceback."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        said, code = "done", 0
        try:
            before(run)
            execute(run, listen)
        except UserError as error:
            said = str(error)
        except BaseException:
            said, code = traceback.format_exc(), 1
        os.write(writing, said.encode()[-4000:])
        os._exit(code)
    os.close(writing)
    status = _waited(pid)
    with os.fdopen(reading, "rb") as told:
        said = told.read().decode()
    if status is None:
        return "hang"
    return "killed" if os.WIFSIGNALED(status) else said


def _waited(pid: int) -> int | None:
    until = time.monotonic() + HANG_S
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def prepared(folder: Path, name: str) -> RunFolder:
    return prepare(load(write_small(folder)), folder / name)


def content(run: RunFolder) -> dict[str, str]:
    """Hash of every file that stages wrote and that holds no seconds."""
    found = {file: known for entry in record.entries(run).values() for file, known in entry.files.items() if not MEASURED.search(file)}
    return {file: known for file, known in found.items() if file not in ("experiment.yaml", "manifest.json")}


def verdict(run: RunFolder) -> Any:
    decision = run.read_json("decision.json") or {}
    return decision.get("verdict"), decision.get("comparisons"), decision.get("required_rows")


def same(run: RunFolder, whole: RunFolder) -> bool:
    return verify(run).sound and not verify(run).unfinished and content(run) == content(whole) and verdict(run) == verdict(whole)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def written(run: RunFolder, told: Callable[[str, str], None]) -> None:
    """`told("open" or "rename", path)` whenever Python opens a file below the run for writing, or puts one in its place."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        name = None
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            name = arguments[0]
        elif event == "os.rename":
            name = arguments[1]
        if isinstance(name, (str, os.PathLike)) and str(name).startswith(f"{run.path}/"):
            told(event.rsplit(".", maxsplit=1)[-1], re.sub(r"\.\d+\.\d+\.part$|\.part$", ".part", str(Path(name).relative_to(run.path))))

    sys.addaudithook(hook)


def at_write(number: int) -> Begin:
    """Killed when the `number`-th file that was not there is first written, or put in its place."""

    def before(run: RunFolder) -> None:
        there = {str(path.relative_to(run.path)) for path in run.path.rglob("*")}
        seen: set[str] = set()

        def told(event: str, path: str) -> None:
            if path not in there and not path.endswith(("status.json", "status.json.part", ".lock")):
                seen.add(path)
                if len(seen) > number:
                    kill()

        written(run, told)

    return before


def after_seconds(seconds: float) -> Begin:
    def before(run: RunFolder) -> None:
        threading.Timer(seconds, kill).start()

    return before


def kills(folder: Path, count: int) -> dict[str, Any]:
    """A third at files' first writes, a third as a new file is put in its place, a third at a random moment; then to the end."""
    whole, run = prepared(folder, "whole"), prepared(folder, "killed")
    began = time.monotonic()
    assert session(whole) == "done"
    length, draw = time.monotonic() - began, random.Random(SEED)
    ends: Counter[str] = Counter()
    for number in range(count):
        # a few new files each time, so that the kills reach from the first stage to the last
        before = after_seconds(draw.uniform(0, length / 8)) if number % 3 == 2 else at_write(draw.randrange(0, 1 + 240 // count))
        end = session(run, before)
        ends[end if end in ("killed", "done", "hang") else "traceback" if "Traceback" in end else "told"] += 1
        if end == "done":
            assert same(run, whole)
            shutil.rmtree(run.path)
            run = prepared(folder, "killed")
    last = session(run)
    return {"kills": ends["killed"], "ends": dict(ends), "last": last, "same": last == "done" and same(run, whole)}


def damages(folder: Path, count: int) -> dict[str, Any]:
    """Files of every stage cut, emptied and flipped, one after another; each named, and the run made whole again."""
    run = prepared(folder, "damaged")
    assert session(run) == "done"
    whole = RunFolder(folder / "kept" / run.id)
    shutil.copytree(run.path, whole.path)
    draw, found = random.Random(SEED), Counter[str]()
    files = sorted(name for entry in record.entries(run).values() for name, _ in entry.files.items() if (run.path / name).stat().st_size)
    others = ["status.json", "stages.json", "events.jsonl"]
    for number in range(count):
        name = draw.choice(others) if number % 10 == 9 else files[(number * 7) % len(files)]
        how = ("cut", "emptied", "flipped")[number % 3]
        _damage(run.path / name, how, draw)
        named = {one["file"] for one in verify(run).damaged}
        end = session(run)
        refused = name == "experiment.yaml" and "not what the run was begun with" in end
        if refused:
            shutil.copy(whole.path / name, run.path / name)
            end = session(run)
        found["named"] += name in named or (name in others and how == "flipped")
        found["made anew"] += end == "done" and (verify(run).sound or name == "events.jsonl")
        found["tracebacks"] += "Traceback" in end
        found["hangs"] += end == "hang"
        if name == "events.jsonl":
            shutil.copy(whole.path / name, run.path / name)
    return {"damages": count, **found, "same": content(run) == content(whole) and verdict(run) == verdict(whole)}


def _damage(path: Path, how: str, draw: random.Random) -> None:
    data = path.read_bytes()
    place = draw.randrange(len(data))
    made = {
        "cut": data[:place],
        "emptied": b"",
        "flipped": data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1 :],
    }
    path.unlink()
    path.write_bytes(made[how])


@contextlib.contextmanager
def small_disk(place: Path, mib: int) -> Iterator[None]:
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "none", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def filled_at(stage: str, left: int, filler: Path) -> Callable[[dict[str, Any]], None]:
    """Leaves so many bytes of the disk when the stage begins."""

    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "stage_started" and event["stage"] == stage:
            free = os.statvfs(filler.parent)
            with filler.open("wb") as out:
                os.posix_fallocate(out.fileno(), 0, max(1, free.f_bavail * free.f_frsize - left))

    return listen


def full(folder: Path, count: int) -> dict[str, Any]:
    """At every stage of one run the disk is full, once wholly and `count` - 1 times but for some pages; then there is space again."""
    whole, found, ends = prepared(folder, "whole"), Counter[str](), dict[str, str]()
    assert session(whole) == "done"
    with small_disk(folder / "disk", 64):
        run = prepare(load(write_small(folder)), folder / "disk")
        filler, draw = folder / "disk/filler", random.Random(SEED)
        experiment = load(run.path / "experiment.yaml")
        for stage in plan(experiment, input_files(experiment)):
            size = sum((whole.path / name).stat().st_size for name in record.entries(whole)[stage.name].files)
            for attempt in range(count):
                end = session(run, listen=filled_at(stage.name, draw.randrange(4096, 4096 + size) if attempt else 0, filler))
                was_full = filler.exists()
                filler.unlink(missing_ok=True)
                kind = "told" if "the disk is full" in end else "traceback" if "Traceback" in end else end
                if was_full:
                    found[kind] += 1
                if kind not in ("told", "done"):
                    ends[f"{stage.name} {attempt}"] = end[-1500:]
                if kind == "told":
                    found["stages"] += attempt == 0
        last = session(run)
        return {"full": found.total() - found["stages"], **found, "others": ends, "last": last, "same": last == "done" and same(run, whole)}


def starts(folder: Path, count: int) -> dict[str, Any]:
    """The same experiment started by two processes at once, its inputs so large that hashing them takes a while."""
    path, found, draw = write_small(folder, arms=["base"]), Counter[str](), random.Random(SEED)
    with (folder / "documents/large.bin").open("wb") as large:
        large.truncate(LARGE)
    for number in range(count):
        runs = folder / f"runs-{number}"
        pids = [_started(path, runs, wait) for wait in (0.0, draw.uniform(0, 1.5))]
        codes = [_waited(pid) for pid in pids]
        made = [RunFolder(one.parent) for one in runs.glob("*/experiment.yaml")]
        found["whole runs"] += len(made) == 1 and verify(made[0]).sound and made[0].status()["state"] == "done"
        found["second starts refused"] += sum(code not in (0, None) for code in codes)
        found["hangs"] += None in codes
    return {"starts": count, **found}


def _started(path: Path, runs: Path, wait: float) -> int:
    """A start as `bakeoff run` does it, in a process of its own; its id."""
    from pipeline.cli.foreground import run_here

    if pid := os.fork():
        return pid
    code = 1
    try:
        time.sleep(wait)
        run_here(path, runs, [], quiet=True)
        code = 0
    except UserError:
        code = 2
    finally:
        os._exit(code)


def main() -> None:
    what, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    count = int(sys.argv[3]) if len(sys.argv) > 3 else {"kills": 60, "damages": 60, "full": 2, "starts": 20}[what]
    import sentence_transformers  # noqa: F401
    import torch

    torch.set_num_threads(1)
    began = time.monotonic()
    found = {"kills": kills, "damages": damages, "full": full, "starts": starts}[what](folder, count)
    sys.stdout.write(json.dumps({**found, "seconds": round(time.monotonic() - began, 1)}) + "\n")


if __name__ == "__main__":
    main()
