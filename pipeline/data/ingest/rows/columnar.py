"""Parquet, Arrow and Feather files → rows of plain values, class labels by their names. Runs in the bounded process."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.compute  # loaded before the bounds
import pyarrow.feather
import pyarrow.parquet

from pipeline.data.ingest.rows.class_labels import apply, named
from pipeline.data.ingest.rows.values import plain
from pipeline.errors import UserError

BATCH = 1024
UNREAD = "it holds values that cannot be read (binary data, or dates out of range); these cells are empty"
Told = Iterator[dict[str, Any]]


def parquet_rows(path: Path) -> Told:
    """Every row, batch by batch."""
    with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as source:
        yield from _rows(source.schema_arrow, source.iter_batches(BATCH), str(path))


def arrow_rows(path: Path) -> Told:
    """The same of Arrow's file and stream formats, of which Feather is one."""
    with path.open("rb") as head:
        mark = head.read(8)
    if mark.startswith(b"FEA1"):
        table = pyarrow.feather.read_table(path)
        yield from _rows(table.schema, table.to_batches(BATCH), str(path))
        return
    with pyarrow.memory_map(str(path)) as source:
        if mark.startswith(b"ARROW1"):
            reader = pyarrow.ipc.open_file(source)
            batches: Any = (reader.get_batch(number) for number in range(reader.num_record_batches))
        else:
            reader = batches = pyarrow.ipc.open_stream(source)
        yield from _rows(reader.schema, batches, str(path))


def _rows(schema: Any, batches: Any, where: str) -> Told:
    _refuse_twice(schema.names, where)
    labels = named(_features(schema))
    number = 0
    noted: set[str] = set()
    for batch in batches:
        for start in range(0, batch.num_rows, BATCH):
            part = batch.slice(start, BATCH)
            columns = [_values(part.column(place)) for place in range(part.num_columns)]
            for name, (_, unread) in zip(schema.names, columns, strict=True):
                if unread and name not in noted:
                    noted.add(name)
                    yield {"note": f"column {name!r}: {UNREAD}", "line": number + 1}
            for values in zip(*(found for found, _ in columns), strict=True):
                number += 1
                yield {"row": [number, apply(dict(zip(schema.names, values, strict=True)), labels)]}


def _values(column: Any) -> tuple[list[Any], bool]:
    """The plain values of a column, and whether some of them could not be read."""
    try:
        raw = column.to_pylist()
    except (ValueError, OverflowError, TypeError, pyarrow.ArrowException):
        raw = [_one(value) for value in column]
    made = [plain(value) for value in raw]
    lost = (place for place, value in enumerate(made) if value is None and not _missing(raw[place]))
    return made, any(column[place].is_valid for place in lost)


def _missing(value: Any) -> bool:
    """A number that says itself that it is none."""
    return isinstance(value, float)


def _one(value: Any) -> Any:
    """A value that the library cannot hand over: text that is not UTF-8 keeps its bytes as halves of characters, dates are written."""
    try:
        return value.as_py()
    except UnicodeDecodeError:
        return value.as_buffer().to_pybytes().decode("utf-8", "surrogateescape")
    except (ValueError, OverflowError, TypeError, pyarrow.ArrowException):
        try:
            return str(value.cast(pyarrow.string()).as_py())
        except (ValueError, OverflowError, TypeError, pyarrow.ArrowException):
            return None


def _features(schema: Any) -> Any:
    """What `datasets` keeps of its columns in the file."""
    try:
        return json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return None


def _refuse_twice(names: Sequence[str], where: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UserError(
            f"several columns are called {twice[0]!r}, so that it is not known which one is meant.", where=where,
            remedy="Rename or drop one of them.",
        )  # fmt: skip
