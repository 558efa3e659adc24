"""The main caveat and the next step, read off a stored decision. Words for what was decided; computes and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.numerals import rounded_rows
from eval.rules import Rules

Json = dict[str, Any]
SMALL_CHANGE = "Repeat the run when the data, the base model or the prices change."


def main_caveat(decision: Json) -> str:
    """What blocks, else the first caveat, else the first thing that was not tested."""
    told = [*decision["blocks"], *decision["caveats"], *(f"Not tested: {line}" for line in decision["not_tested"])]
    return str(told[0]) if told else ""


def next_step(decision: Json, arms: Mapping[str, Json]) -> str:
    """One thing to do now."""
    arm = decision["arm"]
    if decision["verdict"] in ("winner", "tie") and arm:
        weights = f" `bakeoff export RUN FOLDER --arm {arm}` writes its weights." if Rules(metric="").traits_of(arm).trained else ""
        return f"Try {arms.get(arm, {}).get('label', arm)} on real questions, with people looking at the answers.{weights} {SMALL_CHANGE}"
    if decision["verdict"] == "blocked":
        return "Mend what blocks the verdict, then resume the run: what is not touched by it is not done again."
    if decision["required_rows"]:
        return (
            f"Add test rows: about {rounded_rows(decision['required_rows'])} in all would settle it. Until then no arm is shown to be best."
        )
    return "More rows of this kind would not settle it: train with more seeds, or say how large a difference matters to you."
