"""Stores uploaded files at once, under generated names. Their folder is in the page's address, so that a reload keeps them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import streamlit as st

from pipeline import jobs
from pipeline.data.ingest.documents.endings import DOCUMENTS
from pipeline.data.ingest.rows.sides import by_word
from pipeline.data.ingest.rows.tables import FORMATS
from pipeline.files import write_bytes

CALLED = "called.json"
"""Each file's name as it was uploaded: shown, never used."""
DRAFT = re.compile(r"[0-9a-f]{16}")


def kept(examples: Sequence[Any], documents: Sequence[Any]) -> Path | None:
    """The folder of these uploads, else of the draft that the address names; None where there is neither.

    A folder is called by the hash of its content and names; of a name only its ending becomes part of a path, and only a known one; and
    where there are several files of examples, the side of the split that a name tells.
    """
    if not examples:
        return _draft()
    single = [("examples", file) for file in examples[:1]]
    several = [(f"examples-{number:02d}{_side(file.name)}", file) for number, file in enumerate(examples)]
    contents = (single if len(examples) == 1 else several) + [(f"documents/{number:05d}", file) for number, file in enumerate(documents)]
    digest = hashlib.sha256()
    for place, file in contents:
        digest.update(f"{place}\0{file.name}\0{len(file.getbuffer())}\0".encode() + file.getbuffer())
    name = digest.hexdigest()[:16]
    folder = _folder(name)
    called: dict[str, str] = {}
    for place, file in contents:
        ending = Path(file.name).suffix.lower()
        path = folder / f"{place}{ending if ending in (*DOCUMENTS, *FORMATS) else '.txt'}"
        called[str(path.relative_to(folder))] = file.name
        if not path.exists():
            write_bytes(path, bytes(file.getbuffer()))
    write_bytes(folder / CALLED, orjson.dumps(called))
    st.query_params["draft"] = name
    return folder


def _side(name: str) -> str:
    side = by_word(Path(Path(name).name))
    return f"-{side}" if side else ""


def call(folder: Path, path: Path, name: str) -> None:
    """Remembers how a further file of the draft was called when it was uploaded."""
    called = orjson.loads((folder / CALLED).read_bytes()) if (folder / CALLED).exists() else {}
    write_bytes(folder / CALLED, orjson.dumps({**called, str(path.relative_to(folder)): name}))


def files(folder: Path) -> list[Path]:
    """What the draft holds: its examples, and its documents as one folder."""
    return [*sorted(folder.glob("examples[.-]*")), *([folder / "documents"] if (folder / "documents").is_dir() else [])]


def as_called(folder: Path, text: str) -> str:
    """A message in which uploaded files go by the names they were uploaded with, and the server's own folder does not stand."""
    called = orjson.loads((folder / CALLED).read_bytes()) if (folder / CALLED).exists() else {}
    for place, name in called.items():
        text = text.replace(str(folder / place), name)
    return text.replace(f"{folder}/", "")


def _draft() -> Path | None:
    name = st.query_params.get("draft", "")
    return _folder(name) if DRAFT.fullmatch(name) and any(_folder(name).glob("examples[.-]*")) else None


def _folder(name: str) -> Path:
    return jobs.runs_folder() / ".uploads" / name
