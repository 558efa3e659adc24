"""Deletes runs so that they can be brought back for a day. Never touches a run at work, or anything outside the folder of runs."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline import jobs
from pipeline.errors import UserError
from pipeline.files import flush
from pipeline.run_folder.lock import Lock
from pipeline.run_folder.store import RunFolder, all_runs, of_id

FOLDER = ".trash"
KEPT = timedelta(days=1)
WHEN = "%Y%m%dT%H%M%S.%fZ"
"""A deleted run lies in a folder that is called by the moment of its deletion."""
MOMENT = re.compile(r"\d{8}T\d{6}\.\d{6}Z")


@dataclass(frozen=True)
class Deleted:
    """A run that can still be brought back."""

    run: RunFolder
    at: datetime

    @property
    def until(self) -> datetime:
        return self.at + KEPT


def delete(runs: Path, name: str) -> Deleted:
    """Puts the run of exactly this id away; a UserError where there is none, where it is at work, or where it lies elsewhere."""
    run = of_id(runs, name)
    if run is None:
        listed = ", ".join(one.id for one in all_runs(runs)) or "none"
        raise UserError(f"no run has exactly this id: {name[:100]} (runs: {listed}).", remedy="Give the whole id.")
    if run.path.parent != runs.resolve():
        raise UserError(f"{run.id} lies outside the folder of runs and is not deleted.", where=str(run.path))
    starting, working = Lock(run.path / ".start.lock"), run.lock()
    try:
        if not starting.acquire() or jobs.state(runs, run.id).active or not working.acquire():
            raise UserError(f"{run.id} is being worked on and is not deleted.", remedy=f"Stop it first: `bakeoff cancel {run.id}`.")
        return _put_away(run, _folder(runs))
    finally:
        working.release()
        starting.release()


def _put_away(run: RunFolder, trash: Path) -> Deleted:
    now = datetime.now(UTC)
    place = trash / now.strftime(WHEN)
    place.mkdir(parents=True)
    run.path.rename(place / run.id)
    flush(place)
    flush(run.path.parent)
    return Deleted(RunFolder(place / run.id), now)


def deleted(runs: Path) -> list[Deleted]:
    """Those that can be brought back, the last deleted first."""
    return [one for one in _all(runs) if one.until > datetime.now(UTC)]


def restore(runs: Path, name: str) -> RunFolder:
    """The run of this id, as it was deleted last, among the others again; a UserError where there is none or its place is taken."""
    found = next((one for one in deleted(runs) if one.run.id == name), None)
    if found is None:
        listed = ", ".join(one.run.id for one in deleted(runs)) or "none"
        raise UserError(f"no deleted run has exactly this id: {name[:100]} (deleted within a day: {listed}).")
    target = runs.resolve() / found.run.id
    if target.exists():
        raise UserError(f"{name} was made anew since, and stands where the deleted one stood.", remedy="Delete that one first.")
    found.run.path.rename(target)
    flush(target.parent)
    found.run.path.parent.rmdir()
    return RunFolder(target)


def expire(runs: Path) -> int:
    """Removes for good what was deleted more than a day ago; how many runs."""
    gone = [one for one in _all(runs) if one.until <= datetime.now(UTC)]
    for one in gone:
        shutil.rmtree(one.run.path.parent, ignore_errors=True)
    return len(gone)


def _folder(runs: Path) -> Path:
    trash = runs.resolve() / FOLDER
    if trash.resolve() != trash:
        raise UserError("this is a link to somewhere else; nothing is put there.", where=str(trash), remedy="Remove the link.")
    return trash


def _all(runs: Path) -> list[Deleted]:
    """By folder, never by a link, the last deleted first."""
    trash = _folder(runs)
    places = sorted(trash.iterdir(), reverse=True) if trash.is_dir() else []
    return [
        Deleted(RunFolder(run), datetime.strptime(place.name, WHEN).replace(tzinfo=UTC))
        for place in places if MOMENT.fullmatch(place.name) and not place.is_symlink() and place.is_dir()
        for run in sorted(place.iterdir()) if run.is_dir() and not run.is_symlink()
    ]  # fmt: skip
