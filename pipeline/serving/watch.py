"""A log of real questions beside what a bundle was measured on: how far apart they are, what is declined, what is never found, what moved.

Reads texts and tells figures; the file that it keeps from time to time holds no text. Whether questions moved is tested.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.data.served_log import Line, read
from pipeline.files import write_bytes
from pipeline.records import Example
from pipeline.serving import measured
from pipeline.serving.documents import place
from pipeline.serving.engine import opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.serving.candidate import Candidate

STATE = ".watch.json"
"""What is kept beside the log from time to time."""
MOST = 1_000
"""Questions of one side that are held against the other; the last of a log."""
FEWEST = 30
"""Distinct questions below which nothing is tested."""
ALPHA = 0.01
FAR = 0.15
"""Share of questions unlike any test row from which a comparison is due; of test rows it is 1 in 20."""


@dataclass(frozen=True)
class Shift:
    """Between two sets of questions."""

    mmd2: float
    p: float
    sizes: tuple[int, int]


@dataclass(frozen=True)
class Watched:
    """What was found; None: it cannot be told, and `notes` say why."""

    questions: int
    distinct: int
    from_test_rows: Shift | None
    far: float | None
    """Share of distinct questions unlike any test row."""
    since_last_time: Shift | None
    abstained: float | None
    abstained_measured: float | None
    abstained_p: float | None
    never_found: float | None
    """Share of passages that no question found."""
    again: bool
    """Whether to compare again."""
    reasons: tuple[str, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"schema": 1, **asdict(self)}


def watch(bundle: Path, log: Path) -> Watched:
    """Hold the log against what the bundle was measured on, and against itself as it was the last time."""
    lines, odd = read(log)
    candidate, told = opened(bundle)
    if candidate.arm.passages == "retrieved":
        candidate.lookup = candidate.lookup_in(place(bundle))
    notes = [f"{odd} lines of the log hold no question and are left out."] if odd else []
    asked = _distinct([line.input for line in lines])[-MOST:]
    vectors = candidate.context.embedder.encode(asked, "query")
    known = measured.vectors(bundle)
    if known is None:
        notes.append("the bundle was made without its test questions, so their distance is not known.")
    if len(asked) < FEWEST:
        notes.append(f"{len(asked)} distinct questions are too few for a test; {FEWEST} are needed.")
    from_test = _shift(known, vectors) if known is not None else None
    far = _far(known, vectors) if known is not None and len(known) > 1 else None
    seen, before = _last_time(log, lines), Path(f"{log}{STATE}").exists()
    if before and not seen:
        notes.append("the log is not the one of the last time, or has been begun anew: what moved since is not known.")
    since = _since(candidate, lines, seen) if seen else None
    declined = _declined(candidate, lines)
    if declined is None:
        notes.append("the log holds no answers, so what was declined is not known.")
    share, usual, p = _abstained(declined, told.get("abstained"))
    reasons = _reasons(from_test, far, since, (share, usual, p))
    found = Watched(
        len(lines), len(asked), from_test, far, since, share, usual, p, _never_found(candidate, asked), bool(reasons), tuple(reasons),
        tuple(notes),
    )  # fmt: skip
    _keep(log, lines)
    return found


def _distinct(texts: Sequence[str]) -> list[str]:
    """Each once, in the order in which it was asked last: who asks the same again is no new question."""
    return list(dict.fromkeys(" ".join(text.split()) for text in reversed(texts)))[::-1]


def _shift(old: NDArray[np.floating], new: NDArray[np.floating]) -> Shift | None:
    from eval.statistics.mmd import discrepancy

    if min(len(old), len(new)) < FEWEST:
        return None
    found = discrepancy(old[:MOST], new)
    return Shift(found.squared, found.p, found.sizes)


def _far(old: NDArray[np.floating], new: NDArray[np.floating]) -> float:
    from eval.statistics.novelty import novelty

    return float(novelty(old, new).far.mean())


def _since(candidate: Candidate, lines: Sequence[Line], seen: int) -> Shift | None:
    before, now = (_distinct([line.input for line in some])[-MOST:] for some in (lines[:seen], lines[seen:]))
    if min(len(before), len(now)) < FEWEST:
        return None
    return _shift(*(candidate.context.embedder.encode(some, "query") for some in (before, now)))


def _declined(candidate: Candidate, lines: Sequence[Line]) -> tuple[int, int] | None:
    """How many answers decline, of how many."""
    task = candidate.context.task
    answers = [(line, line.answer) for line in lines if line.answer is not None]
    if not answers:
        return None
    return sum(task.heard(answer, Example("q", line.input, ())).abstained for line, answer in answers), len(answers)


def _abstained(now: tuple[int, int] | None, before: dict[str, int] | None) -> tuple[float | None, float | None, float | None]:
    """Share in the log, share measured, and Fisher's exact p that they differ."""
    from scipy.stats import fisher_exact

    share = now[0] / now[1] if now else None
    if not before or not before["rows"]:
        return share, None, None
    usual = before["abstained"] / before["rows"]
    if now is None:
        return share, usual, None
    table = [[now[0], now[1] - now[0]], [before["abstained"], before["rows"] - before["abstained"]]]
    return share, usual, float(fisher_exact(table).pvalue)


def _never_found(candidate: Candidate, asked: Sequence[str]) -> float | None:
    """Share of passages that none of these questions finds now; None where nothing is looked up, or what there is is not known."""
    from retrieval.retriever import Retriever

    lookup = candidate.lookup
    if not isinstance(lookup.retriever, Retriever):
        return None
    found = {one.passage.id for some in lookup.retriever.retrieve(asked, lookup.prompter.k) for one in some}
    total = sum(map(len, lookup.prompter.documents.values()))
    return 1 - len(found) / total


def _reasons(
    from_test: Shift | None, far: float | None, since: Shift | None, declined: tuple[float | None, float | None, float | None]
) -> list[str]:
    """Why to compare again; what is shown and large, for in a long log everything is shown."""
    told = []
    if from_test is not None and far is not None and from_test.p <= ALPHA and far >= FAR:
        told.append("questions are others than those that were measured")
    if since is not None and since.p <= ALPHA and (far is None or far >= FAR):
        told.append("questions have moved since the last time")
    share, usual, p = declined
    if p is not None and share is not None and usual is not None and p <= ALPHA and abs(share - usual) >= 0.05:
        told.append(f"{'more' if share > usual else 'fewer'} questions are declined than when it was measured")
    return told


def _hash(lines: Sequence[Line]) -> str:
    return hashlib.sha256("\0".join(line.input for line in lines).encode("utf-8", "replace")).hexdigest()


def _last_time(log: Path, lines: Sequence[Line]) -> int:
    """How many of these questions were there the last time; 0: none, or another log's."""
    try:
        kept = json.loads(Path(f"{log}{STATE}").read_bytes())
        count = int(kept["questions"])
        return count if 0 < count < len(lines) and kept["sha256"] == _hash(lines[:count]) else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _keep(log: Path, lines: Sequence[Line]) -> None:
    write_bytes(Path(f"{log}{STATE}"), json.dumps({"schema": 1, "questions": len(lines), "sha256": _hash(lines)}).encode())
