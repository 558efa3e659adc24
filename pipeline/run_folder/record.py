"""stages.json: how each stage stands and the hash of every file it wrote. A changed entry is known by its hash and counts for nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import UserError
from pipeline.files import flush_all, hash_of, is_part
from pipeline.run_folder import keys
from pipeline.run_folder.store import RunFolder

FILE = "stages.json"
_WRITING = threading.Lock()
"""Held between reading the file and writing it anew: a run's process has two threads that do."""
BEGINNING = "(run)"
"""The entry of what no stage writes: the experiment and the manifest."""


@dataclass(frozen=True)
class Entry:
    """How a stage stands."""

    key: str
    code: str = ""
    """Of its sources and of the libraries, alone."""
    seconds: float = 0.0
    """Over all sessions that worked at it."""
    whole: bool = True
    """False while a session works at it, and for ever once one was killed: its seconds are lost."""
    finished: bool = False
    reused_from: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    """Path in the run folder → SHA-256 of its content when the stage last ended."""
    machine: Mapping[str, Any] | None = None
    """What its last session was done on (`pipeline/run_folder/machine.py`)."""


@dataclass(frozen=True)
class Damage:
    """A file that is not what its stage wrote."""

    file: str
    why: str

    def __str__(self) -> str:
        return f"{self.file} {self.why}"


def entries(run: RunFolder) -> dict[str, Entry]:
    """By stage, `BEGINNING` among them; what was damaged is left out."""
    return _entries(_stored(run))


def read(data: bytes) -> dict[str, Entry]:
    """The same from the content of a stages.json."""
    return _entries(orjson.loads(data))


def _entries(told: Mapping[str, Any]) -> dict[str, Entry]:
    found = {name: sound(one) for name, one in told.items()}
    return {name: entry for name, entry in found.items() if entry is not None}


def damaged_entries(run: RunFolder) -> list[str]:
    """Stages whose entry was changed or cut; `stages.json` itself where nothing of it can be read."""
    try:
        told = run.read_json(FILE)
    except UserError:
        return [FILE]
    return [FILE] if not isinstance(told or {}, dict) else [name for name, one in (told or {}).items() if sound(one) is None]


def write(run: RunFolder, name: str, entry: Entry) -> None:
    """Put this stage's entry in the place of its last one."""
    with _WRITING:
        run.write_json(FILE, {**_stored(run), name: stored(entry)})


def stored(entry: Entry) -> dict[str, Any]:
    """As it stands in stages.json."""
    made = {**asdict(entry), "seconds": round(entry.seconds, 3), "files": dict(entry.files)}
    return {**made, "check": keys.of_value(made)}


def seal(run: RunFolder, outputs: Iterable[str]) -> dict[str, str]:
    """Bring these files and folders onto the disk; the hash of every file there is, by its path in the run."""
    found: dict[str, str] = {}
    for name in outputs:
        place = run.path / name
        if place.exists():
            flush_all(place)
            found |= {str(file.relative_to(run.path)): hash_of(file) for file in _files(place)}
    return found


def renew(run: RunFolder, name: str) -> None:
    """Take what the stage's files hold now as what it wrote: people's labels were taken in."""
    if (entry := entries(run).get(name)) is not None and entry.files:
        write(run, name, replace(entry, files=seal(run, entry.files)))


def damage(run: RunFolder, files: Mapping[str, str]) -> list[Damage]:
    """Which of these are missing or hold something else than was written."""
    found = []
    for name, known in files.items():
        path = run.path / name
        if not path.is_file():
            found.append(Damage(name, "is missing"))
        elif hash_of(path) != known:
            found.append(Damage(name, "is empty" if not path.stat().st_size else "is not what was written"))
    return found


def _files(place: Path) -> list[Path]:
    """Without what a writer that was killed left half written."""
    return sorted(one for one in place.rglob("*") if one.is_file() and not is_part(one)) if place.is_dir() else [place]


def _stored(run: RunFolder) -> dict[str, Any]:
    try:
        found = run.read_json(FILE)
    except UserError:
        return {}
    return found if isinstance(found, dict) else {}


def sound(told: Any) -> Entry | None:
    """The entry that these values of a stages.json hold; None where they are not what was written."""
    try:
        given = dict(told)
        return Entry(**given) if given.pop("check") == keys.of_value(given) else None
    except (TypeError, ValueError, KeyError):
        return None
