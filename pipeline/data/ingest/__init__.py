"""Files → examples and documents, one module a family of formats. What cannot be read is reported, never dropped in silence.

The names below are loaded when first asked for, so that the bounded processes for foreign files start without them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.data.ingest.documents.collect import load_documents
    from pipeline.data.ingest.rows.examples import load_examples
    from pipeline.data.ingest.rows.quarantine import BadRow, Loaded

__all__ = ["BadRow", "Loaded", "load_documents", "load_examples"]
PLACES = {"load_documents": "documents.collect", "load_examples": "rows.examples", "BadRow": "rows.quarantine", "Loaded": "rows.quarantine"}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
