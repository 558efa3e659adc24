"""Documents and training examples → passages, vectors, index; then what is found for every row. Test rows are never indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.data.ingest.documents.headings import Outline
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, dump
from pipeline.files import write_bytes
from pipeline.records import Document, Example, Hit
from pipeline.stages.base import Context, Stage, embedder_of
from pipeline.stages.sources import EXAMPLE_PREFIX, sources
from pipeline.stages.tuning import depth
from pipeline.stages.tuning.retrieval_settings import settings_of

if TYPE_CHECKING:
    from langchain_text_splitters import TextSplitter

    from retrieval.chunk import Passage
    from retrieval.rerank import Reranker
    from retrieval.retriever import Found, Retriever

CODE = tuple(f"pipeline/stages/{part}.py" for part in ("index", "sources", "tuning/retrieval_settings"))
EXTRA = 4
"""Passages fetched beyond k: distractors for hybrid's training, and spare ones where gold passages are swapped in."""


def index_stage(experiment: Experiment) -> Stage:
    """The stage that makes what can be searched."""
    return Stage(
        name="index",
        outputs=("index",),
        inputs={"retrieval": _settings(experiment), "embedder": embedder_of(experiment).revision, "engine": experiment.model.engine},
        code=("retrieval", *CODE, "pipeline/tasks"),
        needs=("data", "tune retrieval") if experiment.retrieval.tune else ("data",),
        work=build,
    )


def retrieve_stage(experiment: Experiment) -> Stage:
    """The stage that searches it, once for every row."""
    return Stage(
        name="retrieve",
        outputs=("retrieved",),
        inputs={"k": experiment.retrieval.k, **(depth.inputs_of(experiment) if experiment.retrieval.tune else {})},
        code=("retrieval", *CODE, *(depth.CODE if experiment.retrieval.tune else ())),
        needs=("data", "index", *(("tune retrieval",) if experiment.retrieval.tune else ())),
        work=retrieve,
    )


def found_by(experiment: Experiment) -> tuple[str, ...]:
    """The stages whose results a prompt with passages is made of."""
    return ("data", "index", "retrieve", *(("tune retrieval",) if experiment.retrieval.tune else ()))


def _settings(experiment: Experiment) -> dict[str, Any]:
    return {key: value for key, value in dump(experiment)["retrieval"].items() if key != "k"}


def build(context: Context) -> None:
    """Cut the sources into passages, embed them, and save the index."""
    from retrieval.chunk import split
    from retrieval.retriever import Retriever

    settings, embedder = settings_of(context.run, context.experiment.retrieval), context.embedder
    passages = _under_headings(split(sources(context), splitter_of(context)), context.documents)
    context.progress.note(f"{len(passages)} passages")
    retriever = Retriever.build(
        passages, embedder, search=settings.search, index=settings.index, reranker=_reranker(context), mmr=settings.mmr
    )
    retriever.save(context.run.path / "index")


def _under_headings(passages: Sequence[Passage], documents: Sequence[Document]) -> list[Passage]:
    """Each passage with the headings above its first letter as `heading`, where its document has any."""
    outlines = {document.id: Outline(document.headings) for document in documents if document.headings}
    found = []
    for passage in passages:
        heading = outlines[passage.document].at(passage.start) if passage.document in outlines else ""
        found.append(replace(passage, metadata={**passage.metadata, "heading": heading}) if heading else passage)
    return found


def splitter_of(context: Context) -> TextSplitter:
    from retrieval.chunk import fitting_splitter

    settings = settings_of(context.run, context.experiment.retrieval)
    return fitting_splitter(context.embedder, settings.chunk_tokens, settings.overlap_tokens)


def open_retriever(context: Context, folder: Path | None = None) -> Retriever:
    """Over the run's index, or one like it in another folder."""
    from retrieval.retriever import Retriever

    settings = settings_of(context.run, context.experiment.retrieval)
    return Retriever.load(
        folder or context.run.path / "index", context.embedder, search=settings.search, reranker=_reranker(context), mmr=settings.mmr
    )


def _reranker(context: Context) -> Reranker | None:
    from retrieval.errors import SetupError
    from retrieval.rerank import Reranker

    name = context.experiment.retrieval.reranker
    try:
        return Reranker(name, context.experiment.model.device) if name else None
    except SetupError as error:
        raise UserError(str(error), where="retrieval.reranker") from error


def retrieve(context: Context) -> None:
    """`retrieved/<side>.jsonl`: for each row its k + EXTRA best passages; a training row never finds itself or its group."""
    retriever, most = open_retriever(context), context.experiment.retrieval.k + EXTRA
    by_group: dict[str, list[str]] = {}
    for row in context.train:
        by_group.setdefault(row.unit, []).append(EXAMPLE_PREFIX + row.id)
    for done, side in enumerate(("train", "dev", "test")):
        rows: Sequence[Example] = getattr(context, side)
        own = [by_group.get(row.unit, []) if side == "train" else [] for row in rows]
        found = retriever.retrieve([row.query for row in rows], most, exclude=own)
        lines = [
            orjson.dumps({"row": row.id, "hits": [asdict(hit_of(row, f)) for f in hits]}) for row, hits in zip(rows, found, strict=True)
        ]
        write_bytes(context.run.path / "retrieved" / f"{side}.jsonl", b"".join(line + b"\n" for line in lines))
        context.progress.step(done + 1, 3)
    if context.experiment.retrieval.tune:
        depth.choose(context, most)


def hit_of(row: Example, found: Found) -> Hit:
    """What was found, as a prediction keeps it."""
    passage: Passage = found.passage
    gold = passage.document in row.gold_passages if row.gold_passages else None
    return Hit(passage.id, passage.document, round(float(found.score), 6), gold)
