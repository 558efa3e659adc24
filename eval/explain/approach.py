"""Retrieval, fine-tuning, both or neither: the verdict in a heading, two badges and a sentence of counts. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from eval.explain.counts import right_of, values_of
from eval.explain.told import Told
from eval.names import in_a_sentence
from eval.numerals import listed

State = Literal["yes", "no", "open", "not tested", "not known"]
NAMED = 3
"""Candidates that the sentence names with their counts; of the others it gives the most."""

_UNNAMED = {
    "blocked": "No verdict yet: something has to be mended first",
    "none": "None of these is good enough",
    "contradiction": "No winner: the measures contradict each other",
    "missing": "No winner: too many scores are missing",
    "judge": "No winner: people do not confirm the judge",
}
"""By verdict, or by why an arm that leads is not named."""
_TAKEN = {
    (True, True): "Combine retrieval and fine-tuning", (True, False): "Use retrieval without fine-tuning",
    (False, True): "Use fine-tuning without retrieval", (False, False): "Neither retrieval nor fine-tuning pays",
}  # fmt: skip
_EQUAL = {
    (True, True): "Combining retrieval and fine-tuning does as well as anything here", (True, False): "Retrieval is enough",
    (False, True): "Fine-tuning is enough", (False, False): "Neither retrieval nor fine-tuning pays",
}  # fmt: skip
_OPEN: dict[tuple[State, State], str] = {
    ("yes", "yes"): "It takes both; which way of combining them is open",
    ("yes", "no"): "It takes retrieval without fine-tuning; in which form is open",
    ("yes", "open"): "It takes retrieval; whether to fine-tune is open",
    ("no", "yes"): "It takes fine-tuning without retrieval; in which form is open",
    ("open", "yes"): "It takes fine-tuning; whether to retrieve is open",
    ("no", "no"): "Neither retrieval nor fine-tuning pays; what to use instead is open",
    ("no", "open"): "Retrieval does not pay; whether fine-tuning does is open",
    ("open", "no"): "Fine-tuning does not pay; whether retrieval does is open",
    ("open", "open"): "Whether it takes retrieval, fine-tuning, both or neither is open",
}


@dataclass(frozen=True)
class Approach:
    """The verdict's first screen."""

    heading: str
    retrieval: State
    fine_tuning: State
    counts: str
    """What the best candidates reach, in one sentence; empty where nothing was measured."""
    candidates: dict[str, dict[str, bool | None]]
    """Of each arm whether it `retrieves` and whether it was `trained` (None: not known), and whether it was made `outside`."""


def approach(told: Told) -> dict[str, Any] | None:
    """An `Approach` as decision.json has it; None where it is not known what a candidate is."""
    if not all(map(told.rules.knows, _candidates(told))):
        return None
    retrieval, fine_tuning = _state(told, 0), _state(told, 1)
    parts = {arm: _made_of(told, arm) for arm in told.evidence.arms}
    return asdict(Approach(_heading(told, retrieval, fine_tuning), retrieval, fine_tuning, _counts(told), parts))


def _heading(told: Told, retrieval: State, fine_tuning: State) -> str:
    judged = told.judged
    if unnamed := _UNNAMED.get(judged.withheld or judged.verdict):
        return unnamed
    if judged.arm and told.rules.traits_of(judged.arm).outside:
        return f"Use {told.label(judged.arm)}" if judged.verdict == "winner" else f"{told.label(judged.arm)} does as well as anything here"
    if not judged.arm and any(told.rules.traits_of(arm).outside for arm in judged.leaders):
        return f"Which to use is open among {listed([told.label(arm) for arm in judged.leaders])}"
    if {"not tested", "not known"} & {retrieval, fine_tuning}:
        return _half(retrieval, fine_tuning)
    parts = (bool(told.rules.traits_of(judged.arm).retrieves), bool(told.rules.traits_of(judged.arm).trained)) if judged.arm else None
    if parts:
        return _TAKEN[parts] if judged.verdict == "winner" else _EQUAL[parts]
    return _open(told, retrieval, fine_tuning)


