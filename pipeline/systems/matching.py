"""Which document a system's context comes from: by its id, or because the document holds its text. Ranks and scores nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import PurePath

from pipeline.records import Document, Example, Hit
from pipeline.systems.reply import Retrieved

FEWEST = 20
"""Characters below which a text stands in a document by chance."""
BREAK = "\x00"


class Documents:
    """All documents, to be looked up in."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._ids = [document.id for document in documents]
        self._known = {name: document.id for document in reversed(documents) for name in _names(document)}
        texts = [_plain(document.text) for document in documents]
        self._starts = [0]
        for text in texts:
            self._starts.append(self._starts[-1] + len(text) + 1)
        self._all = BREAK.join(texts)

    def of(self, context: Retrieved) -> str | None:
        """The document's id; None where it is none of these. A passage's id `document:3` names its document."""
        for name in (context.id, context.id.rpartition(":")[0]):
            if name and name in self._known:
                return self._known[name]
        text = _plain(context.text)
        place = self._all.find(text) if len(text) >= FEWEST else -1
        return self._ids[bisect_right(self._starts, place) - 1] if place >= 0 else None

    def hits(self, row: Example, system: str, contexts: Sequence[Retrieved]) -> tuple[Hit, ...]:
        """As a prediction keeps them, best first; `gold` is None where gold passages, or the context's document, are not known."""
        found = []
        for place, context in enumerate(contexts, 1):
            document = self.of(context)
            gold = document in row.gold_passages if row.gold_passages and document is not None else None
            found.append(Hit(f"{system}:{row.id}:{place}", document or context.id or f"context {place}", 0.0, gold, context.text))
        return tuple(found)


def _names(document: Document) -> tuple[str, ...]:
    """What a document may be called: its id, and its file's name."""
    origin = document.metadata.get("origin", "")
    return (document.id, *((origin, PurePath(origin).name) if origin else ()))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
