"""An attempt at a job: a folder of its own, with what the job needs and what is left of it, and a ticket that says what is to be done.

Two attempts never write to the same file, and the driver takes over nothing but the attempt that it holds to be the present one. So a
worker that was given up and writes on changes nothing: this is the fence, and it needs no lock, no clock and no order of writes.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.errors import UserError
from pipeline.run_folder import keys, record
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Stage

FOLDER = ".jobs"
TICKET, OUTCOME, CLAIM = "ticket.json", "outcome.json", "claimed"


class Taken(UserError):
    """Another worker is at this attempt."""


@dataclass(frozen=True)
class Ticket:
    """What a worker is to do, and by what it knows that it would do the same as the driver."""

    job: str
    attempt: str
    stages: Mapping[str, Sequence[str]]
    """Those to be done, in order, and what each of them writes."""
    keys: Mapping[str, str]
    """Of these, and of all that they need."""
    files: Mapping[str, str]
    """Hashes of the experiment's input files, which a worker does not read."""
    probe: str | None
    code: str
    """Of sources and libraries."""
    beside: int
    """Jobs that may be at work at once, this one among them."""


@dataclass(frozen=True)
class Attempt:
    """An attempt's folder, laid out like the run's and called like it."""

    run: RunFolder
    ticket: Ticket

    def outcome(self) -> dict[str, Any] | None:
        """How the worker ended, by its own word: `state` is done, refused, again or failed. None where it has not said so."""
        found = self.run.read_json(OUTCOME)
        return None if found is None else dict(found)


def made(run: RunFolder, ticket: Ticket, stages: Sequence[Stage]) -> Attempt:
    """A new attempt's folder: inputs by link, and a copy of what earlier attempts left of these stages. `stages`: those to be done."""
    there = RunFolder(_place(run, ticket.job, ticket.attempt))
    there.path.mkdir(parents=True)
    known, todo = record.entries(run), [stage.name for stage in stages]
    there.take_over(run, ["experiment.yaml"])
    for name in dict.fromkeys(need for stage in stages for need in stage.needs if need not in todo):
        there.take_over(run, list(known[name].files))
        record.write(there, name, known[name])
    for stage in stages:
        if stage.name in known:
            copied(run, there, stage.outputs)
            record.write(there, stage.name, known[stage.name])
    there.write_json(TICKET, asdict(ticket))
    return Attempt(there, ticket)


def found(run: RunFolder, job: str, attempt: str | None = None) -> Attempt:
    """This attempt at the job, else the newest; a UserError where there is none."""
    tickets = [one for one in _tickets(run) if one.parent.parent.parent.name == _slug(job)]
    named = [one for one in tickets if attempt in (None, one.parent.parent.name)]
    if not named:
        raise UserError(f"nobody asked for the job {job!r}.", where=run.id, remedy="The driver asks for it: `bakeoff run --executor …`.")
    return _read(max(named, key=lambda one: one.stat().st_mtime_ns))


def claim(attempt: Attempt) -> None:
    """From now on this process is the attempt's worker; `Taken` where another is."""
    try:
        os.close(os.open(attempt.run.path / CLAIM, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        raise Taken("another worker has taken this attempt.", where=str(attempt.run.path)) from None


def claimed(attempt: Attempt) -> str | None:
    """A first sign of life, before the worker gives others; None before a worker has taken it."""
    return CLAIM if (attempt.run.path / CLAIM).exists() else None


def unclaimed(run: RunFolder) -> list[Attempt]:
    """Attempts that no worker has taken yet, oldest first; what the driver is removing at this moment is there or not."""
    found, tickets = list[tuple[int, Attempt]](), list[Path]()
    with contextlib.suppress(FileNotFoundError):
        tickets = _tickets(run)
    for ticket in tickets:
        with contextlib.suppress(OSError, UserError, TypeError):
            if claimed(attempt := _read(ticket)) is None:
                found.append((ticket.stat().st_mtime_ns, attempt))
    return [attempt for _, attempt in sorted(found, key=lambda one: one[0])]


def brought_home(run: RunFolder) -> None:
    """Whatever workers of an earlier session left is the run's own again. Theirs who are still at it comes to nothing from now on."""
    for ticket in sorted(_tickets(run), key=lambda one: one.stat().st_mtime_ns):
        with contextlib.suppress(UserError, KeyError, TypeError):
            attempt = _read(ticket)
            for name, outputs in attempt.ticket.stages.items():
                here = record.entries(run).get(name)
                if here is None or not here.finished:
                    left(run, attempt.run, name, outputs)
    shutil.rmtree(run.path / FOLDER, ignore_errors=True)


def left(run: RunFolder, there: RunFolder, name: str, outputs: Sequence[str]) -> None:
    """Copy what an attempt left of a stage into the run, where the next one begins with it; nothing, where it changes meanwhile."""
    entry = record.entries(there).get(name)
    if entry is None:
        return
    run.remove(list(outputs))
    try:
        copied(there, run, outputs)
    except (OSError, shutil.Error):
        run.remove(list(outputs))
        entry = replace(entry, finished=False, whole=False, files={})
    record.write(run, name, entry if entry.finished else replace(entry, whole=False))


def copied(source: RunFolder, target: RunFolder, names: Sequence[str]) -> None:
    """These files and folders as far as they are there, each file a copy of its own: a link would let one writer write into the other's."""
    for name in names:
        there, here = source.path / name, target.path / name
        here.parent.mkdir(parents=True, exist_ok=True)
        if there.is_dir():
            shutil.copytree(there, here, dirs_exist_ok=True)
        elif there.exists():
            shutil.copy2(there, here)


def removed(run: RunFolder) -> None:
    """All attempts, once nothing of them is needed."""
    shutil.rmtree(run.path / FOLDER, ignore_errors=True)


def _place(run: RunFolder, job: str, attempt: str) -> Path:
    return run.path / FOLDER / _slug(job) / attempt / run.id


def _slug(job: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", job)


def _tickets(run: RunFolder) -> list[Path]:
    return list((run.path / FOLDER).glob(f"*/*/*/{TICKET}"))


def _read(ticket: Path) -> Attempt:
    run = RunFolder(ticket.parent)
    told = dict(run.read_json(TICKET) or {})
    return Attempt(run, Ticket(**told))


def code_here() -> str:
    """The hash of Bakeoff's sources and of the libraries that results depend on, as they are on this machine."""
    return keys.of_value([keys.of_code("pipeline", "retrieval", "finetune", "eval"), keys.versions()])
