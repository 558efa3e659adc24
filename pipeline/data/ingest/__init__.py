"""Files → examples and documents, one module a family of formats. What cannot be read is reported, never dropped in silence."""

from pipeline.data.ingest.documents.collect import load_documents
from pipeline.data.ingest.rows.examples import load_examples
from pipeline.data.ingest.rows.quarantine import BadRow, Loaded

__all__ = ["BadRow", "Loaded", "load_documents", "load_examples"]
