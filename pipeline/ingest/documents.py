"""Files and folders → documents with ids, titles and where they came from. Cuts nothing into passages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import UserError
from pipeline.experiment import Data, DocumentColumns
from pipeline.ingest.quarantine import BadRow, Loaded, refuse_too_many
from pipeline.ingest.tables import FORMATS, Row, read_rows
from pipeline.ingest.text import read_text
from pipeline.records import Document

TEXT = (".md", ".markdown", ".txt", ".text", ".rst")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$")
GUESSES = {
    "id": ("doc_id", "id", "document_id", "docid"),
    "title": ("title", "name", "heading"),
    "text": ("text", "content", "body", "passage"),
}


def load_documents(data: Data) -> Loaded[Document]:
    """Every document named, folders walked in order of their names; one without text is quarantined."""
    records: list[Document] = []
    bad: list[BadRow] = []
    for name in data.documents:
        for found in _read(Path(name), data):
            (bad if isinstance(found, BadRow) else records).append(found)  # type: ignore[arg-type]
    if data.documents and not records:
        raise UserError(
            "none of the documents holds any text.", where=", ".join(data.documents), remedy="Give documents with text in them."
        )
    refuse_too_many(len(records), bad, data.bad_rows)
    _refuse_duplicate_ids(records)
    return Loaded(records, bad)


def _read(path: Path, data: Data) -> Iterator[Document | BadRow]:
    if path.is_dir():
        files = sorted(f for f in path.rglob("*") if f.is_file() and f.suffix.lower() in (*TEXT, *FORMATS) and not f.name.startswith("."))
        if not files:
            raise UserError(
                "this folder holds no documents that can be read.", where=str(path), remedy=f"Known: {', '.join((*TEXT, *FORMATS))}."
            )
        stems = [f.stem for f in files]
        for file in files:
            name = file.stem if stems.count(file.stem) == 1 else str(file.relative_to(path).with_suffix(""))
            yield from _file(file, name, data)
    else:
        yield from _file(path, path.stem, data)


def _file(path: Path, name: str, data: Data) -> Iterator[Document | BadRow]:
    if path.suffix.lower() in FORMATS:
        columns: dict[str, str] | None = None
        for row in read_rows(path, data.encoding):
            if isinstance(row, BadRow):
                yield row
                continue
            columns = columns or _columns(row, data.document_columns)
            yield _document(row, columns)
    elif path.suffix.lower() in TEXT:
        yield _text_file(path, name, data.encoding)
    else:
        raise UserError(
            f"documents ending in {path.suffix!r} are not read.", where=str(path), remedy=f"Known: {', '.join((*TEXT, *FORMATS))}."
        )


def _text_file(path: Path, name: str, encoding: str | None) -> Document | BadRow:
    if path.stat().st_size == 0 or not (text := read_text(path, encoding) if path.read_bytes().strip() else ""):
        return BadRow(str(path), 1, "", "this document holds no text")
    first = next(line for line in text.splitlines() if line.strip())
    heading = HEADING.match(first) if path.suffix.lower() in (".md", ".markdown") else None
    return Document(name, text.strip(), heading.group(1) if heading else "", {"origin": path.name})


def _columns(row: Row, named: DocumentColumns) -> dict[str, str]:
    there = [str(name) for name in row.cells]
    found = {}
    for key, names in GUESSES.items():
        wanted = getattr(named, key)
        if wanted and wanted not in there:
            raise UserError(f"data.document_columns.{key} names {wanted!r}, which is not there ({', '.join(there)}).", where=row.origin)
        column = wanted or next((n for n in names if n in there), None)
        if column:
            found[key] = column
    if "text" not in found:
        raise UserError(
            f"which column is the text? ({', '.join(there)})", where=row.origin, remedy="Name it as data.document_columns.text."
        )
    return found


def _document(row: Row, columns: dict[str, str]) -> Document | BadRow:
    def cell(key: str) -> str:
        value: Any = row.cells.get(columns.get(key, ""))
        return "" if value is None else str(value).strip()

    if not cell("text"):
        return BadRow(row.file, row.line, columns["text"], "this document holds no text")
    return Document(cell("id") or f"row-{row.line}", cell("text"), cell("title"), {"origin": f"{Path(row.file).name}:{row.line}"})


def _refuse_duplicate_ids(records: list[Document]) -> None:
    seen: dict[str, str] = {}
    for record in records:
        origin = record.metadata.get("origin", "")
        if record.id in seen:
            raise UserError(
                f"the document id {record.id!r} stands here and in {seen[record.id]}.", where=origin, remedy="Give each an id of its own."
            )
        seen[record.id] = origin
