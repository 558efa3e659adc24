"""Uploaded files on disk, at once and under names of our own. What was uploaded stands in the address, so that a reload keeps it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pipeline import jobs
from pipeline.ingest.endings import DOCUMENTS
from pipeline.ingest.tables import FORMATS
from pipeline.store import write_bytes

DRAFT = re.compile(r"[0-9a-f]{16}")


def kept(examples: Any, documents: Sequence[Any]) -> Path | None:
    """The folder of these uploads, else of the draft that the address names; None where there is neither.

    A folder is called by its content's hash; of a file's name only its ending is used, and only a known one.
    """
    if examples is None:
        return _draft()
    contents = [("examples", examples), *((f"documents/{number:05d}", file) for number, file in enumerate(documents))]
    digest = hashlib.sha256()
    for place, file in contents:
        digest.update(place.encode() + Path(file.name).suffix.lower().encode() + file.getbuffer())
    name = digest.hexdigest()[:16]
    folder = _folder(name)
    for place, file in contents:
        ending = Path(file.name).suffix.lower()
        path = folder / f"{place}{ending if ending in (*DOCUMENTS, *FORMATS) else '.txt'}"
        if not path.exists():
            write_bytes(path, bytes(file.getbuffer()))
    st.query_params["draft"] = name
    return folder


def files(folder: Path) -> list[Path]:
    """What the draft holds: its examples, and its documents as one folder."""
    return [*sorted(folder.glob("examples.*")), *([folder / "documents"] if (folder / "documents").is_dir() else [])]


def _draft() -> Path | None:
    name = st.query_params.get("draft", "")
    return _folder(name) if DRAFT.fullmatch(name) and any(_folder(name).glob("examples.*")) else None


def _folder(name: str) -> Path:
    return jobs.runs_folder() / ".uploads" / name
