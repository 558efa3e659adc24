"""Hashes by which a stage's result is known again: of files, of source code, of plain values. Reads, never writes."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.files import hash_of

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("torch", "transformers", "peft", "sentence-transformers", "faiss-cpu", "ragas", "numpy", "scipy")
CONVERTERS = ("markitdown", "markdownify", "beautifulsoup4", "mammoth", "pdfplumber", "pdfminer.six")
"""What documents become Markdown by."""


def of_value(value: Any) -> str:
    """64 hex digits; equal for equal plain values, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def of_inputs(paths: list[str]) -> dict[str, str]:
    """Content hash of every file by its place in the list and its name there, folders walked; where a file lies does not count.

    What does not exist or may not be read is left to the import to report; a dataset of the hub is known by its id.
    """
    found: dict[str, str] = {}
    for place, name in enumerate(paths):
        path = Path(name)
        files = [(str(f.relative_to(path)), f) for f in sorted(path.rglob("*")) if f.is_file()] if path.is_dir() else [(path.name, path)]
        for short, file in files:
            found[f"{place}/{short}"] = hash_of(file) if file.is_file() and os.access(file, os.R_OK) else "cannot be read"
    return found


@cache
def of_code(*places: str) -> str:
    """Of all Python sources and shipped tables below these places (`retrieval`, `pipeline/tasks`, `pipeline/arms.py`)."""
    parts: dict[str, str] = {}
    for place in places:
        path = ROOT / place
        if not path.exists():
            raise FileNotFoundError(f"a stage names sources that do not exist: {place}")
        files = [path] if path.is_file() else sorted([*path.rglob("*.py"), *path.rglob("*.json")])
        parts |= {str(f.relative_to(ROOT)): hash_of(f) for f in files}
    return of_value(parts)


@cache
def versions(names: tuple[str, ...] = LIBRARIES) -> dict[str, str]:
    """Installed versions of the libraries that results depend on."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "missing"
    return found
