"""Tasks → drafts, each kept or dropped at a named stage: asked, rules, asked again, compared. Reads no documents and keeps no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from pipeline.drafting import round_trip, rules, similar
from pipeline.drafting.asking import Question, Reply
from pipeline.drafting.record import STAGES, Draft, Place, Task, begun
from pipeline.drafting.wording import Answered, Drafted, DraftedOverTwo, from_memory, from_passages, to_draft
from retrieval.retriever import Found, Retriever

DEPTH = 50
"""How far down a draft's passage is looked for."""
SHOWN = 3
"""Passages that may not answer a question without an answer, as many as a prompt holds."""


class Asks(Protocol):
    """Whoever asks the model."""

    def ask(self, what: str, questions: Sequence[Question]) -> list[Reply]: ...


@dataclass(frozen=True)
class Search:
    """Where drafts are looked for."""

    retriever: Retriever
    embedder: Embeddings
    top: int = SHOWN


def drafted(tasks: Sequence[Task], generator: str, asks: Asks, search: Search, rows: Sequence[str] = ()) -> list[Draft]:
    """A draft for every task, in their order; `rows`: questions at hand that are not to be drafted again."""
    drafts = _written(tasks, generator, asks)
    drafts = [_ruled(draft) for draft in drafts]
    drafts = asked_again(drafts, asks, search)
    return placed(without_doubles(drafts, search.embedder, rows), search)


def counts(drafts: Sequence[Draft]) -> dict[str, int]:
    """`asked`, how many each stage dropped, and `kept`."""
    return {
        "asked": len(drafts),
        **{stage: sum(d.ended == stage for d in drafts) for stage in STAGES},
        "kept": sum(not d.ended for d in drafts),
    }


def _written(tasks: Sequence[Task], generator: str, asks: Asks) -> list[Draft]:
    replies = asks.ask("drafting", [Question(*to_draft(task)) for task in tasks])
    return [_filled(begun(task, generator), reply) for task, reply in zip(tasks, replies, strict=True)]


def _filled(draft: Draft, reply: Reply) -> Draft:
    if reply.said is None:
        return replace(draft, ended="schema" if reply.lasting else "unanswered", why=reply.why)
    said = cast(Drafted | DraftedOverTwo, reply.said)
    quotes = (said.quote, said.second_quote) if isinstance(said, DraftedOverTwo) else (said.quote,)
    return replace(draft, question=" ".join(said.question.split()), answer=" ".join(said.answer.split()), quotes=quotes)


def _ruled(draft: Draft) -> Draft:
    fault = None if draft.ended else rules.fault_of(draft)
    return draft if fault is None else replace(draft, ended=fault.stage, why=fault.why)


def asked_again(drafts: Sequence[Draft], asks: Asks, search: Search) -> list[Draft]:
    """Each that is left with its passages, and without any; those without an answer with what is retrieved for them."""
    found = list(drafts)
    left = [place for place, draft in enumerate(found) if not draft.ended]
    shown = dict(zip(left, _shown([found[place] for place in left], search), strict=True))
    replies = asks.ask("checking", [Question(from_passages(found[place].question, shown[place]), Answered) for place in left])
    for place, reply in zip(left, replies, strict=True):
        found[place] = _judged(found[place], reply, round_trip.fault_with)
    left = [place for place in left if not found[place].ended and round_trip.without_needed(found[place])]
    replies = asks.ask("asking without passages", [Question(from_memory(found[place].question), Answered) for place in left])
    for place, reply in zip(left, replies, strict=True):
        found[place] = _judged(found[place], reply, round_trip.fault_without)
    return found


def _shown(drafts: Sequence[Draft], search: Search) -> list[tuple[Place, ...]]:
    """Its own passages; of a question without an answer the best of all that are retrieved, its own among them."""
    lost = [draft.question for draft in drafts if draft.kind == "unanswerable"]
    found = iter(search.retriever.retrieve(lost, search.top) if lost else [])
    return [(*draft.passages, *_others(draft, next(found))) if draft.kind == "unanswerable" else draft.passages for draft in drafts]


def _others(draft: Draft, found: Sequence[Found]) -> tuple[Place, ...]:
    own = {place.id for place in draft.passages}
    places = (one.passage for one in found)
    return tuple(Place(p.id, p.document, p.title, p.text) for p in places if p.id not in own)


def _judged(draft: Draft, reply: Reply, fault: Callable[[Draft, Answered], str]) -> Draft:
    if reply.said is None:
        return replace(draft, ended="round trip" if reply.lasting else "unanswered", why=reply.why)
    why = fault(draft, cast(Answered, reply.said))
    return replace(draft, ended="round trip", why=why) if why else draft


def without_doubles(drafts: Sequence[Draft], embedder: Embeddings, rows: Sequence[str]) -> list[Draft]:
    """What is nearly a row at hand or an earlier draft goes."""
    left = [draft for draft in drafts if not draft.ended]
    told = similar.nearly_another(
        [draft.question for draft in left], vectors_of(embedder, [draft.question for draft in left]), rows, vectors_of(embedder, rows)
    )
    why = {draft.id: reason for draft, reason in zip(left, told, strict=True) if reason}
    return [replace(draft, ended="duplicates", why=why[draft.id]) if draft.id in why and not draft.ended else draft for draft in drafts]


def placed(drafts: Sequence[Draft], search: Search) -> list[Draft]:
    """Each that is kept with the rank of its passage. It is a slice of the results: a hard question is never dropped for being hard."""
    kept = [draft for draft in drafts if not draft.ended]
    found = search.retriever.retrieve([draft.question for draft in kept], DEPTH) if kept else []
    ranks = {draft.id: _rank(draft, [one.passage.id for one in hits]) for draft, hits in zip(kept, found, strict=True)}
    return [replace(draft, rank=ranks[draft.id]) if not draft.ended else draft for draft in drafts]


def _rank(draft: Draft, found: Sequence[str]) -> int | None:
    own = {place.id for place in draft.passages}
    return next((rank for rank, name in enumerate(found, 1) if name in own), None)


def vectors_of(embedder: Embeddings, texts: Sequence[str]) -> NDArray[np.float32]:
    """(n, d) unit vectors, as of queries."""
    if not texts:
        return np.zeros((0, 1), dtype=np.float32)
    encode = getattr(embedder, "encode", None)
    found = encode(list(texts), "query") if encode else [embedder.embed_query(text) for text in texts]
    return np.asarray(found, dtype=np.float32)
