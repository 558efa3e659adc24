"""What is searched for in place of a question: a model's rewriting of it, an imagined answer, or several wordings at once.

`rewrite` searches by the model's own query (Ma et al. 2023, "Query Rewriting for Retrieval-Augmented Large Language Models").
`hyde` searches by the question and a passage that the model imagines as its answer (Gao et al. 2023, "Precise Zero-Shot Dense Retrieval
without Relevance Labels"; unlike there it is one passage, joined as text instead of averaged as vectors).
`multi` searches by the question and by three other wordings and fuses the rankings by reciprocal rank (as RAG-Fusion does).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import orjson

from pipeline import files
from pipeline.errors import UserError
from pipeline.experiment.load import Retrieval
from pipeline.records import read_lines
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context
from pipeline.stages.own_store import Searching
from pipeline.stages.prediction import remote
from pipeline.stages.tuning.retrieval_settings import settings_of

if TYPE_CHECKING:
    from finetune.inference.generate import Generation, Prompt
    from retrieval.retriever import Found

Mode = Literal["rewrite", "hyde", "multi"]
MODES: tuple[Mode, ...] = ("rewrite", "hyde", "multi")
KEPT = remote.QUERIES
WORDINGS = 3
SYSTEM = {
    "rewrite": "You write search queries. Write one query that would find the passage which answers the user's question. Keep names, "
    "numbers and terms. Write nothing but the query.",
    "hyde": "Write a short passage, two sentences at most, that could stand in a document and answers the user's question. Write nothing "
    "else.",
    "multi": f"Write {WORDINGS} other wordings of the user's question that would find the passage which answers it, one on each line. Keep "
    "names, numbers and terms. Write nothing else.",
}
TOKENS = {"rewrite": 48, "hyde": 96, "multi": 96}
NUMBERED = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.):])\s+")


@dataclass(frozen=True)
class Asked:
    """One question, and what is searched for in its place."""

    question: str
    mode: Mode
    queries: tuple[str, ...]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    failure: str = ""
    """Why the model wrote nothing to search by; the question itself is searched for then."""


class Rewriter:
    """Asks the model once for each question; keeps what it wrote where it is told to."""

    def __init__(self, context: Context, mode: Mode, keep: bool = False) -> None:
        """`keep`: whether this is the stage that writes the file; every other reads it."""
        self._context, self.mode, self._path = context, mode, context.run.path / KEPT if keep else None
        self._known = {one.question: one for one in read(context.run.path / KEPT) if one.mode == mode and not one.failure}

    def queries(self, questions: Sequence[str]) -> list[tuple[str, ...]]:
        """For each question what to search by, in the order of importance."""
        fresh = list(dict.fromkeys(questions))
        if any(question not in self._known for question in fresh):
            (self._locally if self._context.experiment.retrieval.query_by is None else self._elsewhere)(fresh)
        return [self._known[question].queries for question in questions]

    @property
    def failed(self) -> list[Asked]:
        return [one for one in self._known.values() if one.failure]

    def _locally(self, questions: Sequence[str]) -> None:
        """Batch by batch, the same batches after a kill."""
        generator = self._context.generator(None)
        for batch in generator.plan([_prompt(self.mode, question) for question in questions]):
            if any(prompt.id not in self._known for prompt in batch):
                self._take(generator.run(batch, TOKENS[self.mode]))

    def _elsewhere(self, questions: Sequence[str]) -> None:
        """Row by row, stored as they come."""
        from finetune.errors import SetupError

        name = str(self._context.experiment.retrieval.query_by)
        asked = [_prompt(self.mode, question) for question in questions if question not in self._known]
        try:
            remote.endpoint_named(self._context, name).run(asked, TOKENS[self.mode], lambda result: self._take([result]))
        except SetupError as error:
            raise UserError(str(error), where=f"endpoints.{name}") from error

    def _take(self, generations: Iterable[Generation]) -> None:
        made = [_asked(self.mode, one) for one in generations]
        self._known |= {one.question: one for one in made}
        if self._path is not None:
            files.append(self._path, b"".join(orjson.dumps(asdict(one)) + b"\n" for one in made))


class Rewriting:
    """A search by what the model makes of each question."""

    def __init__(self, inner: Searching, rewriter: Rewriter) -> None:
        self._inner, self._rewriter = inner, rewriter

    def retrieve(self, questions: Sequence[str], k: int, exclude: Sequence[Collection[str]] | None = None) -> list[list[Found]]:
        """As `retrieval.retriever.Retriever.retrieve`; of several queries the fused ranking."""
        queries = self._rewriter.queries(questions)
        places = [place for place, several in enumerate(queries) for _ in several]
        barred = None if exclude is None else [exclude[place] for place in places]
        found = iter(self._inner.retrieve([query for several in queries for query in several], k, barred))
        rows = [[next(found) for _ in several] for several in queries]
        return [rankings[0] if len(rankings) == 1 else _fused(rankings, k) for rankings in rows]


def mode_of(run: RunFolder, retrieval: Retrieval) -> Mode | None:
    """How this run words its searches; None: as the questions are."""
    mode = settings_of(run, retrieval).query
    return None if mode == "plain" or mode == "auto" else mode  # noqa: PLR1714  mypy narrows by these


def read(path: Path) -> list[Asked]:
    """What is stored; of a question that was asked twice the last."""
    last = {(line["mode"], line["question"]): line for line in read_lines(path)}
    return [Asked(**{**line, "queries": tuple(line["queries"])}) for line in last.values()]


def seconds_alone(context: Context, mode: Mode, questions: Sequence[str]) -> list[float]:
    """Of questions asked one at a time, as a user would wait for them; what is written is not kept."""
    if context.experiment.retrieval.query_by is not None:
        return []
    generator = context.generator(None)
    run = partial(generator.run, max_new_tokens=TOKENS[mode])
    return [round(sum(one.seconds for one in run(generator.plan([_prompt(mode, question)])[0])), 6) for question in questions]


def _prompt(mode: Mode, question: str) -> Prompt:
    from finetune.inference.generate import Prompt
    from finetune.rows import Message

    return Prompt(question, (Message("system", SYSTEM[mode]), Message("user", question)))


def _asked(mode: Mode, said: Generation) -> Asked:
    question, lines = said.id, [NUMBERED.sub("", line).strip(" \t\"'") for line in said.text.splitlines()]
    written = list(dict.fromkeys(line for line in lines if line))
    failure = said.failure or ("" if written else "the model wrote nothing")
    queries = (question,) if failure else _queries(mode, question, written)
    return Asked(question, mode, queries, said.prompt_tokens, said.completion_tokens, round(said.seconds, 6), failure)


def _queries(mode: Mode, question: str, written: Sequence[str]) -> tuple[str, ...]:
    if mode == "multi":
        return (question, *[line for line in written if line != question][:WORDINGS])
    return (written[0],) if mode == "rewrite" else (f"{question}\n{' '.join(written)}",)


def _fused(rankings: Sequence[Sequence[Found]], k: int) -> list[Found]:
    from retrieval.fuse import fuse

    passages = {one.passage.id: one for ranking in rankings for one in ranking}
    return [replace(passages[name], score=round(score, 6)) for name, score in fuse([[f.passage.id for f in one] for one in rankings], k)]
