"""Attempts whose workers see no folder of the run: what they read and write goes through a store, by key.

In the store, `attempts/<run>/<job>/<attempt>/` holds the ticket, the experiment and what the worker says of itself; stages lie under their
keys like everybody's. The driver keeps a folder of each attempt that looks as if the worker had worked in it.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from pipeline.distributed.attempt import FOLDER, OUTCOME, TICKET, Attempt, Ticket
from pipeline.errors import UserError
from pipeline.files import write_bytes
from pipeline.run_folder import record
from pipeline.run_folder.progress import HEARTBEAT_S
from pipeline.run_folder.shared import SharedStore
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Stage

NAME = re.compile(r"[^A-Za-z0-9_-]")
WORD, EVENTS, EXPERIMENT = "word.json", "events.jsonl", "experiment.yaml"
SHARE = 0.05
"""Of a worker's time, at most, for bringing what is unfinished into the store."""


def place_of(run: RunFolder, attempt: Attempt) -> str:
    """Where an attempt lies in the store."""
    return f"attempts/{run.id}/{attempt.run.path.parent.relative_to(run.path / FOLDER)}"


@dataclass
class Post:
    """The driver's end."""

    run: RunFolder
    store: SharedStore
    _looked: dict[str, float] = field(default_factory=dict)

    def send(self, attempt: Attempt, stages: Iterable[Stage], known: dict[str, Stage]) -> str:
        """Put what the worker needs into the store; returns the place. `stages`: those to be done; `known`: all of the plan."""
        place, entries = place_of(self.run, attempt), record.entries(attempt.run)
        todo = {stage.name for stage in stages}
        for name, entry in entries.items():
            if entry.finished:
                self.store.keep(attempt.run, entry)
            elif name not in todo or any((attempt.run.path / one).exists() for one in known[name].outputs):
                self.store.keep_part(attempt.run, entry, known[name].outputs)
        for name in (EXPERIMENT, record.FILE, TICKET):
            if (attempt.run.path / name).exists():
                self.store.write(f"{place}/{name}", (attempt.run.path / name).read_bytes())
        return place

    def look(self, attempt: Attempt, stages: Iterable[Stage], *, at_once: bool) -> None:
        """Bring what the worker says, and the stages that it has done, into the attempt's folder; once a second, unless `at_once`.

        A store that is away for a moment, or a word that is half written, is asked for again next time; the lease has the last word.
        """
        place = place_of(self.run, attempt)
        if not at_once and time.monotonic() - self._looked.get(place, float("-inf")) < HEARTBEAT_S / 2:
            return
        self._looked[place] = time.monotonic()
        with contextlib.suppress(UserError, ValueError):
            self._taken_in(place, attempt, stages)

    def _taken_in(self, place: str, attempt: Attempt, stages: Iterable[Stage]) -> None:
        if (told := self.store.read(f"{place}/{WORD}")) is None:
            return
        word, here = dict(orjson.loads(told)), attempt.run
        for stage in stages:
            self._bring(here, stage, record.sound(word["stages"].get(stage.name)), ended=word["outcome"] is not None)
        if (events := self.store.read(f"{place}/{EVENTS}")) is not None:
            write_bytes(here.path / EVENTS, events)
        here.write_json("status.json", word["status"])
        if word["outcome"] is not None:
            here.write_json(OUTCOME, word["outcome"])

    def _bring(self, here: RunFolder, stage: Stage, told: record.Entry | None, *, ended: bool) -> None:
        entry = record.entries(here).get(stage.name)
        if told is None or (entry is not None and entry.finished):
            return
        if told.finished:
            found = self.store.bring(here, told.key, stage.outputs)
        else:
            found = self.store.bring_part(here, told.key, stage.outputs) if ended else None
        if found is not None:
            record.seal(here, stage.outputs)
            record.write(here, stage.name, found)

    def finished(self, keys: Iterable[str]) -> None:
        """What there was of them unfinished is needed no more."""
        for key in keys:
            self.store.remove(f"blobs/{key}.part")

    def end(self) -> None:
        """Nothing of this run's attempts is needed."""
        self.store.remove(f"attempts/{self.run.id}")


class Sender:
    """The worker's end: an attempt in a folder of its own, as it was sent, and what it says while it works."""

    def __init__(self, url: str, place: str, folder: Path) -> None:
        """A UserError where there is no such attempt. `folder`: an empty one."""
        self.store, self._place = SharedStore(url), place
        here = RunFolder(folder / NAME.sub("-", place.split("/")[1]))
        here.path.mkdir()
        for name in (TICKET, EXPERIMENT, record.FILE):
            if (content := self.store.read(f"{place}/{name}")) is not None:
                write_bytes(here.path / name, content)
        if (ticket := here.read_json(TICKET)) is None:
            raise UserError("nobody asked for this attempt.", where=place, remedy="The driver asks for it: `bakeoff run --apart …`.")
        self.attempt = Attempt(here, Ticket(**ticket))
        self._over = threading.Event()
        self._outputs: dict[str, tuple[str, ...]] = {}
        self._next_part = 0.0

    def bring(self, stages: dict[str, Stage]) -> None:
        """What the stages to be done read, and what there is of themselves. A UserError where an input is not there."""
        here, ticket = self.attempt.run, self.attempt.ticket
        sent = record.entries(here)
        self._outputs = {name: stages[name].outputs for name in ticket.stages}
        for name in [one for one in ticket.keys if one not in ticket.stages]:
            entry = sent.get(name)
            bring = self.store.bring if entry is not None and entry.finished else self.store.bring_part
            if entry is None or bring(here, entry.key, stages[name].outputs) is None:
                raise UserError(f"what {name} wrote is not in the store.", where=self.store.name)
        for name, outputs in self._outputs.items():
            entry = self.store.bring_part(here, ticket.keys[name], outputs)
            if entry is not None:
                record.write(here, name, entry)

    def begin(self) -> None:
        """From now on the driver hears of it."""
        threading.Thread(target=self._tell_on, daemon=True, name="sender").start()

    def listen(self, event: dict[str, Any]) -> None:
        """After a step of a stage, what there is of it goes into the store; seldom enough not to slow the work."""
        stage, began = self.attempt.run.status()["stage"], time.monotonic()
        if event["event"] not in ("train_step", "progress") or began < self._next_part or stage not in self._outputs:
            return
        self.store.keep_part(self.attempt.run, record.entries(self.attempt.run)[stage], self._outputs[stage])
        self._next_part = time.monotonic() + (time.monotonic() - began) / SHARE

    def end(self) -> None:
        """Parts of what stays unfinished, then the last word."""
        self._over.set()
        here = self.attempt.run
        for name, entry in record.entries(here).items():
            if name in self._outputs and not entry.finished:
                self.store.keep_part(here, entry, self._outputs[name])
        self._tell()

    def _tell_on(self) -> None:
        while not self._over.wait(HEARTBEAT_S / 2):
            try:
                self._tell()
            except UserError:
                continue  # a store that is away for a while; the last word tells, or the lease ends

    def _tell(self) -> None:
        here = self.attempt.run
        if (events := here.path / EVENTS).exists():
            self.store.write(f"{self._place}/{EVENTS}", events.read_bytes())
        word = {"status": here.status(), "stages": here.read_json(record.FILE) or {}, "outcome": here.read_json(OUTCOME)}
        self.store.write(f"{self._place}/{WORD}", orjson.dumps(word))