def _half(retrieval: State, fine_tuning: State) -> str:
    """Where no candidate is known to have one of the two, only the other is spoken of."""
    retrieval, fine_tuning = ("not tested" if state == "not known" else state for state in (retrieval, fine_tuning))
    if retrieval == fine_tuning:
        return "Neither retrieval nor fine-tuning was tested"
    part, state, other = (
        ("retrieval", retrieval, "fine-tuning") if fine_tuning == "not tested" else ("fine-tuning", fine_tuning, "retrieval")
    )
    said = {"yes": f"It takes {part}", "no": f"{part.capitalize()} does not pay"}.get(state, f"Whether it takes {part} is open")
    return f"{said}; {other} was not tested"


def _open(told: Told, retrieval: State, fine_tuning: State) -> str:
    """Nothing is "taken" by leaders that are not all shown to beat a constant response."""
    floor = told.judged.floor
    if floor.best and not set(told.judged.leaders) <= set(floor.above):
        return _OPEN["open", "open"]
    return _OPEN[retrieval, fine_tuning]


def _state(told: Told, part: int) -> State:
    """Whether the arm named, or all that lead, has this part; `open` where some have it and others do not."""
    judged = told.judged
    there = {_parts(told, arm)[part] for arm in _candidates(told)}
    if True not in there:
        return "not known" if None in there else "not tested"
    if judged.verdict in ("blocked", "none") or judged.withheld:
        return "open"
    has = {_parts(told, arm)[part] for arm in ([judged.arm] if judged.arm else judged.leaders)}
    if None in has:
        return "not known"
    if len(has) != 1 or (judged.floor.best and not set(judged.leaders) <= set(judged.floor.above)):
        return "open"
    return "yes" if has.pop() else "no"


def _parts(told: Told, arm: str) -> tuple[bool | None, bool | None]:
    """Whether it retrieves, and whether it was trained; None: not known."""
    traits = told.rules.traits_of(arm)
    return traits.retrieves, traits.trained


def _made_of(told: Told, arm: str) -> dict[str, bool | None]:
    retrieves, trained = _parts(told, arm)
    return {"retrieves": retrieves, "trained": trained, **({"outside": True} if told.rules.traits_of(arm).outside else {})}


def _candidates(told: Told) -> list[str]:
    """Measured and not barred, the best first."""
    return [arm for arm in told.evidence.ranked([*told.evidence.values]) if arm not in told.rules.barred]


def _counts(told: Told) -> str:
    """`Hybrid is right on 52 of 98 rows, RAG on 31, the others on at most 2.`, by right answers where they were measured."""
    arms = [arm for arm in _candidates(told) if told.evidence.arms[arm].mean is not None]
    if values_of(told.evidence) and arms:
        counted = right_of(told.evidence, *arms)
        if counted is None:
            return ""
        rights, rows = dict(zip(arms, counted[0], strict=True)), counted[1]
        ranked = _first(told, sorted(arms, key=lambda arm: -rights[arm]))
        return _row(
            told, ranked, {arm: str(right) for arm, right in rights.items()}, f"is right on {{}} of {rows} rows", "on {}", "on at most {}"
        )
    means = {arm: told.points(told.evidence.arms[arm].mean or 0.0) for arm in arms}
    unit = f"{{}}{' points' if told.whole else ''} of {in_a_sentence(told.evidence.metric)}"
    return _row(told, _first(told, arms), means, f"reaches {unit}", "{}", "at most {}") if arms else ""


def _first(told: Told, ranked: Sequence[str]) -> list[str]:
    """The arm that is named stands first, wherever it ranks."""
    return sorted(ranked, key=lambda arm: arm != told.judged.arm)


def _row(told: Told, arms: Sequence[str], values: dict[str, str], first: str, next_one: str, rest: str) -> str:
    named, others = arms[:NAMED], arms[NAMED:]
    said = [f"{told.label(named[0])} {first.format(values[named[0]])}"]
    said += [f"{told.label(arm)} {next_one.format(values[arm])}" for arm in named[1:]]
    if len(others) == 1:
        said.append(f"{told.label(others[0])} {next_one.format(values[others[0]])}")
    elif others:
        said.append(f"the other {len(others)} {rest.format(values[others[0]])}")
    return f"{listed(said)}."
