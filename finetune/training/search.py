"""Rank, learning rate and epochs, chosen by dev loss: many settings on few rows, the better ones on more (successive halving).

The settings one already has are always among the candidates. Every trial is recorded with its cost. This never sees the test split.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.errors import SetupError
from finetune.training.settings import Job, TrainSettings
from finetune.training.train import train

if TYPE_CHECKING:
    from finetune.pretrained import Weights
    from finetune.rows import Pair


@dataclass(frozen=True)
class Space:
    """The values that are tried, and how hard the field is thinned."""

    ranks: tuple[int, ...] = (8, 16, 32)
    learning_rates: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0)
    """As multiples of the given one."""
    epochs: tuple[float, ...] = (2, 3)
    candidates: int = 9
    """How many settings start, the given ones among them."""
    keep: int = 3
    """One of so many goes on, with so many times the rows."""


@dataclass(frozen=True)
class Trial:
    """One training of the search."""

    candidate: int
    """Its number among the candidates; 0: the settings that were given."""
    rung: int
    rows: int
    rank: int
    learning_rate: float
    epochs: float
    dev_loss: float | None
    """Nats a label; None: the training came to no finite loss, and the candidate is out."""
    seconds: float
    tokens: int
    notes: list[str]


@dataclass(frozen=True)
class Searched:
    """What was found, and what finding it cost."""

    settings: TrainSettings
    trials: list[Trial]
    seconds: float
    tokens: int


def search(
    weights: Weights, pairs: Sequence[Pair], dev: Sequence[Pair], settings: TrainSettings, folder: Path,
    space: Space = Space(), should_stop: Callable[[], bool] = lambda: False,
) -> Searched:  # fmt: skip
    """The settings of the least dev loss; called again after a kill it goes on after the last finished trial.

    Successive halving (Jamieson and Talwalkar 2016, section 3) with training rows as the resource, so that every trial runs its whole
    learning-rate schedule. Writes `folder/search.json`. Raises SetupError without dev rows, Stopped when `should_stop` says so.
    """
    if not dev:
        raise SetupError("a search of training settings needs dev rows; set data.split.dev or finetune.search to false")
    folder.mkdir(parents=True, exist_ok=True)
    fields = candidates(settings, space)
    log = _Log(folder / "search.json", _key(weights, pairs, dev, fields, space))
    order = random.Random(settings.seed).sample(range(len(pairs)), len(pairs))
    alive = list(range(len(fields)))
    for rung, (count, rows) in enumerate(rungs(len(fields), len(pairs), space.keep)):
        alive = alive[:count]
        some = [pairs[i] for i in sorted(order[:rows])]
        for number in alive:
            if log.find(number, rung) is None:
                job = Job(weights, some, dev, fields[number], folder / f"trial-{number}-{rung}")
                log.add(_try(job, number, rung, should_stop))
        alive = _by_loss([trial for number in alive if (trial := log.find(number, rung))])
    if not alive:
        raise SetupError("no candidate's training came to a finite loss; try lower values of finetune.learning_rate")
    return Searched(fields[alive[0]], log.trials, sum(t.seconds for t in log.trials), sum(t.tokens for t in log.trials))


def candidates(settings: TrainSettings, space: Space) -> list[TrainSettings]:
    """The given settings, then others of the grid in a seeded order; alpha keeps its ratio to the rank."""
    ratio = settings.alpha / settings.rank
    ranks = space.ranks if settings.method != "full" else (settings.rank,)
    grid = [
        replace(settings, rank=rank, alpha=rank * ratio, learning_rate=settings.learning_rate * rate, epochs=epochs)
        for rank, rate, epochs in itertools.product(ranks, space.learning_rates, space.epochs)
    ]
    others = [one for one in grid if one != settings]
    random.Random(settings.seed).shuffle(others)
    return [settings, *others][: space.candidates]


def rungs(candidates: int, rows: int, keep: int) -> list[tuple[int, int]]:
    """(candidates, training rows) of each rung: the last has all rows, and every rung costs about the same."""
    count = 1 + int(math.log(candidates, keep) + 1e-9) if candidates > 1 else 1
    return [(max(1, candidates // keep**rung), max(1, rows // keep ** (count - 1 - rung))) for rung in range(count)]


def _try(job: Job, number: int, rung: int, should_stop: Callable[[], bool]) -> Trial:
    trained, settings = train(job, should_stop=should_stop), job.settings
    shutil.rmtree(job.folder)
    return Trial(
        number, rung, len(job.pairs), settings.rank, settings.learning_rate, settings.epochs,
        trained.best_dev_loss, trained.seconds, trained.tokens, trained.notes,
    )  # fmt: skip


def _by_loss(trials: Sequence[Trial]) -> list[int]:
    """Candidates that came to a loss, the best first; of equals the earlier."""
    ranked = sorted((trial.dev_loss, trial.candidate) for trial in trials if trial.dev_loss is not None)
    return [candidate for _, candidate in ranked]


class _Log:
    """`search.json`: the finished trials of this very search; those of another one, and its checkpoints, are removed."""

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, key
        stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.trials = [Trial(**trial) for trial in stored["trials"]] if stored.get("key") == key else []
        if stored.get("key") != key:
            for place in path.parent.glob("trial-*"):
                shutil.rmtree(place)
            self._write()

    def find(self, candidate: int, rung: int) -> Trial | None:
        return next((trial for trial in self.trials if (trial.candidate, trial.rung) == (candidate, rung)), None)

    def add(self, trial: Trial) -> None:
        self.trials.append(trial)
        self._write()

    def _write(self) -> None:
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps({"key": self._key, "trials": [asdict(t) for t in self.trials]}, indent=1), encoding="utf-8")
        os.replace(part, self._path)


def _key(weights: Weights, pairs: Sequence[Pair], dev: Sequence[Pair], fields: Sequence[TrainSettings], space: Space) -> str:
    rows = [asdict(pair) for pair in (*pairs, *dev)]
    inputs = [weights.revision, weights.quantization, len(pairs), rows, [asdict(one) for one in fields], asdict(space)]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
