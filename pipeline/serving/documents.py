"""Documents that are added to a bundle, and taken out, while it serves. The index that was measured stays as it is.

Each change writes a whole index into a folder of its own below `documents/`, onto the disk, and then replaces the one file
`documents/current` that names it: whatever is killed when, the index opens, and holds what it held before or after. Asks no model itself.
"""

from __future__ import annotations

import fcntl
import json
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UserError
from pipeline.files import flush, flush_all, hash_of, told_plainly, write_bytes
from pipeline.serving.bundle import ADDED
from pipeline.stages import index
from pipeline.stages.base import Context
from pipeline.stages.sources import EXAMPLE_PREFIX
from pipeline.stages.tuning.retrieval_settings import settings_of

if TYPE_CHECKING:
    from retrieval.chunk import Passage, Source
    from retrieval.index import Change
    from retrieval.retriever import Retriever

CURRENT, LOCK, SUMS = "current", "lock", "sums.json"
NAME = re.compile(r"v-[0-9a-f]{16}")
BLOCK = 16
"""Passages embedded at once, between which questions are answered."""
Do = Callable[[Callable[[], Any]], Any]
"""Has a piece of work done where the models are, and gives back what it came to."""


@dataclass(frozen=True)
class Held:
    """A document that can be found."""

    id: str
    title: str
    passages: int


def place(bundle: Path) -> Path:
    """The folder of the index that is served: the one last changed to, else the one that was measured; a UserError where it is damaged."""
    pointer = bundle / ADDED / CURRENT
    if not pointer.exists():
        return bundle / "index"
    name = pointer.read_text("ascii", "replace").strip()
    folder = bundle / ADDED / name
    if not NAME.fullmatch(name) or not folder.is_dir():
        raise UserError("the documents that were added are not there.", where=str(pointer), remedy=f"Delete the folder {ADDED}.")
    known = json.loads((folder / SUMS).read_bytes())
    if _sums(folder) != known:
        raise UserError("the index of added documents is not what was written.", where=str(folder), remedy=f"Delete the folder {ADDED}.")
    return folder


def _sums(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return {path.relative_to(folder).as_posix(): hash_of(path) for path in files}


def check(context: Context, retrieves: bool) -> None:
    """A UserError where this candidate's documents cannot be changed."""
    retrieval = settings_of(context.run, context.experiment.retrieval)
    if not retrieves:
        raise UserError("this candidate looks nothing up.")
    if retrieval.store:
        raise UserError(f"passages come from {retrieval.store}: change them there.")
    if retrieval.parent:
        raise UserError("this candidate shows whole documents, which cannot be changed while it serves.")


class Documents:
    """Of one bundle; one change at a time, in one process."""

    def __init__(self, bundle: Path, context: Context) -> None:
        self._bundle, self._context = bundle, context

    def held(self) -> list[Held]:
        """All that can be found, in the order of the index; training examples are none."""
        from retrieval.passages import read_passages

        found: dict[str, list[Passage]] = {}
        for passage in read_passages(place(self._bundle) / "passages.jsonl"):
            if not passage.document.startswith(EXAMPLE_PREFIX):
                found.setdefault(passage.document, []).append(passage)
        return [Held(name, passages[0].title, len(passages)) for name, passages in found.items()]

    def change(self, sources: Sequence[Source], removed: Collection[str], do: Do = lambda work: work()) -> tuple[Path, Change]:
        """The folder of the index with these documents, in place of those of the same ids, and without `removed`; it is on the disk."""
        with told_plainly(self._bundle), self._alone():
            before = place(self._bundle)
            self._sweep(before)
            retriever, change = self._changed(before, sources, removed, do)
            folder = self._bundle / ADDED / f"v-{secrets.token_hex(8)}"
            try:
                retriever.save(folder)
                write_bytes(folder / SUMS, json.dumps(_sums(folder)).encode())
                flush_all(folder)
                write_bytes(self._bundle / ADDED / CURRENT, f"{folder.name}\n".encode())
            except BaseException:
                if place(self._bundle) != folder:
                    shutil.rmtree(folder, ignore_errors=True)
                raise
            return folder, change

    def _changed(self, before: Path, sources: Sequence[Source], removed: Collection[str], do: Do) -> tuple[Retriever, Change]:
        """In memory. What it embeds comes from the cache in the end, so that questions are answered between blocks."""
        from retrieval.chunk import searchable, split

        embedder = self._context.embedder
        splitter = do(lambda: index.splitter_of(self._context))
        texts = [searchable(passage) for passage in do(lambda: split(sources, splitter))]
        for first in range(0, len(texts), BLOCK):
            block = texts[first : first + BLOCK]
            do(lambda block=block: embedder.encode(block, "passage"))  # type: ignore[misc]
        retriever = index.load_retriever(self._context, before)
        return retriever, do(lambda: retriever.update(sources, splitter, removed))

    def _sweep(self, current: Path) -> None:
        """What a kill left behind, and what is served no more."""
        for folder in (self._bundle / ADDED).iterdir():
            if NAME.fullmatch(folder.name) and folder != current:
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = self._bundle / ADDED
        folder.mkdir(exist_ok=True)
        flush(self._bundle)
        with (folder / LOCK).open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise UserError("another server is changing the documents of this bundle.", where=str(folder)) from error
            yield
