"""Which way of retrieving finds most on dev questions: every candidate tried alike, every trial kept. Never sees a test question."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import fmean, stdev
from typing import Any

from retrieval.cached import CachedEmbedder
from retrieval.chunk import Source, fitting_splitter, split
from retrieval.errors import SetupError
from retrieval.index import FaissStore
from retrieval.rerank import Reranker
from retrieval.retriever import Found, Retriever, Search

DEPTHS = (1, 2, 3, 5, 10)
"""Recall is recorded at each of these, whatever k is asked for."""


@dataclass(frozen=True)
class Candidate:
    """Settings to be tried."""

    chunk_tokens: int = 256
    overlap_tokens: int = 32
    search: Search = "dense"
    k: int = 3
    mmr: float | None = None
    reranker: str | None = None
    """A folder or hub id."""


@dataclass(frozen=True)
class Budget:
    """Where the search ends; the first candidate is tried in any case, and a trial once begun is finished."""

    candidates: int
    """Searches; the same settings with another k are no further search."""
    seconds: float = float("inf")
    """With a limit of time the number of trials depends on the machine; without one the result is the same everywhere."""


@dataclass(frozen=True)
class Trial:
    """What became of one candidate."""

    candidate: Candidate
    recall: float | None
    """Mean over questions of recall@k of documents; None: not tried, see `reason`."""
    recall_at: dict[int, float] = field(default_factory=dict)
    tokens: float = 0.0
    """Mean tokens of the embedder in the k passages of a question: what the answer's prompt will pay for."""
    passages: int = 0
    each: tuple[float, ...] = field(default=(), repr=False)
    """Recall@k of each question, in the order of the questions that have gold documents."""
    seconds: float = field(default=0.0, compare=False)
    reason: str = ""


@dataclass(frozen=True)
class Lead:
    """How much more is found with the chosen settings, on the questions they were chosen by (so it flatters them)."""

    recall: float
    standard_error: float | None
    """Of the mean paired difference; a lead of less than twice this may be luck. None: a single question."""


@dataclass(frozen=True)
class TuneResult:
    """All trials in the order of the candidates, and the one to use."""

    trials: tuple[Trial, ...]
    questions: int
    """Dev questions with gold documents, over which recall was measured."""
    chosen: Trial
    """The best at the first candidate's k."""

    def best(self, k: int) -> Trial:
        """Highest recall@k, then fewest tokens, then the order of the candidates; KeyError where no candidate with this k was tried."""
        tried = [trial for trial in self.trials if trial.recall is not None and trial.candidate.k == k]
        if not tried:
            raise KeyError(k)
        return min(tried, key=lambda trial: (-(trial.recall or 0.0), trial.tokens))

    def to_json(self) -> dict[str, Any]:
        """Plain values: every trial, the chosen one and its lead; single questions are left out."""
        return {
            "questions": self.questions,
            "chosen": _plain(self.chosen),
            "lead": asdict(self.lead()),
            "trials": [_plain(trial) for trial in self.trials],
        }

    def lead(self) -> Lead:
        """Of the chosen over the first that was tried, usually the experiment's own settings."""
        first = next(trial for trial in self.trials if trial.recall is not None)
        differences = [a - b for a, b in zip(self.chosen.each, first.each, strict=True)]
        error = stdev(differences) / len(differences) ** 0.5 if len(differences) > 1 else None
        return Lead(round(fmean(differences), 6), error if error is None else round(error, 6))


def tune(
    sources: Sequence[Source], questions: Sequence[str], gold: Sequence[Collection[str]], candidates: Sequence[Candidate], budget: Budget,
    embedder: CachedEmbedder, exclude: Sequence[Collection[str]] | None = None,
) -> TuneResult:  # fmt: skip
    """Try the candidates in their order.

    gold: for each question the ids of documents that answer it; questions with none are left out.
    exclude: for each question the ids of documents that may not be found.
    SetupError where no question has gold documents, or no candidate could be tried.
    """
    asked = [n for n, ids in enumerate(gold) if ids]
    if not asked:
        raise SetupError("retrieval.tune needs dev questions with gold passages, and none has any; name their column or set tune: false")
    bench = _Bench(
        list(sources), [questions[n] for n in asked], [set(gold[n]) for n in asked],
        [set(exclude[n]) if exclude is not None else set() for n in asked], embedder,
    )  # fmt: skip
    started, tried = time.monotonic(), dict[Candidate, Trial]()
    trials: list[Trial] = []
    for candidate in candidates:
        key = replace(candidate, k=0)
        spent = len(tried) >= budget.candidates or time.monotonic() - started >= budget.seconds
        if tried and key not in tried and spent:
            trials.append(Trial(candidate, None, reason="the budget was spent"))
            continue
        trials.append(bench.trial(candidate))
        if trials[-1].recall is not None:
            tried[key] = trials[-1]
    if not tried:
        raise SetupError("retrieval.tune: no candidate could be tried: " + "; ".join(trial.reason for trial in trials))
    first = next(trial.candidate.k for trial in trials if trial.recall is not None)
    result = TuneResult(tuple(trials), len(asked), trials[0])
    return replace(result, chosen=result.best(first))


