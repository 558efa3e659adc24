"""The one door to every system: questions in, replies out as they come; and what a system's answers depend on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import UserError
from pipeline.experiment.load import Experiment
from pipeline.experiment.systems_section import System
from pipeline.files import hash_of
from pipeline.own_code.source import hash_of_source
from pipeline.systems.answers_file import AnswersFile
from pipeline.systems.called import Called
from pipeline.systems.reply import Question, Reply
from pipeline.systems.service import Service


class Door(Protocol):
    """However a system is reached."""

    again: bool
    """Whether asking again may bring what failed."""

    def run(self, questions: Sequence[Question], on_reply: Callable[[Question, Reply], None]) -> None:
        """The reply to each question as it comes."""


def opened(system: System, folder: str, known: Sequence[str]) -> Door:
    """`folder`: where own modules are found; `known`: the ids of all rows. A UserError where it cannot be asked."""
    if system.answers is not None:
        return AnswersFile(Path(system.answers), known)
    return Service(system) if system.url is not None else Called(system, folder)


def answer(door: Door, question: Question) -> Reply:
    """One reply."""
    found: list[Reply] = []
    door.run([question], lambda _, reply: found.append(reply))
    return found[0]


def named(experiment: Experiment, name: str) -> System:
    return next(system for system in experiment.systems if system.name == name)


def identity(system: System, folder: str) -> dict[str, Any]:
    """What its answers depend on: the file's content, the module's source and version, or the address and version."""
    if system.answers is not None:
        return {"answers": hash_of(Path(system.answers))}
    if system.url is not None:
        return {"url": system.url, "version": system.version}
    source = hash_of_source(str(system.call), folder, f"systems.{system.name}.call")
    return {"call": system.call, "source": source, "version": system.version, "input_key": system.input_key}


def identities(experiment: Experiment) -> dict[str, dict[str, Any]]:
    """Of every system, by name; few-shots that were declared among it. A UserError where a file or module is not there."""
    found = {}
    for system in experiment.systems:
        for key in ("answers", "few_shots"):
            if (name := getattr(system, key)) and not Path(name).is_file():
                raise UserError(f"systems.{system.name}.{key} names a file that does not exist.", where=name,
                                remedy="Paths are relative to the experiment file.")  # fmt: skip
        shots = {"few_shots": hash_of(Path(system.few_shots))} if system.few_shots else {}
        found[system.name] = {**identity(system, experiment.own_code), **shots}
    return found
