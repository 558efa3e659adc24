"""A store of the team's own behind `retrieval.store`: what it returns is kept in the run as passages, and which documents these are of."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol

from eval.metrics.answer import normalise
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment
from pipeline.own_code.source import hash_of_source
from pipeline.records import Document, Example, read_examples, read_lines
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context
from pipeline.stages.embedder import embedder_of
from pipeline.stages.sources import EXAMPLE_PREFIX
from pipeline.systems.matching import Documents
from pipeline.systems.reply import Retrieved

if TYPE_CHECKING:
    from retrieval.chunk import Passage
    from retrieval.rerank import Reranker
    from retrieval.retriever import Found, Retriever

WHERE = "retrieval.store"
UNKNOWN = "store:"
"""Before the name of a document that is none of ours: whether it is a gold one is not known."""
KEPT = "retrieved/passages.jsonl"
"""Every passage that it returned for a row of this run."""
FEWEST = 20
"""Letters of an input below which it stands in a passage by chance."""


def identity(experiment: Experiment) -> dict[str, Any] | None:
    """What its answers depend on, as far as that can be known: its name, its source, and the version that the team gives it."""
    store = experiment.retrieval.store
    if store is None:
        return None
    return {"store": store, "source": hash_of_source(store, experiment.own_code, WHERE), "version": experiment.retrieval.version}


class Searching(Protocol):
    """What can be searched."""

    def retrieve(self, questions: Sequence[str], k: int, exclude: Sequence[Collection[str]] | None = None) -> list[list[Found]]: ...


class OwnStore:
    """The team's store behind our retriever; passages get the ids of our documents, and what it raises is told as its own fault."""

    def __init__(self, retriever: Retriever, named: Named) -> None:
        self._retriever, self._named = retriever, named

    def retrieve(self, questions: Sequence[str], k: int, exclude: Sequence[Collection[str]] | None = None) -> list[list[Found]]:
        """As `retrieval.retriever.Retriever.retrieve`."""
        try:
            found = self._retriever.retrieve(questions, k, exclude)
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise UserError(f"the store fails: {told}.", where=WHERE, remedy="Mend it; resuming the run asks it again.") from error
        return [self._named.of(row) for row in found]


def identities(experiment: Experiment) -> list[Any]:
    """Of all of the team's own code that retrieval uses."""
    return [identity(experiment), embedder_of(experiment).revision if experiment.retrieval.own_embedder else None]


def opened(context: Context, reranker: Reranker | None) -> OwnStore:
    """Ready to be searched; a UserError where it cannot be had."""
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.vectorstores import VectorStore

    from pipeline.own_code.load import loaded
    from retrieval.retriever import Retriever

    store = loaded(str(context.experiment.retrieval.store), context.experiment.own_code, (VectorStore, BaseRetriever), WHERE)
    return OwnStore(Retriever(store=store, reranker=reranker), Named(context.documents))


class Named:
    """Which of our documents a passage of the store is of: by the id or file name that its metadata give as its source, or by its text."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = Documents(documents)

    def of(self, found: Sequence[Found]) -> list[Found]:
        """The same, with our documents' ids where they are known; none twice."""
        named = [replace(one, passage=self._named(one.passage)) for one in found]
        return list({one.passage.id: one for one in reversed(named)}.values())[::-1]

    def _named(self, passage: Passage) -> Passage:
        """Under an id made of what it holds, for not every store has ids, or keeps them from run to run."""
        document = self._document(passage)
        digest = hashlib.sha256(f"{document}\0{passage.text}".encode("utf-8", "replace")).hexdigest()[:16]
        return replace(passage, id=f"store:{digest}", document=document)

    def _document(self, passage: Passage) -> str:
        names = (passage.document, PurePath(passage.document).name, PurePath(passage.document).stem)
        of = (self._documents.of(one) for one in (*(Retrieved("", name) for name in names), Retrieved(passage.text)))
        return next((found for found in of if found is not None), UNKNOWN + passage.document)


def called(row: Example) -> list[str]:
    """How a store may call the document that is this training row, which neither it nor its group may be given."""
    return [EXAMPLE_PREFIX + row.id, row.id]


def notes(run: RunFolder, experiment: Experiment) -> list[str]:
    """What a reader must know of passages that were indexed elsewhere; nothing where they were indexed here."""
    if experiment.retrieval.store is None:
        return []
    told = [f"Passages come from {experiment.retrieval.store}: what its index cost to build, and whether it changed since, is not known."]
    rows = _test_rows_in_it(run)
    if rows:
        told.append(
            f"Leak: the store of your own returned passages that hold {len(rows)} test questions word for word ({', '.join(rows[:5])}). "
            "Take test data out of it, or arms that retrieve are told the answers."
        )
    return told


def _test_rows_in_it(run: RunFolder) -> list[str]:
    """Ids of test rows whose whole input stands in a passage that was found for them."""
    texts = {line["id"]: normalise(line["text"]) for line in read_lines(run.path / KEPT)}
    inputs = {row.id: normalise(row.input) for row in read_examples(run.path / "data/test.jsonl")}
    found = {line["row"]: [texts.get(hit["passage"], "") for hit in line["hits"]] for line in read_lines(run.path / "retrieved/test.jsonl")}
    return [row for row, asked in inputs.items() if len(asked) >= FEWEST and any(asked in text for text in found.get(row, []))]
