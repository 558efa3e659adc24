"""A ZIP → its members, one at a time and within bounds. Never writes one to disk, never takes a name for a path, opens no ZIP in a ZIP."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pipeline.data.ingest.documents.endings import ARCHIVES
from pipeline.data.ingest.rows.quarantine import BadRow, Unreadable
from pipeline.errors import UserError

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""What `zipfile` raises on members that are cut off, forged, or packed in an unknown way."""
DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class Limits:
    """Beyond these an archive is taken for a bomb."""

    unpacked: int = 512 * 2**20
    """Bytes, all members together, as the archive declares them; no member is read beyond what it declares."""
    members: int = 20_000
    ratio: int = 100
    """Bytes unpacked for a byte packed; looked at above `harmless` bytes only, since small texts may well repeat themselves."""
    harmless: int = 16 * 2**20


LIMITS = Limits()


class Archive:
    """An open ZIP. `names` may be read; `refused` says why the others may not. UserError where the whole of it is refused."""

    def __init__(self, path: Path, limits: Limits = LIMITS) -> None:
        self._zip = opened(path, str(path), limits)
        self._members: dict[str, zipfile.ZipInfo] = {}
        self.refused: list[BadRow] = []
        infos = [info for info in self._zip.infolist() if not _place(info).endswith("/")]
        times = Counter(_place(info) for info in infos)
        for info in infos:
            reason = _reason(info) or ("its name stands in the archive more than once" if times[_place(info)] > 1 else "")
            if reason:
                self.refused.append(BadRow(f"{path}!{_shown(info.orig_filename)}", 1, "", reason))
            else:
                self._members[_place(info)] = info

    @property
    def names(self) -> list[str]:
        """Of the files that may be read, in order; hidden ones and a Mac's own are passed over, as in a folder."""
        return sorted(name for name in self._members if not _hidden(name))

    def read(self, name: str) -> bytes:
        """The member's bytes; Unreadable where it is damaged."""
        try:
            return self._zip.read(self._members[name])
        except DAMAGE as error:
            raise Unreadable(f"it is damaged inside the archive ({type(error).__name__})") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()


def opened(file: Path | IO[bytes], where: str, limits: Limits = LIMITS) -> zipfile.ZipFile:
    """The archive, once it is known to be within the limits and not encrypted; else a UserError."""
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError:
        raise UserError("there is no such file.", where=where) from None
    except PermissionError:
        raise UserError("no permission to read this file.", where=where) from None
    except DAMAGE:
        raise UserError("this is no ZIP archive, or it is damaged.", where=where, remedy="Pack it anew.") from None
    problem = _bounds(archive.infolist(), limits)
    if problem:
        archive.close()
        raise UserError(f"this archive {problem}.", where=where, remedy="Unpack it yourself and name the folder instead.")
    return archive


def _bounds(infos: list[zipfile.ZipInfo], limits: Limits) -> str:
    unpacked, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if len(infos) > limits.members:
        return f"holds {len(infos):,} members; at most {limits.members:,} are read"
    if unpacked > limits.unpacked:
        return f"unpacks to {unpacked / 2**20:,.0f} MiB; at most {limits.unpacked / 2**20:,.0f} are read"
    if unpacked > limits.harmless and unpacked > limits.ratio * packed:
        return f"unpacks to more than {limits.ratio} times its size, as archives made to do harm do"
    if any(info.flag_bits & 1 for info in infos):
        return "is encrypted"
    return ""


def _reason(info: zipfile.ZipInfo) -> str:
    """Why this member is refused, or nothing."""
    name = info.orig_filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "it is a link or a device and not a file"
    if name.startswith(("/", "\\")) or DRIVE.match(name) or ".." in re.split(r"[/\\]", name):
        return "its name leads out of the archive"
    if not name.isprintable() or not name.strip():
        return "its name holds characters that no file name should"
    if Path(_place(info)).suffix.lower() in ARCHIVES:
        return "it is an archive within an archive; unpack it"
    return ""


def _place(info: zipfile.ZipInfo) -> str:
    """The member's name; some Windows programs write its folders with backslashes."""
    return info.orig_filename.replace("\\", "/")


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:200]
