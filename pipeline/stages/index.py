"""Documents and training examples → passages, vectors, index; then what is found for every row. Test rows are never indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.arms import built
from pipeline.data.ingest.documents.headings import Outline
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, dump
from pipeline.files import write_bytes
from pipeline.records import Document, Example, Hit
from pipeline.stages import own_store, queries
from pipeline.stages.base import Context, Stage, drawn
from pipeline.stages.embedder import embedder_of
from pipeline.stages.sources import EXAMPLE_PREFIX, sources
from pipeline.stages.tuning import depth, query
from pipeline.stages.tuning.retrieval_settings import settings_of

if TYPE_CHECKING:
    from langchain_text_splitters import TextSplitter

    from pipeline.stages.own_store import Searching
    from retrieval.chunk import Passage
    from retrieval.rerank import Reranker
    from retrieval.retriever import Found, Retriever

CODE = tuple(f"pipeline/stages/{part}.py" for part in ("index", "own_store", "embedder", "sources", "tuning/retrieval_settings"))
JOB = "index"
WORDED_BY = ("finetune/inference", *(f"pipeline/stages/{part}.py" for part in ("queries", "tuning/query", "prediction/remote")))
ALONE, ALONE_FILE = 8, "retrieved/queries.alone.json"
"""Questions whose wording is timed one at a time, for the latency of a single query."""
EXTRA = 4
"""Passages fetched beyond k: distractors for hybrid's training, and spare ones where gold passages are swapped in."""


def index_stage(experiment: Experiment) -> Stage:
    """The stage that makes what can be searched."""
    return Stage(
        name="index",
        outputs=("index",),
        inputs={
            "retrieval": _settings(experiment),
            "store": own_store.identity(experiment),
            "embedder": embedder_of(experiment).revision,
            "engine": experiment.model.engine,
        },
        code=("retrieval", *CODE, "pipeline/tasks"),
        needs=("data", "tune retrieval") if experiment.retrieval.tune else ("data",),
        work=build,
        job=JOB,
    )


def retrieve_stage(experiment: Experiment) -> Stage:
    """The stage that searches it, once for every row."""
    return Stage(
        name="retrieve",
        outputs=("retrieved",),
        inputs={"k": experiment.retrieval.k, **_wording(experiment), **(depth.inputs_of(experiment) if experiment.retrieval.tune else {})},
        code=("retrieval", *CODE, *WORDED_BY, *(depth.CODE if experiment.retrieval.tune else ())),
        needs=("data", "index", *(("tune retrieval",) if experiment.retrieval.tune else ())),
        work=retrieve,
        job=JOB,
    )


def found_by(experiment: Experiment) -> tuple[str, ...]:
    """The stages whose results a prompt with passages is made of; where nothing is built the data alone."""
    if not built(experiment):
        return ("data",)
    return ("data", "index", "retrieve", *(("tune retrieval",) if experiment.retrieval.tune else ()))


def _settings(experiment: Experiment) -> dict[str, Any]:
    return {key: value for key, value in dump(experiment)["retrieval"].items() if key not in ("k", "query", "query_by")}


def _wording(experiment: Experiment) -> dict[str, Any]:
    """What words the search, where anything does."""
    retrieval = experiment.retrieval
    if retrieval.query == "plain":
        return {}
    named = next(((one.address, one.model) for one in experiment.endpoints if one.name == retrieval.query_by), None)
    return {"query": retrieval.query, "by": named or depth.inputs_of(experiment)}


def build(context: Context) -> None:
    """Cut the sources into passages, embed them, and save the index."""
    from retrieval.chunk import split
    from retrieval.retriever import Retriever

    if context.experiment.retrieval.store:
        _keep_documents(context)
        return
    settings, embedder = settings_of(context.run, context.experiment.retrieval), context.embedder
    passages = _under_headings(split(sources(context), splitter_of(context)), context.documents)
    context.progress.note(f"{len(passages)} passages")
    retriever = Retriever.build(
        passages, embedder, search=settings.search, index=settings.index, reranker=_reranker(context), mmr=settings.mmr
    )
    retriever.save(context.run.path / "index")