def usual(own: Candidate, max_tokens: int, searches: Iterable[Search] = ("dense", "hybrid", "lexical")) -> list[Candidate]:
    """The experiment's own settings first, then smaller and larger passages with each kind of search, as far as the embedder reads."""
    sizes = [own.chunk_tokens, *(size for size in (128, 64, 256, 512) if size != own.chunk_tokens and size <= max_tokens)]
    made = [own]
    for size in sizes:
        overlap = own.overlap_tokens * size // own.chunk_tokens
        made += [replace(own, chunk_tokens=size, overlap_tokens=overlap, search=search) for search in searches]
    return list(dict.fromkeys(made))


def _plain(trial: Trial) -> dict[str, Any]:
    plain = {key: value for key, value in asdict(trial).items() if key != "each"}
    return plain | {"recall_at": {str(k): recall for k, recall in trial.recall_at.items()}}


class _Bench:
    """The questions, and what was made for the candidates so far."""

    def __init__(
        self, sources: list[Source], questions: list[str], gold: list[set[str]], exclude: list[set[str]], embedder: CachedEmbedder
    ) -> None:
        self._sources, self._questions, self._gold, self._exclude, self._embedder = sources, questions, gold, exclude, embedder
        self._stores: dict[tuple[int, int], FaissStore] = {}
        self._found: dict[Candidate, tuple[list[list[Found]], int, float]] = {}

    def trial(self, candidate: Candidate) -> Trial:
        """What the candidate finds; one that cannot be tried has its reason and no recall."""
        try:
            found, passages, seconds = self._search(candidate)
        except SetupError as error:
            return Trial(candidate, None, reason=str(error))
        each = {k: self._recall(found, k) for k in sorted({*DEPTHS, candidate.k})}
        recall = {k: round(fmean(values), 6) for k, values in each.items()}
        count = self._embedder.count_tokens
        tokens = sum(count(f.passage.text) for row in found for f in row[: candidate.k]) / len(found)
        return Trial(candidate, recall[candidate.k], recall, round(tokens, 1), passages, tuple(each[candidate.k]), round(seconds, 3))

    def _search(self, candidate: Candidate) -> tuple[list[list[Found]], int, float]:
        key = replace(candidate, k=max(DEPTHS[-1], candidate.k))
        if key not in self._found:
            began = time.monotonic()
            store = self._store(candidate)
            reranker = Reranker(candidate.reranker) if candidate.reranker else None
            retriever = Retriever.over(store, search=candidate.search, reranker=reranker, mmr=candidate.mmr)
            found = retriever.retrieve(self._questions, key.k, self._exclude)
            self._found[key] = found, len(store), time.monotonic() - began
        return self._found[key]

    def _store(self, candidate: Candidate) -> FaissStore:
        key = candidate.chunk_tokens, candidate.overlap_tokens
        if key not in self._stores:
            if candidate.chunk_tokens > self._embedder.room:
                raise SetupError(f"{candidate.chunk_tokens} tokens are more than the embedder reads ({self._embedder.room})")
            passages = split(self._sources, fitting_splitter(self._embedder, *key))
            self._stores[key] = FaissStore.from_passages(passages, self._embedder)
        return self._stores[key]

    def _recall(self, found: list[list[Found]], k: int) -> list[float]:
        """For each question the share of its gold documents among those of its first k passages, of the most that k passages could hold.

        The cap is that of BEIR (Thakur et al. 2021): a question with more gold documents than k can still reach 1.
        """
        return [len(gold & {f.passage.document for f in row[:k]}) / min(k, len(gold)) for row, gold in zip(found, self._gold, strict=True)]
