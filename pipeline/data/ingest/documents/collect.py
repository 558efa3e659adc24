"""Files, folders and archives → documents with ids, titles, headings and where they came from. Cuts nothing into passages."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.data.ingest.documents import ocr
from pipeline.data.ingest.documents.convert import Converted, Converter
from pipeline.data.ingest.documents.endings import CONVERTED, MARKDOWN
from pipeline.data.ingest.documents.headings import headings
from pipeline.data.ingest.rows.names import DOCUMENTS, find
from pipeline.data.ingest.rows.quarantine import BadRow, Loaded, Unreadable, note, refuse_too_many
from pipeline.data.ingest.rows.tables import FORMATS, Row, read_rows
from pipeline.data.ingest.sources import Found, sources
from pipeline.data.ingest.text import EMPTY, HALF, HALVES, decode
from pipeline.errors import UserError
from pipeline.experiment.load import Data, DocumentColumns
from pipeline.records import Document

LISTED = 20
SCANS = "scanned pages can be read where tesseract is installed: data.ocr"


def load_documents(data: Data) -> Loaded[Document]:
    """Every document named, folders and archives walked in order of their names; one that cannot be read is quarantined."""
    records: list[Document] = []
    bad: list[BadRow] = []
    if data.ocr:
        ocr.check(data.ocr)
    with Converter(ocr=data.ocr) as converter:
        for name in data.documents:
            for found in documents_of(Path(name), data, converter):
                if isinstance(found, BadRow):
                    bad.append(found)
                else:
                    records.append(found)
    if data.documents and not records:
        first = f" The first, {bad[0].file}: {bad[0].reason}." if bad else ""
        raise UserError(
            f"none of the documents holds any text.{first}", where=", ".join(data.documents), remedy="Give documents with text in them."
        )
    refuse_too_many(len(records), bad, data.bad_rows)
    records = _each_once(records)
    _refuse_duplicate_ids(records)
    return Loaded(records, bad)


def documents_of(path: Path, data: Data, converter: Converter) -> Iterator[Document | BadRow]:
    """What stands in one file, folder or archive, and what of it cannot be read."""
    for found in sources(path):
        if isinstance(found, BadRow):
            yield found
        elif found.ending in FORMATS:
            yield from _table(found, data)
        else:
            yield from _document(found, data.encoding, converter)


def _document(found: Found, encoding: str | None, converter: Converter) -> Iterator[Document | BadRow]:
    """A file that is one document, and remarks on it."""
    try:
        text, title, blank, read = _text_of(found, encoding, converter)
    except Unreadable as error:
        yield BadRow(found.label, 1, "", str(error), kind="empty" if EMPTY in str(error) else "unread")
        return
    if read:
        yield note(found.label, read[0], f"{_pages(read)} hold no text of their own and were read from their picture: please check")
    if not text:
        scan = f" (a scan?); {SCANS}" if found.ending == ".pdf" else ""
        yield BadRow(found.label, 1, "", f"this document holds no text{scan}", kind="empty")
        return
    if blank:
        yield note(found.label, blank[0], f"no text was found on {_pages(blank)}; {SCANS}")
    if HALVES.search(text):
        text = text.encode("utf-8", "replace").decode()
        yield note(found.label, 1, "some bytes are not UTF-8; each is shown as a question mark")
    outline = headings(text) if found.ending in (*CONVERTED, *MARKDOWN) else ()
    if outline and (outline[0].start == 0 or (outline[0].level == 1 and found.ending in CONVERTED)):
        title = outline[0].text
    yield Document(found.name, text, title, {"origin": found.origin}, outline)


def _pages(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers[:LISTED])) + (", …" if len(numbers) > LISTED else "")
    return f"{'page' if len(numbers) == 1 else 'pages'} {listed}"


def _text_of(found: Found, encoding: str | None, converter: Converter) -> Converted:
    """Text and title; Unreadable where the file is at fault, UserError where a setting is, or a library is missing."""
    try:
        content = found.content()
        if found.ending not in CONVERTED:
            return Converted(decode(content, Path(found.label), encoding).strip(), "")
    except UserError as error:
        if error.where.startswith("data."):
            raise
        raise Unreadable(error.message.rstrip(".")) from None
    return converter.convert(found.ending, content, found.label, encoding)


def _table(found: Found, data: Data) -> Iterator[Document | BadRow]:
    """A file with one document a row."""
    columns: dict[str, str] | None = None
    for row in _rows(found, data.encoding):
        if isinstance(row, BadRow):
            yield row
            continue
        columns = columns or _columns(row, data.document_columns)
        yield _row(row, columns, found.origin)


def _rows(found: Found, encoding: str | None) -> Iterator[Row | BadRow]:
    """The table's rows under its label; what stops the reading is a bad row, unless the user named this very file."""
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as folder:
        try:
            path = found.path or Path(folder) / f"member{found.ending}"
            if found.path is None:
                path.write_bytes(found.content())
            for row in read_rows(path, encoding):
                yield replace(row, file=found.label)
        except Unreadable as error:
            yield BadRow(found.label, 1, "", str(error))
        except UserError as error:
            if found.named or error.where.startswith("data."):
                raise
            yield BadRow(found.label, _line_of(error), "", error.message.rstrip("."))


def _line_of(error: UserError) -> int:
    """The line its place ends in; 1 where it names none."""
    line = error.where.rpartition(":")[2]
    return int(line) if line.isdecimal() and len(line) < 10 else 1


def _columns(row: Row, named: DocumentColumns) -> dict[str, str]:
    there = [str(name) for name in row.cells]
    found = {}
    for key, known in DOCUMENTS.items():
        wanted = getattr(named, key)
        if wanted and wanted not in there:
            raise UserError(f"data.document_columns.{key} names {wanted!r}, which is not there ({', '.join(there)}).", where=row.origin)
        column = wanted or find(there, known)
        if column:
            found[key] = column
    if "text" not in found:
        raise UserError(
            f"which column is the text? ({', '.join(there)})", where=row.origin, remedy="Name it as data.document_columns.text."
        )
    return found


def _row(row: Row, columns: dict[str, str], origin: str) -> Document | BadRow:
    def cell(key: str) -> str:
        value: Any = row.cells.get(columns.get(key, ""))
        return "" if value is None else str(value).strip()

    if not cell("text"):
        return BadRow(row.file, row.line, columns["text"], "this document holds no text", kind="empty")
    if HALVES.search(cell("id") + cell("text") + cell("title")):
        return BadRow(row.file, row.line, "", HALF)
    return Document(cell("id") or f"row-{row.line}", cell("text"), cell("title"), {"origin": f"{origin}:{row.line}"})


def _each_once(records: list[Document]) -> list[Document]:
    """The same text under the same id, as where rows bring the paragraph they ask about, is one document."""
    return list({(record.id, record.text): record for record in reversed(records)}.values())[::-1]


def _refuse_duplicate_ids(records: list[Document]) -> None:
    seen: dict[str, str] = {}
    for record in records:
        origin = record.metadata.get("origin", "")
        if record.id in seen:
            raise UserError(
                f"the document id {record.id!r} stands here and in {seen[record.id]}.", where=origin, remedy="Give each an id of its own."
            )
        seen[record.id] = origin
