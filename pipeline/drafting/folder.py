"""A set of drafts on disk: what was asked for, the documents, the drafts, and what people decided. Drafts nothing.

`<runs>/drafts/<name>/` holds set.json, documents.jsonl, drafts.jsonl, asked.sqlite (the model's replies) and reviews.jsonl, which is only
ever appended to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.drafting.record import Draft
from pipeline.errors import UserError
from pipeline.files import write_bytes
from pipeline.records import Document, read_documents, read_lines, write_lines
from pipeline.run_folder.lock import Lock

FOLDER = "drafts"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
SETTINGS, DOCUMENTS, DRAFTS, REPLIES, REVIEWS = "set.json", "documents.jsonl", "drafts.jsonl", "asked.sqlite", "reviews.jsonl"
GROWS = ("number",)
"""Settings that may differ from one call to the next: more drafts begin with the same ones."""


@dataclass(frozen=True)
class DraftSet:
    """One folder of drafts."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def done(self) -> bool:
        """Whether its drafts were written; until then they are being asked for, or that was stopped."""
        return (self.path / DRAFTS).exists()

    def settings(self) -> dict[str, Any]:
        """What was asked for; empty before anything was."""
        path = self.path / SETTINGS
        try:
            return dict(orjson.loads(path.read_bytes())) if path.exists() else {}
        except (ValueError, TypeError):
            raise UserError("this file is damaged.", where=str(path), remedy="Draft again under another --name.") from None

    def drafts(self) -> list[Draft]:
        """All of them, in their order, those that were dropped too."""
        return [Draft.from_json(row) for row in read_lines(self.path / DRAFTS)]

    def kept(self) -> list[Draft]:
        return [draft for draft in self.drafts() if not draft.ended]

    def documents(self) -> list[Document]:
        return read_documents(self.path / DOCUMENTS)

    def keep(self, drafts: Sequence[Draft]) -> None:
        write_bytes(self.path / DRAFTS, b"".join(orjson.dumps(draft.to_json()) + b"\n" for draft in drafts))

    def begin(self, settings: dict[str, Any], documents: Sequence[Document]) -> None:
        """UserError where the set was begun with other settings: its drafts would be of two kinds."""
        known = self.settings()
        differ = [name for name in settings if name not in GROWS and known and known.get(name) != settings[name]]
        if differ:
            raise UserError(
                f"the set {self.name!r} was drafted with other settings ({', '.join(name.replace('_', ' ') for name in differ)}).",
                where=str(self.path), remedy="Choose another --name, or the settings of then.",
            )  # fmt: skip
        write_lines(self.path / DOCUMENTS, documents)
        write_bytes(self.path / SETTINGS, orjson.dumps(settings, option=orjson.OPT_INDENT_2))

    def lock(self) -> Lock:
        """Held while a process drafts here."""
        self.path.mkdir(parents=True, exist_ok=True)
        return Lock(self.path / "lock")


def set_named(runs: Path, name: str) -> DraftSet:
    """The set of this name, there or not; UserError for what cannot be a name. Never a path."""
    if not NAME.fullmatch(name):
        remedy = "Use up to 40 letters a to z, digits, hyphens and underscores; the first is a letter or a digit."
        raise UserError(f"{name!r} cannot be the name of a set of drafts.", remedy=remedy)
    return DraftSet(runs / FOLDER / name)


def found_set(runs: Path, name: str) -> DraftSet:
    """As `set_named`; UserError where it is not there."""
    there = set_named(runs, name)
    if not (there.path / SETTINGS).exists():
        known = ", ".join(one.name for one in all_sets(runs)) or "none"
        raise UserError(
            f"there is no set of drafts {name!r} in {runs} (sets: {known}).", remedy="Draft one with `bakeoff draft-questions`."
        )
    return there


def all_sets(runs: Path) -> list[DraftSet]:
    """Newest first."""
    return [DraftSet(path) for path in sorted(_folders(runs), key=lambda path: (path / SETTINGS).stat().st_mtime, reverse=True)]


def _folders(runs: Path) -> Iterator[Path]:
    yield from (path.parent for path in (runs / FOLDER).glob(f"*/{SETTINGS}") if NAME.fullmatch(path.parent.name))


def name_of(path: Path) -> str:
    """A set's name by that of its documents."""
    made = re.sub(r"[^a-z0-9]+", "-", path.resolve().stem.lower()).strip("-")[:40].strip("-")
    return made or "documents"
