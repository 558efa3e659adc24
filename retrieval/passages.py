"""Passages to and from JSON Lines and LangChain's documents. Cuts and searches nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from langchain_core.documents import Document

from retrieval.chunk import Passage


def write_passages(path: Path, passages: Iterable[Passage]) -> None:
    """One passage a line; the file is never seen half-written."""
    replace_file(path, (orjson.dumps(asdict(passage)) + b"\n" for passage in passages))


def read_passages(path: Path) -> list[Passage]:
    """What `write_passages` wrote; OSError, ValueError or TypeError where it cannot be read."""
    with path.open("rb") as lines:
        return [Passage(**orjson.loads(line)) for line in lines]


def as_document(passage: Passage) -> Document:
    """The passage as LangChain knows it."""
    meta = {"document": passage.document, "start": passage.start, "end": passage.end, "title": passage.title, **passage.metadata}
    return Document(id=passage.id, page_content=passage.text, metadata=meta)


def from_text(name: str, text: str, metadata: dict[str, Any]) -> Passage:
    """A text of any LangChain store as a passage; where its metadata name no source it is its own."""
    meta = dict(metadata)
    document = str(meta.pop("document", meta.pop("source", name)))
    start = _offset(meta.pop("start", meta.pop("start_index", 0)), 0)
    end = _offset(meta.pop("end", None), start + len(text))
    title = str(meta.pop("title", None) or "")
    return Passage(name, document, start, end, text, title, {str(key): str(value) for key, value in meta.items()})


def _offset(value: Any, otherwise: int) -> int:
    """What other stores keep under these names may be anything."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def replace_file(path: Path, content: Iterable[bytes]) -> None:
    """Write beside `path`, then put it in its place."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as out:
        out.writelines(content)
    part.replace(path)
