"""The run folder on disk: its files by name, events, status, the record of finished stages.

Whatever is killed at whatever moment, a file here is either as it was before or whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import UserError
from pipeline.files import append, write_bytes
from pipeline.records import Prediction, Timing, damaged, read_lines, read_predictions
from pipeline.run_folder.lock import Lock

HIDDEN_EVENTS = ("progress", "train_step")


def now() -> str:
    """The moment as ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class RunFolder:
    """One run on disk."""

    path: Path
    made: bool = field(default=False, compare=False)
    """Whether this very process made the folder: no other may remove it."""

    @property
    def id(self) -> str:
        return self.path.name

    def read_json(self, name: str) -> Any | None:
        """The JSON file `name` in this run, or None where it does not exist (yet)."""
        try:
            return orjson.loads((self.path / name).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise damaged(self.path / name) from error

    def write_json(self, name: str, value: Any) -> None:
        write_bytes(self.path / name, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")

    def status(self) -> dict[str, Any]:
        """As its worker wrote it last; `{"state": "damaged", …}` where that cannot be read."""
        empty = {"stage": "", "done": 0, "total": 0}
        try:
            found = self.read_json("status.json")
            return {"state": "new", **empty} if found is None else {**empty, **dict(found), "state": str(found["state"])}
        except (UserError, ValueError, TypeError, KeyError):
            return {"state": "damaged", **empty}

    def log(self, event: str, **values: Any) -> None:
        """Append one event; a line is written by one call, so that two writers never mix."""
        append(self.path / "events.jsonl", orjson.dumps({"time": now(), "event": event, **values}) + b"\n")

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """All events that can be read, from line number `after` on."""
        path, found = self.path / "events.jsonl", []
        for line in path.read_bytes().splitlines()[after:] if path.exists() else []:
            with contextlib.suppress(ValueError, TypeError):
                found.append(dict(orjson.loads(line)))
        return [event for event in found if {"time", "event"} <= event.keys()]

    def predictions_path(self, arm: str, seed: int) -> Path:
        return self.path / "predictions" / arm / f"seed-{seed}.jsonl"

    def timings_path(self, arm: str, seed: int) -> Path:
        return self.path / "predictions" / arm / f"seed-{seed}.timings.jsonl"

    def predictions(self, arm: str, seed: int) -> list[Prediction]:
        return read_predictions(self.predictions_path(arm, seed))

    def timings(self, arm: str, seed: int) -> list[Timing]:
        return [Timing(**row) for row in read_lines(self.timings_path(arm, seed))]

    def predicted(self) -> list[tuple[str, int]]:
        """(arm, seed) of every file of predictions there is, in order."""
        files = (self.path / "predictions").glob("*/seed-*.jsonl")
        return sorted((f.parent.name, int(f.stem.removeprefix("seed-"))) for f in files if ".timings" not in f.name)

    def lock(self) -> Lock:
        """Held by the one worker of this run."""
        return Lock(self.path / ".worker.lock")

    def take_over(self, other: RunFolder, files: list[str]) -> None:
        """Bring `files` (files or folders) here from another run by hard link, or by copy across file systems."""
        for name in files:
            source, target = other.path / name, self.path / name
            _remove(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, copy_function=_link)
            else:
                _link(str(source), str(target))

    def remove(self, files: list[str]) -> None:
        for name in files:
            _remove(self.path / name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def of_id(runs: Path, name: str) -> RunFolder | None:
    """The run of exactly this id below `runs`; None for everything else, a path among it. What a page is asked for comes through here."""
    return next((run for run in all_runs(runs) if run.id == name), None)


def find(runs: Path, name: str) -> RunFolder:
    """The run called `name` (an id, a path, or the only id that begins so); anything else is a UserError that lists them."""
    if exact := of_id(runs, name):
        return exact
    with contextlib.suppress(OSError, ValueError):  # too long for a path, or with a zero byte in it
        if (Path(name) / "experiment.yaml").is_file():
            return RunFolder(Path(name).resolve())
    known = all_runs(runs)
    matches = [run for run in known if run.id.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    listed = ", ".join(run.id for run in known) or "none yet"
    reason = "is not a run" if not matches else "fits several runs"
    told = name if len(name) <= 100 else f"{name[:100]}…"
    raise UserError(f"{told!r} {reason} in {runs} (runs: {listed}).", remedy="See `bakeoff list`.")


def all_runs(runs: Path) -> list[RunFolder]:
    """Every run below `runs`, newest first; one that is deleted at this moment is there or not."""
    found = []
    for file in runs.glob("*/experiment.yaml") if runs.is_dir() else []:
        with contextlib.suppress(FileNotFoundError):
            found.append((file.stat().st_mtime, file.parent.resolve()))
    return [RunFolder(folder) for _, folder in sorted(found, reverse=True)]
