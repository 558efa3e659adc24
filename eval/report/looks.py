"""Each arm's colour and marker, the same in every chart; arms can be told apart by either alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple


class Look(NamedTuple):
    """Of one arm."""

    colour: str
    shape: str


LOOKS: dict[str, Look] = {
    "base": Look("#5f6b7a", "circle"), "few_shot": Look("#b35900", "square"), "classic": Look("#7a4fa3", "cross"),
    "rag": Look("#0b57d0", "diamond"), "lora": Look("#0a7d5a", "triangle-up"), "lora_rag": Look("#00798c", "triangle-down"),
    "hybrid": Look("#c2185b", "triangle-right"), "oracle": Look("#8a6d00", "triangle-left"),
}  # fmt: skip
"""Every colour at least 4.5 : 1 on white."""
OTHERS = ("rag", "hybrid", "lora", "few_shot", "classic", "lora_rag", "oracle", "base")
"""Whose colours arms of other names take, one after the other; no two of the first are near each other."""
SPARE = (
    "M0,-1L0.22,-0.31L0.95,-0.31L0.36,0.12L0.59,0.81L0,0.38L-0.59,0.81L-0.36,0.12L-0.95,-0.31L-0.22,-0.31Z",
    "M0,-0.9L0.86,-0.28L0.53,0.73L-0.53,0.73L-0.86,-0.28Z",
    "M-0.9,-0.3L0.9,-0.3L0.9,0.3L-0.9,0.3Z",
    "M-0.3,-0.9L0.3,-0.9L0.3,0.9L-0.3,0.9Z",
)
"""Star, pentagon, bars: a shape for each endpoint, whose arms have the colours of ours."""


def looks(arms: Iterable[str]) -> dict[str, Look]:
    """Arms in the report's order → their looks. `<endpoint>_rag` has the colour of `rag` and the shape of its endpoint; an arm that is
    called like none of ours has the next colour.
    """
    made: dict[str, Look] = {}
    endpoints: list[str] = []
    for arm in arms:
        if arm in LOOKS:
            made[arm] = LOOKS[arm]
            continue
        like = max((name for name in LOOKS if arm.endswith(f"_{name}")), key=len, default="")
        endpoint = arm.removesuffix(f"_{like}") if like else arm
        if endpoint not in endpoints:
            endpoints.append(endpoint)
        like = like or OTHERS[endpoints.index(endpoint) % len(OTHERS)]
        made[arm] = Look(LOOKS[like].colour, SPARE[endpoints.index(endpoint) % len(SPARE)])
    return made


def colour(looked: Mapping[str, Look], arms: Sequence[str], legend: Any = None) -> Any:
    """The colour channel of the field `arm`."""
    import altair as alt

    names = list(dict.fromkeys(arms))
    return alt.Color("arm:N", scale=alt.Scale(domain=names, range=[looked[name].colour for name in names]), legend=legend)


def shape(looked: Mapping[str, Look], arms: Sequence[str], legend: Any = None) -> Any:
    """The shape channel of the field `arm`."""
    import altair as alt

    names = list(dict.fromkeys(arms))
    return alt.Shape("arm:N", scale=alt.Scale(domain=names, range=[looked[name].shape for name in names]), legend=legend)
