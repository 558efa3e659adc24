"""Files → examples and documents, one module a family of formats. What cannot be read is reported, never dropped in silence."""

from pipeline.ingest.documents import load_documents
from pipeline.ingest.examples import load_examples
from pipeline.ingest.quarantine import BadRow, Loaded

__all__ = ["BadRow", "Loaded", "load_documents", "load_examples"]
