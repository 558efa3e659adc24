"""Writes files so that a kill, a full disk or a power cut leaves the old content or the new one, and reads their hashes back.

What is written here is flushed to the disk, file and folder, before the call returns. Knows nothing of runs.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from pipeline.errors import UserError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SAID_FULL = re.compile(
    r"no space left|os error (28|122|27)\b|errno (28|122|27)\b|disk is full|disk quota exceeded|file too large"
    r"|\d+ requested and \d+ written|PytorchStreamWriter failed writing|unexpected pos \d+ vs",
    re.IGNORECASE,
)
"""How libraries that raise no OSError say it: safetensors, faiss, sqlite, numpy, torch."""

PART = re.compile(r"\..+\.(?P<pid>\d+)\.\d+\.part")


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` by `data` in one step; on any failure the old file stands and no part is left behind."""
    write_chunks(path, (data,))


def write_chunks(path: Path, chunks: Iterable[bytes]) -> None:
    """Replace `path` by these bytes in one step, as `write_bytes` does."""
    part = part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            out.writelines(chunks)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        flush(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def part_of(path: Path) -> Path:
    """Where this thread writes what will take the path's place."""
    return path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")


def is_part(path: Path) -> bool:
    """Whether it is what somebody is writing, or what somebody who was killed left half written."""
    return PART.fullmatch(path.name) is not None


def sweep(folder: Path) -> None:
    """Remove, anywhere below the folder, what processes that are no more left half written."""
    for path in folder.rglob(".*.part"):
        named = PART.fullmatch(path.name)
        if named and not psutil.pid_exists(int(named["pid"])):
            path.unlink(missing_ok=True)


def append(path: Path, lines: bytes) -> None:
    """Whole lines at the end of the file: all of them, or none where the disk is full. A line that a kill cut off is closed first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            lines = lines if file.read(1) == b"\n" else b"\n" + lines
        try:
            if file.write(lines) != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def flush(place: Path) -> None:
    """A file, or a folder's list of names, onto the disk."""
    number = os.open(place, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # file systems that cannot flush a folder
            raise
    finally:
        os.close(number)


def flush_all(place: Path) -> None:
    """This file, or every file and folder below this folder, and the name of the place itself."""
    for one in [place, *(sorted(place.rglob("*")) if place.is_dir() else [])]:
        if not one.is_symlink():
            flush(one)
    flush(place.parent)


def hash_of(path: Path) -> str:
    """SHA-256 of the content, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def disk_is_full(error: BaseException) -> bool:
    """Whether this failure, or what it followed from, is a disk without space, by its number or in its library's words."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in FULL:
            return True
        if not isinstance(seen, UserError) and SAID_FULL.search(str(seen)):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


@contextlib.contextmanager
def told_plainly(place: Path) -> Iterator[None]:
    """Turns a full disk or a refused write into a message for the user."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        where = str(getattr(error, "filename", None) or place)
        if disk_is_full(error):
            raise UserError("the disk is full.", where=where, remedy="Free some space, then `bakeoff resume`.") from error
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise UserError("no permission to write here.", where=where, remedy="Choose another folder with --out.") from error
        raise
