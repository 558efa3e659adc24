"""Questions that people asked, of which nobody knows the answer (a search log, tickets): a model drafts the answer with its quote.

People's questions are as they are: they are not checked for their wording, and not dropped for being answered without a passage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from eval.metrics.grading.asked import Asked
from eval.metrics.grading.grade import ungradable
from eval.metrics.grading.key_facts import polarity
from pipeline.data.audit.language import guess
from pipeline.drafting.asking import Question, Reply
from pipeline.drafting.engine import Asks, Search, placed, without_doubles
from pipeline.drafting.record import ASKED, Draft, Place, Task, begun
from pipeline.drafting.rules import holds, place_of
from pipeline.drafting.wording import Located, to_locate

PEOPLE = "people who asked"


def answered(
    questions: Sequence[str], generator: str, asks: Asks, search: Search, seed: int, rows: Sequence[str] = (), slices: Sequence[str] = ()
) -> list[Draft]:
    """A draft for every question, in their order, from the passages that are retrieved for it.

    `slices`: of a log, where they were sampled from one.
    """
    found = search.retriever.retrieve(list(questions), search.top) if questions else []
    users = [f"{PEOPLE} ({one})" for one in slices] or [PEOPLE] * len(questions)
    shown = [tuple(Place(p.id, p.document, p.title, p.text) for p in (one.passage for one in hits)) for hits in found]
    tasks = [Task(n, ASKED, users[n], shown[n], guess(question), seed, question) for n, question in enumerate(questions)]
    replies = asks.ask("answering", [Question(to_locate(task.question, task.passages), Located) for task in tasks])
    drafts = [_located(begun(task, generator), reply) for task, reply in zip(tasks, replies, strict=True)]
    return placed(without_doubles(drafts, search.embedder, rows), search)


def _located(draft: Draft, reply: Reply) -> Draft:
    """With the one passage that its quote stands in; of a question that none answers with the nearest one."""
    nearest = replace(draft, passages=draft.passages[:1])
    if reply.said is None:
        return replace(nearest, ended="schema" if reply.lasting else "unanswered", why=reply.why)
    said = cast(Located, reply.said)
    if not said.found:
        return nearest
    answer = " ".join(said.answer.split())
    place = next((place for place in draft.passages if place_of(said.quote, place.text)), None)
    if place is None:
        return replace(nearest, answer=answer, ended="quote", why="the quote does not stand in a passage")
    made = replace(draft, passages=(place,), answer=answer, quotes=(said.quote,))
    if not holds(said.quote, answer) and polarity(answer) is None:
        return replace(made, ended="quote", why="the quote does not hold the answer")
    why = ungradable(Asked((answer,), draft.question))
    return replace(made, ended="rules", why=why) if why else made
