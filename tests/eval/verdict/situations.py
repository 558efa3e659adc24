"""Hand-worked situations for the verdict: a few rows a person can count, the rules, and what must come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from eval.decision import Rules, decide
from eval.scores import Score, table
from eval.verdict.economics import ArmCost
from eval.verdict.record import Decision

Rows = Sequence[float | str | None]
"""One entry a row: a value, None where the score is missing, a text for the reason why there is none."""


@dataclass(frozen=True)
class Situation:
    name: str
    rows: Mapping[str, Rows | Mapping[int, Rows]]
    """arm → its rows, or seed → its rows."""
    expect: Mapping[str, Any]
    """Fields of decision.json; `excluded`, `caveats`, `sentence` … may name a part of what must stand there."""
    rules: Mapping[str, Any] = field(default_factory=dict)
    costs: Mapping[str, ArmCost] = field(default_factory=dict)
    group_size: int = 1
    more: Mapping[str, Mapping[str, Rows]] = field(default_factory=dict)
    """metric → arm → its rows, beside the deciding one."""
    blocks: tuple[str, ...] = ()

    def frame(self) -> pd.DataFrame:
        metric = self.rules.get("metric", "accuracy")
        given = [(metric if metric != "not_fabricated" else "fabricated", self.rows), *self.more.items()]
        return table(score for name, arms in given for arm, rows in arms.items() for score in self._scores(name, arm, rows))

    def _scores(self, metric: str, arm: str, rows: Rows | Mapping[int, Rows]) -> list[Score]:
        by_seed = rows if isinstance(rows, Mapping) else {0: rows}
        made = []
        for seed, values in by_seed.items():
            for place, value in enumerate(values):
                group = f"g{place // self.group_size}" if self.group_size > 1 else ""
                reason = value if isinstance(value, str) else "" if value is not None else "timed out"
                made.append(Score(f"r{place}", group, arm, seed, metric, None if reason else float(value), reason))
        return made

    def decide(self) -> Decision:
        rules = Rules(**{"metric": "accuracy", **self.rules})
        return decide(self.frame(), rules, self.costs, self.blocks)


def pair(both: int, first: int, second: int, neither: int, names: tuple[str, str] = ("rag", "base")) -> dict[str, list[float]]:
    """Rows that both have right, the first alone, the second alone, neither."""
    return {
        names[0]: [1.0] * (both + first) + [0.0] * (second + neither),
        names[1]: [1.0] * both + [0.0] * first + [1.0] * second + [0.0] * neither,
    }


def runs(text: str) -> list[float]:
    """`60x1 40x0` → sixty ones, forty zeros."""
    return [float(value) for part in text.split() for count, value in [part.split("x")] for _ in range(int(count))]


def cost(per_1000: float | None = 1.0, p95: float | None = 1.0, train: float = 0.0, **others: Any) -> ArmCost:
    seconds = {"p50_s": p95, "p95_s": p95, "train_seconds": train * 3600}
    return ArmCost(prompt_tokens=100, completion_tokens=10, per_1000=per_1000, train_cost=train, **seconds, **others)


PARTS = ("sentence", "caveats", "reasons", "blocks", "changes")
"""Texts: a part of them is enough."""


def check(situation: Situation) -> None:
    """Every expected field of decision.json. `excluded` names all excluded arms; `flips` all flips; `first` the first comparison."""
    decision = situation.decide()
    found = decision.to_json()
    assert Decision.from_json(found) == decision
    for name, expected in situation.expect.items():
        if name in PARTS:
            texts = [found[name]] if name == "sentence" else found[name]
            assert any(expected in text for text in texts), f"{expected!r} in {texts}"
        elif name == "no_reasons":
            assert not any(expected in text for text in found["reasons"]), found["reasons"]
        elif name == "excluded":
            assert found[name].keys() == expected.keys()
            assert all(reason in found[name][arm] for arm, reason in expected.items()), found[name]
        elif name == "flips":
            told = [tuple(flip[key] for key in ("name", "direction", "verdict", "arm")) for flip in found["flips"]]
            assert told == expected, told
        elif name == "first":
            first = found["comparisons"][0]
            assert all(first[key] == _about(value, 0.01) for key, value in expected.items()), first
        else:
            assert found[name] == _about(expected, 0.02), f"{name}: {found[name]}; {found['sentence']}"


def _about(value: Any, share: float) -> Any:
    return pytest.approx(value, rel=share) if isinstance(value, float) else value
