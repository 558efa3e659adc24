"""Finished stages in a store that several people's runs share, each under its key: files first, the entry last, so that a half is no whole.

`blobs/<key>/entry.json` and `blobs/<key>/files/<path in the run>`, anywhere that fsspec reaches; of an unfinished stage
`blobs/<key>.part/entry.json` and `blobs/<key>.part/<hash>`, so that two who write there at once do each other no harm. What comes from
there is checked by its hashes like everything else; who may write to the store may put results into other people's runs.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import replace
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

        self.url = url
        self._parts: dict[str, dict[str, str]] = {}
        """By key, the files of unfinished stages that this process put there last."""
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
                self._get(f"{place}/files/{name}", run, name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._told(error) from error
        return entry

    def keep_part(self, run: RunFolder, entry: Entry, outputs: Sequence[str]) -> None:
        """What there is of an unfinished stage; whoever does it next can begin with that."""
        place, files = self._place(entry.key) + ".part", record.seal(run, outputs)
        try:
            before = self._parts.get(entry.key, {})
            self._files.makedirs(place, exist_ok=True)
            for name in [one for one, hashed in files.items() if hashed not in before.values()]:
                self._files.put_file(str(run.path / name), f"{place}/{files[name]}")
            self._files.pipe_file(f"{place}/entry.json", orjson.dumps(record.stored(replace(entry, finished=False, files=files))))
            for old in set(before.values()) - set(files.values()):
                self._files.rm_file(f"{place}/{old}")
            self._parts[entry.key] = files
        except FileNotFoundError:
            self._parts.pop(entry.key, None)  # somebody has finished the stage and taken the part away
        except OSError as error:
            raise self._told(error) from error

    def bring_part(self, run: RunFolder, key: str, outputs: Sequence[str]) -> Entry | None:
        """The entry of the unfinished stage of this key, its files being in the run; None where there is nothing whole."""
        place = self._place(key) + ".part"
        try:
            entry = record.sound(_object(self._files.cat_file(f"{place}/entry.json")))
            if entry is None or entry.key != key or not all(_below(name, outputs) for name in entry.files):
                return None
            for name, hashed in entry.files.items():
                self._get(f"{place}/{hashed}", run, name)
        except FileNotFoundError:
            entry = None
        except OSError as error:
            raise self._told(error) from error
        if entry is None or record.damage(run, entry.files):
            run.remove(list(outputs))
            return None
        return replace(entry, finished=False)

    def remove(self, place: str) -> None:
        """Everything below this place, if there is anything."""
        with contextlib.suppress(OSError):
            self._files.rm(f"{self._root.rstrip('/')}/{place}", recursive=True)

    def write(self, place: str, content: bytes) -> None:
        """One file of this content, whatever stood there before. A UserError where the store refuses."""
        path = f"{self._root.rstrip('/')}/{place}"
        try:
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(path, content)
        except OSError as error:
            raise self._told(error) from error

    def read(self, place: str) -> bytes | None:
        """None where there is nothing."""
        try:
            return bytes(self._files.cat_file(f"{self._root.rstrip('/')}/{place}"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._told(error) from error

    def _get(self, place: str, run: RunFolder, name: str) -> None:
        target = run.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self._files.get_file(place, str(target))

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
