"""Finished stages in a store that several people's runs share, each under its key: files first, the entry last, so that a half is no whole.

`blobs/<key>/entry.json` and `blobs/<key>/files/<path in the run>`, anywhere that fsspec reaches. What comes from there is checked by its
hashes like everything else; who may write to the store may put results into other people's runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import orjson

from pipeline.errors import UserError
from pipeline.run_folder import record
from pipeline.run_folder.record import Entry
from pipeline.run_folder.store import RunFolder

KEY = re.compile(r"[0-9a-f]{64}")


class SharedStore:
    """At a URL of fsspec's: `s3://bucket/folder`, `gs://…`, `file:///…`. A UserError where it cannot be reached."""

    def __init__(self, url: str) -> None:
        import fsspec

        self.name = re.sub(r"//[^/@]*@", "//", url.partition("?")[0])
        """The URL without what may be a key."""
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError, OSError) as error:
            raise self._told(error) from error

    def keep(self, run: RunFolder, entry: Entry) -> None:
        """The stage's files and its entry, unless they are there already."""
        place = self._place(entry.key)
        try:
            if self._files.exists(f"{place}/entry.json"):
                return
            for name in entry.files:
                target = f"{place}/files/{name}"
                self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
                self._files.put_file(str(run.path / name), target)
            self._files.makedirs(place, exist_ok=True)
            self._files.pipe_file(f"{place}/entry.json", orjson.dumps(record.stored(entry)))
        except OSError as error:
            raise self._told(error) from error

    def bring(self, run: RunFolder, key: str, outputs: Sequence[str]) -> Entry | None:
        """The entry of the finished stage of this key, its files being in the run; None where there is none, or not of these outputs."""
        place = self._place(key)
        try:
            entry = record.sound(_object(self._files.cat_file(f"{place}/entry.json")))
            if entry is None or entry.key != key or not entry.finished or not all(_below(name, outputs) for name in entry.files):
                return None
            for name in entry.files:
                target = run.path / name
                target.parent.mkdir(parents=True, exist_ok=True)
                self._files.get_file(f"{place}/files/{name}", str(target))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._told(error) from error
        return entry

    def _place(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise ValueError("a key is 64 hex digits")
        return f"{self._root.rstrip('/')}/blobs/{key}"

    def _told(self, error: Exception) -> UserError:
        said = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return UserError(f"the store cannot be used ({said}).", where=self.name, remedy="Mend it, or leave --store out.")


def _object(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except ValueError:
        return None


def _below(name: str, outputs: Sequence[str]) -> bool:
    """Whether the path is one of these files or lies in one of these folders."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and any(path.is_relative_to(output) for output in outputs)
