"""Bytes → text, and the errors of files that are none. Knows no formats."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import UserError

BINARY = {
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"%PDF": "a PDF", b"PK\x03\x04": "a ZIP, Word or Excel file",
    b"\x1f\x8b": "a gzip file", b"PAR1": "a Parquet file", b"GIF8": "a GIF picture", b"\x7fELF": "a program", b"SQLite f": "a SQLite file",
}  # fmt: skip


def read_bytes(path: Path) -> bytes:
    """The file's content; what keeps it from being read is a UserError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError("there is no such file.", where=str(path)) from None
    except PermissionError:
        raise UserError("no permission to read this file.", where=str(path), remedy=f"For example: chmod +r {path.name}") from None
    except IsADirectoryError:
        raise UserError("this is a folder, a file is needed.", where=str(path)) from None
    if not data.strip():
        raise UserError("this file is empty.", where=str(path), remedy="Give a file with at least one row.")
    return data


def read_text(path: Path, encoding: str | None = None, expected: str = "a text file") -> str:
    """The file's text: `encoding` as given, else a byte order mark, UTF-8, or what is detected."""
    return decode(read_bytes(path), path, encoding, expected)


def decode(data: bytes, path: Path, encoding: str | None = None, expected: str = "a text file") -> str:
    for mark, kind in BINARY.items():
        if data.startswith(mark):
            raise UserError(f"this is {kind}, not {expected}.", where=str(path), remedy="Give the file its right type and ending.")
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            encoding = encoding or name
    for candidate in [encoding] if encoding else ["utf-8"]:
        try:
            text = data.decode(candidate)
        except LookupError:
            raise UserError(f"{candidate!r} is no known encoding.", where="data.encoding") from None
        except UnicodeDecodeError as error:
            if encoding:
                line = data[: error.start].count(b"\n") + 1
                raise UserError(
                    f"this is not {encoding} text.", where=f"{path}:{line}", remedy="Name the right one as data.encoding."
                ) from None
            text = _detected(data, path, expected)
        if "\x00" in text[:4096]:
            raise UserError(f"this is a binary file, not {expected}.", where=str(path))
        if not text.strip("\ufeff \r\n\t"):
            raise UserError("this file is empty.", where=str(path), remedy="Give a file with at least one row.")
        return text
    raise AssertionError("unreachable")


def _detected(data: bytes, path: Path, expected: str) -> str:
    from charset_normalizer import from_bytes

    if b"\x00" in data[:4096]:
        raise UserError(f"this is a binary file, not {expected}.", where=str(path))
    found = from_bytes(data).best()
    if found is None:
        raise UserError(f"the encoding of this file cannot be told; is it {expected}?", where=str(path), remedy="Name it as data.encoding.")
    return str(found)
