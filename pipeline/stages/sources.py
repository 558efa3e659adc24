"""What is indexed: documents, or labelled training examples. Never test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import UserError
from pipeline.experiment.load import Experiment
from pipeline.stages.base import Context

if TYPE_CHECKING:
    from retrieval.chunk import Source

EXAMPLE_PREFIX = "train:"


def source_of(experiment: Experiment, documents: bool) -> str:
    return experiment.retrieval.source or ("documents" if documents else "examples")


def sources(context: Context) -> list[Source]:
    """What may be retrieved: documents, labelled training rows, or both."""
    from retrieval.chunk import Source

    kind = source_of(context.experiment, bool(context.documents))
    found: list[Source] = []
    if kind in ("documents", "both"):
        found += [Source(d.id, d.text, d.title, d.metadata) for d in context.documents if d.text.strip()]
        if not found:
            raise UserError(
                "there are no documents with text to retrieve from.",
                where=", ".join(context.experiment.data.documents) or "data.documents",
                remedy="Name documents, or set retrieval.source to examples.",
            )
    if kind in ("examples", "both"):
        found += [Source(EXAMPLE_PREFIX + row.id, row.query, "", {"label": context.task.target(row)}) for row in context.train]
    return found
