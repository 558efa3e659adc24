"""What people call a run and say of it: a name, a note, tags. Kept beside what stages wrote; no result depends on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pipeline.errors import UserError
from pipeline.records import damaged
from pipeline.run_folder.store import RunFolder

FILE = "about.json"
LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS = 60, 2000, 30, 10
"""Characters, and tags."""
SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class About:
    """All empty where nobody said anything."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


def read(run: RunFolder) -> About:
    """Damaged where the file holds something else."""
    found = run.read_json(FILE)
    if found is None:
        return About()
    try:
        return About(str(found["name"]), str(found["note"]), tuple(map(str, found["tags"])))
    except (TypeError, KeyError) as error:
        raise damaged(run.path / FILE) from error


def write(run: RunFolder, name: str, note: str, tags: Sequence[str]) -> About:
    """Replaces what was said. A UserError where one of them is too long; spaces are made single, doubled tags one."""
    said = About(_line(name), note.replace("\x00", "").strip(), tuple(dict.fromkeys(filter(None, map(_line, tags)))))
    for what, length, most in (
        ("name", len(said.name), LONGEST_NAME), ("note", len(said.note), LONGEST_NOTE),
        ("tag", max(map(len, said.tags), default=0), LONGEST_TAG),
    ):  # fmt: skip
        if length > most:
            raise UserError(f"this {what} has {length} characters, more than {most}.", remedy="Shorten it.")
    if len(said.tags) > MOST_TAGS:
        raise UserError(f"{len(said.tags)} tags are more than {MOST_TAGS}.", remedy="Take some away.")
    run.write_json(FILE, asdict(said))
    return said


def _line(text: str) -> str:
    return SPACE.sub(" ", text).strip()
