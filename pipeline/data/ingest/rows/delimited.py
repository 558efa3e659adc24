"""CSV and TSV → rows of named cells. Finds the delimiter and the header; a stray quote costs its own line and no other."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pipeline.data.ingest.rows.header import LOOKED_AT, Header, header_at
from pipeline.data.ingest.rows.quarantine import EXCERPT, BadRow, note
from pipeline.data.ingest.rows.row import Rows, shaped_row
from pipeline.data.ingest.text import encoding_note, open_text
from pipeline.errors import UserError

SNIFFED = 20_000
"""Characters from which the delimiter is told."""
LONGEST_CELL = 16 * 2**20
OPEN_QUOTE = "not CSV: a quote that opens on this line is never closed; the line is set aside and the next ones are read without it"
DELIMITERS = ",;\t|"
csv.field_size_limit(LONGEST_CELL)


class Record(NamedTuple):
    """One record and the line it begins on; where it is no CSV, `fault` says why."""

    line: int
    cells: list[str]
    fault: str = ""


def delimited_file(path: Path, encoding: str | None) -> Rows:
    """Every record under the header; a row's line is that of its first line."""
    with open_text(path, encoding, "a CSV table") as source:
        yield from encoding_note(path, source.encoding, encoding)
        first = source.readline()
        told = _told(first)
        sample = source.read(SNIFFED)
        delimiter = told or ("\t" if path.suffix.lower() == ".tsv" else _delimiter(first + sample))
        source.seek(0)
        if told:
            source.readline()
        records = _records(source, delimiter, 2 if told else 1)
        ahead = list(islice((record for record in records if record.fault or any(cell.strip() for cell in record.cells)), LOOKED_AT))
        header = _header(path, ahead)
        yield from (note(str(path), record.line, text) for record, text in _above(ahead[: header.place]))
        yield from (note(str(path), ahead[header.place].line, text) for text in header.notes)
        yield from _rows(str(path), header, delimiter, _chained(ahead[header.place + 1 :], records))


def _chained(first: Sequence[Record], rest: Iterator[Record]) -> Iterator[Record]:
    yield from first
    yield from rest


def _told(line: str) -> str:
    """The delimiter in Excel's own first line, `sep=;`; else empty."""
    bare = line.strip().strip('"').lstrip("\ufeff")
    return bare[4:] if bare[:4].lower() == "sep=" and len(bare) == 5 else "\t" if bare.lower() == "sep=" else ""


def _header(path: Path, ahead: Sequence[Record]) -> Header:
    broken = next((record for record in ahead[:1] if record.fault), None)
    if broken:
        raise UserError(f"the header is no CSV: {broken.fault}.", where=f"{path}:{broken.line}", remedy="Name each column once.")
    return header_at([record.cells for record in ahead], str(path), [record.line for record in ahead])


def _above(records: Sequence[Record]) -> Iterator[tuple[Record, str]]:
    for record in records:
        text = " ".join(cell for cell in record.cells if cell.strip())
        if text:
            yield record, f"stands above the header and is left out: {text[:EXCERPT]}"


def _rows(file: str, header: Header, delimiter: str, records: Iterator[Record]) -> Rows:
    for record in records:
        if record.fault:
            yield BadRow(file, record.line, "", record.fault, delimiter.join(record.cells)[:EXCERPT])
        elif any(cell.strip() for cell in record.cells):
            made = header.cells(record.cells)
            excerpt = delimiter.join(record.cells)[:EXCERPT]
            yield BadRow(file, record.line, "", made, excerpt) if isinstance(made, str) else shaped_row(file, record.line, made)


def _records(source: Iterator[str], delimiter: str, line: int) -> Iterator[Record]:
    """Each record. Where a quote is never closed, or closes in another record, its first line alone is at fault."""
    pending: list[str] = []
    taken: list[str] = []
    width = 0

    def lines() -> Iterator[str]:
        """Physical lines, those put back first; each is remembered until its record is done."""
        while True:
            text = pending.pop() if pending else next(source, None)
            if text is None:
                return
            taken.append(text)
            yield text

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        fault, cells = "", None
        try:
            cells = next(reader, None)
        except csv.Error as error:
            fault = f"not CSV: {error}"
        if cells is None and not fault:
            return
        if fault.endswith("unexpected end of data"):
            fault = OPEN_QUOTE
        if len(taken) > 1 and (fault or _swallowed(taken, cells or [], delimiter, width)):
            fault = OPEN_QUOTE
            pending += reversed(taken[1:])
            del taken[1:]
        if fault:
            reader = csv.reader(lines(), delimiter=delimiter, strict=True)
        width = width or len(cells or [])
        yield Record(line, [taken[0].rstrip("\r\n")] if fault else cells or [], fault)
        line += len(taken)


def _swallowed(taken: Sequence[str], cells: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a quoted cell over several lines rather is rows that a stray quote runs together: lines that are whole rows themselves."""
    inner = taken[1:-1]
    if width < 2 or len(inner) < (3 if width == 2 else 2):
        return bool(width) and len(cells) != width and len(inner) > 0 and _whole(inner, delimiter, width)
    return _whole(inner, delimiter, width)


def _whole(lines: Sequence[str], delimiter: str, width: int) -> bool:
    return all(line.strip() and line.count('"') % 2 == 0 and len(next(csv.reader([line], delimiter=delimiter))) == width for line in lines)


def _delimiter(text: str) -> str:
    """The candidate that splits most of the first lines evenly, and then into most columns. Title lines may stand above."""
    lines = [line for line in text.splitlines()[:LOOKED_AT] if line.strip()]

    def columns(candidate: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=candidate)] or [0]
        most = max(set(widths), key=lambda width: (widths.count(width) if width > 1 else 0, width))
        return (widths.count(most) if most > 1 else 0, most)

    return max(DELIMITERS, key=columns)
