"""Systems of one's own on the New page: files of answers and an address, to be compared with what is built, or alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pipeline.files import hash_of, write_bytes
from pipeline.systems.answers_file import ENDINGS
from pipeline.ui import gate
from pipeline.ui.comparison import uploads

Json = dict[str, Any]
FOLDER = "answers"
PLACE = "http://localhost:8000/answer"
SENT = 'It is sent POST {"id", "input"} for each test question, and gives {"answer"}.'


def asked(folder: Path) -> Json:
    """The sections `systems` and, where nothing is to be built, `arms`; nothing where there are no systems."""
    with st.expander("Systems of your own, if you have any"):
        st.caption("What they answered, in files with the columns id and answer (ids of your rows; without an id column: row-2, row-3, …).")
        files = st.file_uploader("Answers", type=[ending[1:] for ending in ENDINGS], accept_multiple_files=True, key="answers")
        url = "" if gate.shared() else st.text_input("Or an address that answers", placeholder=PLACE, key="system-url", help=SENT)
        systems = [*_kept(folder, files or []), *([{"name": "service", "url": url.strip()}] if url.strip() else [])]
        if not systems:
            return {}
        alone = st.toggle("Compare these alone: nothing is built, every row is a test question", key="systems-alone")
    return {"systems": _apart(systems), **({"arms": []} if alone else {})}


def _kept(folder: Path, files: Sequence[Any]) -> list[Json]:
    """Each file stored under its content's hash; of its name only the ending, a known one, is part of a path."""
    found = []
    for number, file in enumerate(files):
        ending = Path(file.name).suffix.lower()
        part = folder / FOLDER / f"{number:03d}{ending if ending in ENDINGS else '.csv'}"
        write_bytes(part, bytes(file.getbuffer()))
        path = part.with_name(f"{hash_of(part)[:16]}{part.suffix}")
        part.replace(path)
        uploads.call(folder, path, file.name)
        found.append({"name": _name(file.name), "answers": f"{FOLDER}/{path.name}"})
    return found


def _name(file: str) -> str:
    """As a candidate may be called."""
    plain = re.sub(r"[^a-z0-9]+", "_", Path(file).stem.lower()).strip("_")[:24]
    return plain if plain[:1].isalpha() else f"system_{plain}".rstrip("_")


def _apart(systems: Sequence[Json]) -> list[Json]:
    """Names that come twice get a number."""
    names = [system["name"] for system in systems]
    return [
        {**system, "name": f"{name}_{names[: place + 1].count(name)}" if names.count(name) > 1 else name}
        for place, (system, name) in enumerate(zip(systems, names, strict=True))
    ]
