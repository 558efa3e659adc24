"""Whether every file of a run is what its stage wrote. Reads the whole folder; mends nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson

from pipeline.run_folder import about, labels, record
from pipeline.run_folder.store import RunFolder

BESIDE = ("status.json", "events.jsonl", "stages.json", "worker.log", "judge.sqlite", "calibration.json", about.FILE)
"""Files that no stage answers for."""


@dataclass(frozen=True)
class Verified:
    """What was looked at and found."""

    run: str
    files: int
    """Those whose content was held against its hash."""
    damaged: list[dict[str, str]]
    """`{"file", "stage", "why"}`; `stage` is empty where no stage makes the file anew."""
    unfinished: list[str]
    """Stages that are not done, whose files are not all known yet."""
    unknown: list[str]
    """Files that no stage wrote and Bakeoff does not keep; they are not read."""

    @property
    def sound(self) -> bool:
        return not self.damaged


def verify(run: RunFolder) -> Verified:
    """Hashes every file that stages.json knows, and reads the lines and objects of the others."""
    entries = record.entries(run)
    bad = [{"file": record.FILE, "stage": "", "why": f"does not hold what was written of {name}"} for name in record.damaged_entries(run)]
    for stage, entry in entries.items():
        stands = "" if stage == record.BEGINNING else stage
        bad += [{"file": one.file, "stage": stands, "why": one.why} for one in record.damage(run, entry.files)]
    bad += [{"file": name, "stage": "", "why": why} for name, why in _beside(run)]
    known = {name for entry in entries.values() for name in entry.files}
    unfinished = [name for name, entry in entries.items() if not entry.finished]
    return Verified(run.id, len(known), bad, unfinished, [] if unfinished else _unknown(run, known))


def _beside(run: RunFolder) -> list[tuple[str, str]]:
    found = [("status.json", "cannot be read")] if run.status()["state"] == "damaged" else []
    lines = [run.path / "events.jsonl", *sorted((run.path / labels.FOLDER).glob("*.jsonl"))]
    for path in lines:
        for number, line in enumerate(path.read_bytes().split(b"\n") if path.exists() else [], 1):
            if line and not _is_object(line):
                found.append((str(path.relative_to(run.path)), f"line {number} cannot be read"))
    return found


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except ValueError:
        return False


def _unknown(run: RunFolder, known: set[str]) -> list[str]:
    there = sorted(str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file())
    kept = (*BESIDE, f"{labels.FOLDER}/", ".")
    return [name for name in there if name not in known and not name.startswith(kept)]


def as_json(found: Verified) -> dict[str, object]:
    return {**asdict(found), "sound": found.sound}


def as_text(found: Verified) -> str:
    """A line for each thing that was found, and what to do."""
    lines = [f"{one['file']} {one['why']}" + (f" (stage {one['stage']})" if one["stage"] else "") for one in found.damaged]
    if found.damaged:
        lines.append(f"{len(found.damaged)} damaged. `bakeoff resume {found.run}` does the stages anew whose files are damaged.")
    else:
        lines.append(f"{found.files} files are what was written.")
    if found.unfinished:
        lines.append(f"Not finished: {', '.join(found.unfinished)}.")
    return "\n".join([*lines, *(f"{name} was not written by Bakeoff." for name in found.unknown)])
