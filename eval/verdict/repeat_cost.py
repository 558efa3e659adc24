"""What repeating a comparison would cost, from what it took this time: seconds at the price of a machine hour, tokens at theirs.

Measures nothing, and leaves no gap unsaid: what was not measured whole, or has no price, is named, and the figure is then a lower bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One stage of a run, as it was measured."""

    name: str
    seconds: float
    arms: tuple[str, ...] = ()
    """Those that cannot do without it; empty: it serves the comparison as a whole."""
    money: float | None = 0.0
    """What was sent elsewhere, at its price; None: sent, and no price is stated."""
    whole: bool = True
    """Whether the seconds are all it took; False: a session was killed, and its time is lost, or the stage is not done."""
    hour: float | None = None
    """Price of an hour of the machine that did it; None: the `machine_hour` of the prices."""


def repeat_cost(steps: Sequence[Step], prices: Mapping[str, Any]) -> dict[str, Any]:
    """`{"seconds", "machine", "sent", "cost", "kwh", "currency", "arms", "shared", "unmeasured", "unpriced"}`.

    `prices`: `machine_hour`, `watts`, `currency`. An arm is billed for every stage it cannot do without, so arms that share a training
    or the index add up to more than the whole; `shared` is what serves all. While a model elsewhere answers, the machine waits and is paid.
    """
    arms = list(dict.fromkeys(arm for step in steps for arm in step.arms))
    return {
        **_bill(steps, prices),
        "currency": str(prices.get("currency", "EUR")),
        "arms": {arm: _bill([step for step in steps if arm in step.arms], prices) for arm in arms},
        "shared": _bill([step for step in steps if not step.arms], prices),
        "unmeasured": [step.name for step in steps if not step.whole],
        "unpriced": [step.name for step in steps if step.money is None],
    }


def _bill(steps: Sequence[Step], prices: Mapping[str, Any]) -> dict[str, Any]:
    seconds = sum(step.seconds for step in steps)
    usual = float(prices.get("machine_hour", 0.0))
    machine = sum(step.seconds / 3600 * (usual if step.hour is None else step.hour) for step in steps)
    sent = sum(step.money or 0.0 for step in steps)
    kwh = seconds / 3600 * float(prices.get("watts", 0.0)) / 1000
    return {"seconds": round(seconds, 3), "machine": machine, "sent": sent, "cost": machine + sent, "kwh": kwh}
