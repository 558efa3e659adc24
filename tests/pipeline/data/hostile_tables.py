"""Tables with one fault each, drawn by a seed: what is written, and which rows of it nothing touched."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

Rows = list[tuple[str, str]]
COUNT = 40
DRAWS = 3
"""Times that each fault that is drawn is drawn anew."""


@dataclass(frozen=True)
class Case:
    """One file or folder as someone might bring it."""

    reader: str
    fault: str
    write: Callable[[Path], list[Path]]
    """Writes it below this folder; returns what to name to `bakeoff init`."""
    untouched: Rows
    """Rows that must come out as they are, or the loss be told."""


def rows(count: int = COUNT) -> Rows:
    return [(f"Where does line {i} end, and who says so?", f"in hall {i}") for i in range(count)]


def as_csv(table: Rows, sign: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=sign, lineterminator="\n").writerows([("question", "answer"), *table])
    return out.getvalue().encode()


def as_jsonl(table: Rows) -> bytes:
    return b"".join(json.dumps({"question": q, "answer": a}).encode() + b"\n" for q, a in table)


def as_json(table: Rows) -> bytes:
    return json.dumps([{"question": q, "answer": a} for q, a in table], indent=0).encode()


def as_xlsx(table: Rows) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in [("question", "answer"), *table]:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def arrow(table: Rows) -> pa.Table:
    return pa.table({"question": [q for q, _ in table], "answer": [a for _, a in table]})


def as_parquet(table: Rows) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(arrow(table), out, write_page_checksum=True)
    return out.getvalue()


def as_feather(table: Rows) -> bytes:
    out = io.BytesIO()
    pyarrow.feather.write_feather(arrow(table), out)
    return out.getvalue()


def as_arrow(table: Rows) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, arrow(table).schema) as writer:
        writer.write_table(arrow(table), max_chunksize=8)
    return out.getvalue()


TEXT = {"csv": as_csv, "tsv": lambda table: as_csv(table, "\t"), "jsonl": as_jsonl, "ndjson": as_jsonl, "json": as_json}
BINARY = {"xlsx": as_xlsx, "parquet": as_parquet, "feather": as_feather, "arrow": as_arrow}


def tables(seed: int) -> Iterator[Case]:
    """Every fault for every reader it can befall."""
    draw = random.Random(seed)
    for reader, made in TEXT.items():
        yield from _texts(reader, made, draw)
        yield from _written_otherwise(reader, made)
    for reader, made in BINARY.items():
        yield from _binaries(reader, made(rows()), draw)
    for sign, reader in ((",", "csv"), ("\t", "tsv")):
        yield from _records(reader, sign, draw)
    yield from _json_values(draw)
    yield from _workbooks()


def _file(reader: str, fault: str, content: bytes, untouched: Rows) -> Case:
    def write(folder: Path) -> list[Path]:
        path = folder / f"rows.{reader}"
        path.write_bytes(content)
        return [path]

    return Case(reader, fault, write, untouched)


def _kept(content: bytes, table: Rows) -> Rows:
    """Rows whose question and answer both still stand in the bytes."""
    return [row for row in table if all(json.dumps(part)[1:-1].encode() in content for part in row)]


def _texts(reader: str, made: Callable[[Rows], bytes], draw: random.Random) -> Iterator[Case]:
    whole = made(rows())
    for _ in range(DRAWS):
        place = draw.randrange(1, len(whole))
        for fault, content in {
            "cut": whole[:place],
            "zeros at the end": whole[:place] + b"\0" * 64,
            "a zero byte": whole[:place] + b"\0" + whole[place:],
            "garbage in the middle": whole[:place] + draw.randbytes(40) + whole[place:],
            "garbage after": whole + draw.randbytes(200),
            "a mark in the middle": whole[:place] + b"\xef\xbb\xbf" + whole[place:],
            "a bad byte": whole[:place] + b"\xff" + whole[place:],
            "half a UTF-8 character": whole[:place] + b"\xe2\x82" + whole[place:],
            "twice": whole + whole,
        }.items():
            yield _file(reader, fault, content, [])
        for count in (1, 5, 50):
            flipped = bytearray(whole)
            for _ in range(count):
                flipped[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
            yield _file(reader, f"{count} flipped bits", bytes(flipped), [])
    for fault, content in {
        "empty": b"",
        "blanks": b" \n\n \t\n",
        "a mark alone": b"\xef\xbb\xbf",
        "random": draw.randbytes(5000),
        "a picture": b"\x89PNG\r\n\x1a\n" + whole,
        "HTML": b"<!doctype html><html><body>Not found</body></html>",
        "gzip": b"\x1f\x8b\x08" + whole,
        "one word": b"hello",
    }.items():
        yield _file(reader, fault, content, [])


def _written_otherwise(reader: str, made: Callable[[Rows], bytes]) -> Iterator[Case]:
    """Nothing is wrong with these: every row must come out."""
    western = [(q.replace("line", "Straße – “naïve”"), a.replace("hall", "Höhe é")) for q, a in rows()]
    other = {
        "cp1250": [(f"Gdzie kończy się łączność numer {i}, żeby wyjść?", f"w sali źródło {i}") for i in range(COUNT)],
        "koi8-r": [(f"Где кончается строка номер {i} и кто это сказал?", f"в зале {i}") for i in range(COUNT)],
        "cp1251": [(f"Где кончается строка номер {i} и кто это сказал?", f"в зале {i}") for i in range(COUNT)],
        "shift_jis": [(f"第{i}号線はどこで終わりますか、誰がそう言いますか。", f"第{i}会場です") for i in range(COUNT)],
        "gb18030": [(f"第{i}号线在哪里结束，这是谁说的？", f"在第{i}号大厅") for i in range(COUNT)],
    }
    plain = lambda table: _unescaped(reader, table)  # noqa: E731
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        yield _file(reader, f"in {encoding}", plain(western).decode().encode(encoding), western)
    for encoding, table in other.items():
        yield _file(reader, f"in {encoding}", plain(table).decode().encode(encoding), [])
    text = made(rows())
    yield _file(reader, "line ends of Windows", text.replace(b"\n", b"\r\n"), rows())
    yield _file(reader, "line ends of an old Mac", text.replace(b"\n", b"\r"), rows())
    yield _file(reader, "blank lines", text.replace(b"\n", b"\n\n"), rows())
    odd = [(f"{q} \u2028 \u0085 \u200b 👩‍👩‍👧 \u202eevil", a) for q, a in rows()]
    yield _file(reader, "odd characters", plain(odd), odd)
    long = [(q + " word" * 200_000, a) if i == 3 else (q, a) for i, (q, a) in enumerate(rows())]
    yield _file(reader, "a cell of a megabyte", made(long), long)


def _unescaped(reader: str, table: Rows) -> bytes:
    if reader in ("csv", "tsv"):
        return as_csv(table, "," if reader == "csv" else "\t")
    lines = [json.dumps({"question": q, "answer": a}, ensure_ascii=False) for q, a in table]
    return (f"[{', '.join(lines)}]" if reader == "json" else "\n".join(lines) + "\n").encode()


def _records(reader: str, sign: str, draw: random.Random) -> Iterator[Case]:
    """Faults of single records; all others stay."""
    lines = as_csv(rows(), sign).decode().splitlines()
    for fault, change in {
        "a quote that opens": lambda line: line.replace(sign + "in hall", sign + '"in hall'),
        "a quote before all": lambda line: '"' + line.replace('"', ""),
        "a quote in the middle": lambda line: line.replace("line", 'li"ne'),
        "one cell more": lambda line: line + sign + "more",
        "one cell less": lambda line: line.replace(sign + "in hall", " in hall"),
        "a zero byte": lambda line: line.replace("hall", "ha\0ll"),
        "an escape": lambda line: line.replace("hall", "ha\x1b[31mll"),
        "a line break": lambda line: line.replace("line", "li\nne"),
        "NaN": lambda line: sign.join(["x", "NaN"]),
    }.items():
        for count in (1, 1, 3):
            touched = set(draw.sample(range(1, COUNT), count))
            made = "\n".join(change(line) if number - 1 in touched else line for number, line in enumerate(lines)) + "\n"
            yield _file(reader, f"{fault} ({count})", made.encode(), [row for number, row in enumerate(rows()) if number not in touched])
    head, body = lines[0], lines[1:]
    for fault, made in {
        "a title": ["Export", "", head, *body],
        "sep=": [f"sep={sign}", head, *body],
        "empty columns": [line + sign * 3 for line in (head, *body)],
        "an index": [sign + head, *(f"{i}{sign}{line}" for i, line in enumerate(body))],
        "no line end": [head, *body],
    }.items():
        yield _file(reader, fault, "\n".join(made).encode(), rows())
    for fault, made in {
        "twice": [sign.join([head, "answer"]), *body],
        "alone": [head],
        "empty": [sign, *body],
        "5000 columns": [sign.join(map(str, range(5000)))] * 3,
    }.items():
        yield _file(reader, f"header: {fault}", "\n".join(made).encode(), [])


def _json_values(draw: random.Random) -> Iterator[Case]:
    """Values that JSON can hold and a row can not."""
    values = {
        "NaN": "NaN",
        "Infinity": "-Infinity",
        "null": "null",
        "half a character": '"\\ud83d"',
        "deep": "[" * 3000 + "]" * 3000,
        "a long number": "9" * 5000,
        "1e999": "1e999",
        "an object": '{"a": {"b": [1, null]}}',
        "true": "true",
        "a key twice": '"x", "answer": "y"',
        "nothing in a list": "[]",
        "text of a list": '"[[[[\'"',
        "a list of lists": "[[1, 2], [3]]",
        "a zero byte": '"a\\u0000b"',
        "very deep text": json.dumps("[" * 100_000),
    }
    for reader in ("jsonl", "json"):
        for fault, value in values.items():
            place = draw.randrange(COUNT)
            lines = [json.dumps({"question": q, "answer": a}) for q, a in rows()]
            lines[place] = f'{{"question": "Who?", "answer": {value}}}'
            content = f"[{','.join(lines)}]" if reader == "json" else "\n".join(lines)
            yield _file(reader, f"value: {fault}", content.encode(), [row for number, row in enumerate(rows()) if number != place])


def _binaries(reader: str, whole: bytes, draw: random.Random) -> Iterator[Case]:
    for _ in range(2 * DRAWS):
        place = draw.randrange(4, len(whole))
        for fault, content in {
            "cut": whole[:place],
            "zeros at the end": whole[:place] + b"\0" * 64,
            "garbage in the middle": whole[:place] + draw.randbytes(40) + whole[place:],
            "a piece missing": whole[:place] + whole[place + 9 :],
        }.items():
            yield _file(reader, fault, content, [])
        for count in (1, 30):
            flipped = bytearray(whole)
            for _ in range(count):
                flipped[draw.randrange(4, len(whole))] ^= 1 << draw.randrange(8)
            yield _file(reader, f"{count} flipped bits", bytes(flipped), [])
    for fault, content in {
        "empty": b"",
        "the mark alone": whole[:8],
        "random": whole[:8] + draw.randbytes(5000),
        "text": b"question,answer\na,b\n",
        "whole": whole,
    }.items():
        yield _file(reader, fault, content, rows() if fault == "whole" else [])


def _workbooks() -> Iterator[Case]:
    whole = as_xlsx(rows())
    sheet = "xl/worksheets/sheet1.xml"

    def changed(old: bytes, new: bytes, part: str = sheet) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                content = source.read(name)
                target.writestr(name, content.replace(old, new, 1) if name == part else content)
        return out.getvalue()

    bombs: dict[str, Any] = {
        "its size is all cells": (changed(b'ref="A1:B41"', b'ref="A1:XFD1048576"'), rows()),
        "its size is half": (changed(b'ref="A1:B41"', b'ref="A1:B20"'), rows()),
        "a cell at the far end": (
            changed(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'),
            rows(),
        ),
        "a gigabyte of one letter": (
            changed(
                b"</sheetData>", b'<row r="50"><c r="A50" t="inlineStr"><is><t>' + b"a" * 300_000_000 + b"</t></is></c></row></sheetData>"
            ),
            [],
        ),
        "ten million cells": (
            changed(b"</sheetData>", b'<row r="50">' + b'<c r="A50"><v>1</v></c>' * 10_000_000 + b"</row></sheetData>"),
            [],
        ),
        "shared texts": (changed(b"</sst>", b"<si><t>x</t></si>" * 8_000_000 + b"</sst>", "xl/sharedStrings.xml"), []),
        "an entity": (
            changed(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'),
            [],
        ),
        "an entity of a file": (changed(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet'), []),
        "no sheet": (changed(b"<sheetData>", b"<nothing>"), []),
        "rows out of order": (changed(b'<row r="5"', b'<row r="900"'), []),
    }
    for fault, (content, untouched) in bombs.items():
        yield _file("xlsx", fault, content, untouched)