def _keep_documents(context: Context) -> None:
    """With a store of the team's own nothing is embedded or indexed. Documents, where there are any, are cut for arms given gold ones."""
    from retrieval.chunk import Source, split
    from retrieval.passages import write_passages

    folder = context.run.path / "index"
    folder.mkdir(parents=True, exist_ok=True)
    texts = [Source(d.id, d.text, d.title, d.metadata) for d in context.documents if d.text.strip()]
    write_passages(folder / "passages.jsonl", _under_headings(split(texts, splitter_of(context)) if texts else [], context.documents))
    context.run.write_json("index/index.json", {"schema": 1, "kind": "own store", **(own_store.identity(context.experiment) or {})})
    context.progress.note(f"nothing is indexed: passages come from {context.experiment.retrieval.store}")


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


def open_retriever(context: Context) -> Searching:
    """What the run searches with: its index or the store of the team's own, and the model that words the search, where one does."""
    return worded(context, _plain(context))


def worded(context: Context, plain: Searching) -> Searching:
    """The same search by what a model makes of each question, where the run has it so."""
    mode = queries.mode_of(context.run, context.experiment.retrieval)
    return plain if mode is None else queries.Rewriting(plain, queries.Rewriter(context, mode))


def _plain(context: Context) -> Searching:
    if context.experiment.retrieval.store:
        return own_store.opened(context, _reranker(context))
    return load_retriever(context, context.run.path / "index")


def load_retriever(context: Context, folder: Path) -> Retriever:
    """Over the index in this folder."""
    from retrieval.retriever import Retriever

    settings = settings_of(context.run, context.experiment.retrieval)
    return Retriever.load(folder, context.embedder, search=settings.search, reranker=_reranker(context), mmr=settings.mmr)


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
    from retrieval.passages import write_passages

    plain, most = _plain(context), context.experiment.retrieval.k + EXTRA
    by_group: dict[str, list[str]] = {}
    for row in context.train:
        by_group.setdefault(row.unit, []).extend(own_store.called(row) if context.experiment.retrieval.store else [EXAMPLE_PREFIX + row.id])
    if context.experiment.retrieval.query == "auto":
        query.choose(context, plain, {row.id: by_group[row.unit] for row in context.train})
    mode = queries.mode_of(context.run, context.experiment.retrieval)
    rewriter = None if mode is None else queries.Rewriter(context, mode, keep=True)
    retriever = queries.Rewriting(plain, rewriter) if rewriter else plain
    kept: dict[str, Passage] = {}
    for done, side in enumerate(("train", "dev", "test")):
        rows: Sequence[Example] = getattr(context, side)
        own = [by_group.get(row.unit, []) if side == "train" else [] for row in rows]
        found = retriever.retrieve([row.query for row in rows], most, exclude=own)
        kept |= {one.passage.id: one.passage for hits in found for one in hits}
        lines = [
            orjson.dumps({"row": row.id, "hits": [asdict(hit_of(row, f)) for f in hits]}) for row, hits in zip(rows, found, strict=True)
        ]
        write_bytes(context.run.path / "retrieved" / f"{side}.jsonl", b"".join(line + b"\n" for line in lines))
        context.progress.step(done + 1, 3)
    if context.experiment.retrieval.store:
        write_passages(context.run.path / own_store.KEPT, kept.values())
    if rewriter is not None:
        _told_of_wording(context, rewriter)
    if context.experiment.retrieval.tune:
        depth.choose(context, most)


def _told_of_wording(context: Context, rewriter: queries.Rewriter) -> None:
    """Seconds of a few questions asked alone; and where the model failed, the search is not what was asked for, and that is said."""
    questions = [row.query for row in drawn(context.test, ALONE, context.experiment.data.split.seed, "alone")]
    context.run.write_json(ALONE_FILE, {"schema": 1, "seconds": queries.seconds_alone(context, rewriter.mode, questions)})
    if failed := rewriter.failed:
        said = f"{len(failed)} questions were searched for as they are, since no query was written ({failed[0].failure})"
        context.progress.note(f"{said}; resuming asks for them again")
        context.incomplete.add("retrieve")


def hit_of(row: Example, found: Found) -> Hit:
    """What was found, as a prediction keeps it."""
    passage: Passage = found.passage
    known = row.gold_passages and not passage.document.startswith(own_store.UNKNOWN)
    gold = passage.document in row.gold_passages if known else None
    return Hit(passage.id, passage.document, round(float(found.score), 6), gold)
