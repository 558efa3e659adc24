"""Bytes → text, and the errors of files that are none. Knows no formats."""

from __future__ import annotations

import codecs
import io
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from pipeline.data.ingest.encodings import detected, known, mostly_utf8, samples
from pipeline.data.ingest.rows.quarantine import BadRow, note
from pipeline.errors import UserError

BINARY = {
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"%PDF": "a PDF", b"PK\x03\x04": "a ZIP, Word or Excel file",
    b"\x1f\x8b": "a gzip file", b"PAR1": "a Parquet file", b"GIF8": "a GIF picture", b"\x7fELF": "a program", b"SQLite f": "a SQLite file",
}  # fmt: skip
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
HALVES = re.compile("[\ud800-\udfff]")
HALF = "it holds half a character (a lone surrogate, or bytes that are not UTF-8)"
EMPTY = "this file is empty"
GUESSED = ("utf-8", "utf-8-sig", "utf-16")
"""Encodings that need no check by a person."""
PIECE = 2**20
"""Bytes read at a time; what is detected is detected on so many."""


def read_bytes(path: Path) -> bytes:
    """The file's content; what keeps it from being read is a UserError."""
    with opened(path) as source:
        data = source.read()
    if not data.strip():
        raise _empty(path)
    return data


def opened(path: Path) -> io.BufferedReader:
    """The file, open for reading bytes; what keeps it from being read is a UserError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise UserError("this is a device or a pipe, a file is needed.", where=str(path))
        return path.open("rb")
    except FileNotFoundError:
        raise UserError("there is no such file.", where=str(path)) from None
    except PermissionError:
        raise UserError("no permission to read this file.", where=str(path), remedy=f"For example: chmod +r {path.name}") from None
    except IsADirectoryError:
        raise UserError("this is a folder, a file is needed.", where=str(path)) from None
    except (OSError, ValueError) as error:
        raise UserError(f"this file cannot be opened ({type(error).__name__}).", where=str(path)) from None


def read_text(path: Path, encoding: str | None = None, expected: str = "a text file") -> str:
    """The file's text: `encoding` as given, else a byte order mark, UTF-8, or what is detected."""
    return decode(read_bytes(path), path, encoding, expected)


def open_text(path: Path, encoding: str | None = None, expected: str = "a text file", newline: str | None = None) -> io.TextIOWrapper:
    """The same without holding it: looked through once, piece by piece, for its encoding, then opened to be read line by line."""
    with opened(path) as source:
        _refuse_binary(source.read(4096), path, expected)
    name = _encoding_of(path, encoding, expected)
    return path.open(encoding=name, newline=newline, errors="surrogateescape" if name == "utf-8" else "strict")


def encoding_note(path: Path, name: str, given: str | None) -> Iterator[BadRow]:
    """A remark where the encoding was guessed, with words by which the guess can be checked."""
    if given or name.lower() in GUESSED:
        return
    with opened(path) as source:
        words = samples(source.read(PIECE).decode(name, "ignore"))
    told = f"; are these words right: {', '.join(words)}?" if words else ""
    yield note(str(path), 1, f"not UTF-8: read as {name}{told} Else name the right one as data.encoding")


def decode(data: bytes, path: Path, encoding: str | None = None, expected: str = "a text file") -> str:
    """Bytes that are at hand → text, under the rules of `read_text`."""
    _refuse_binary(data[:4096], path, expected)
    name = _given(encoding, data) or _marked(data) or "utf-8"
    try:
        text = data.decode(name)
    except UnicodeError as error:
        if encoding or _marked(data):
            raise _not_that(name, path, data[: getattr(error, "start", 0)].count(b"\n") + 1) from None
        guessed = _detected(data, path, expected)
        text = data.decode("utf-8", "surrogateescape") if guessed == "utf-8" else _decoded(data, guessed, path)
    if "\x00" in text[:4096]:
        raise UserError(f"this is a binary file, not {expected}.", where=str(path))
    if not text.strip("\ufeff \r\n\t"):
        raise _empty(path)
    return text


def _decoded(data: bytes, name: str, path: Path) -> str:
    try:
        return data.decode(name)
    except UnicodeError as error:
        raise _not_that(name, path, data[: getattr(error, "start", 0)].count(b"\n") + 1) from None


def _given(encoding: str | None, first: bytes) -> str | None:
    """The encoding that the user named; UTF-8 with the mark, if the file has it."""
    name = known(encoding) if encoding else None
    return "utf-8-sig" if name == "utf-8" and first.startswith(codecs.BOM_UTF8) else name


def _encoding_of(path: Path, encoding: str | None, expected: str) -> str:
    """The name under which every byte of the file can be decoded."""
    with opened(path) as source:
        first = source.read(PIECE)
    marked = _marked(first)
    name = _given(encoding, first) or marked or "utf-8"
    bad = _first_bad_line(path, name)
    if bad is None:
        return name
    line, piece = bad
    if encoding or marked:
        raise _not_that(name, path, line)
    name = _detected(piece, path, expected)
    if name == "utf-8":
        return name
    if still := _first_bad_line(path, name):
        raise _not_that(name, path, still[0])
    return name


def _first_bad_line(path: Path, name: str) -> tuple[int, bytes] | None:
    """Where the file cannot be decoded, and the bytes about it; a UserError where it holds nothing or is binary."""
    decoder = codecs.getincrementaldecoder(name)()
    line, anything = 1, False
    for piece in (*_pieces(path), b""):
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeError as error:
            return line + piece[: getattr(error, "start", 0)].count(b"\n"), piece
        if "\x00" in text[:4096]:
            raise UserError("this is a binary file, not text.", where=str(path))
        anything = anything or bool(text.strip("\ufeff \r\n\t"))
        line += piece.count(b"\n")
    if not anything:
        raise _empty(path)
    return None


def _pieces(path: Path) -> Iterator[bytes]:
    with opened(path) as source:
        while piece := source.read(PIECE):
            yield piece


def _marked(data: bytes) -> str | None:
    return next((name for mark, name in MARKS if data.startswith(mark)), None)


def _refuse_binary(head: bytes, path: Path, expected: str) -> None:
    for mark, kind in BINARY.items():
        if head.startswith(mark):
            raise UserError(f"this is {kind}, not {expected}.", where=str(path), remedy="Give the file its right type and ending.")


def _detected(data: bytes, path: Path, expected: str) -> str:
    """The encoding of bytes that are not UTF-8 as a whole; `utf-8` where only a few of them are not."""
    if b"\x00" in data[:4096]:
        raise UserError(f"this is a binary file, not {expected}.", where=str(path))
    name = "utf-8" if mostly_utf8(data[:PIECE]) else detected(data[:PIECE])
    if name is None:
        raise UserError(f"the encoding of this file cannot be told; is it {expected}?", where=str(path), remedy="Name it as data.encoding.")
    return name


def _empty(path: Path) -> UserError:
    return UserError(f"{EMPTY}.", where=str(path), remedy="Give a file with at least one row.")


def _not_that(name: str, path: Path, line: int) -> UserError:
    return UserError(f"this is not {name} text.", where=f"{path}:{line}", remedy="Name the right one as data.encoding.")
