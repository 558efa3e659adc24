"""The main caveat and the next step, read off a stored decision. Words for what was decided; computes and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eval.names import metric_name
from eval.numerals import rounded_rows
from eval.report.format import interval, number
from eval.verdict.rules import Rules

Json = dict[str, Any]
SMALL_CHANGE = "Repeat the run when the data, the base model or the prices change."

_INSTEAD = {
    "blocked": "Mend what blocks the verdict, then resume the run: what is not touched by it is not done again.",
    "missing": "Mend what made scores missing, then resume the run: what is not touched by it is not done again.",
    "judge": "Label more answers of the arms that lead (page Check the judge, or bakeoff calibrate), or decide by one without a judge.",
    "contradiction": "Read the rows on which the two differ, say what a good answer is, and decide by that metric.",
    "none": "Deploy none of these as it is. Look at where answers go wrong, then compare again with better data or another base model.",
}
"""By verdict, or by why an arm that leads is not named."""


def main_caveat(decision: Json, findings: Sequence[Json] = (), arms: Mapping[str, Json] | None = None) -> str:
    """What blocks, else an outcome that speaks against the leading arm, else the first caveat, else the first thing not tested."""
    against = [_against(found, decision["metric"], arms or {}) for found in findings if _speaks_against(found)]
    told = [*decision["blocks"], *against, *decision["caveats"], *(f"Not tested: {line}" for line in decision["not_tested"])]
    return str(told[0]) if told else ""


def _speaks_against(found: Json) -> bool:
    """Its whole interval says that the leading arm has fewer right or more wrong answers."""
    if found["decides"] or None in (found["low"], found["high"]):
        return False
    return bool(found["high"] < 0 if found["outcome"] == "correct" else found["outcome"] == "fabricated" and found["low"] > 0)


def _against(found: Json, metric: str, arms: Mapping[str, Json]) -> str:
    arm, other = (arms.get(found[side], {}).get("label", found[side]) for side in ("arm", "other"))
    what = "correct answers than" if found["outcome"] == "correct" else "wrong answers than"
    more = "fewer" if found["outcome"] == "correct" else "more"
    gap = f"{number(found['difference'], 1, True)} of 100 ({interval(found['low'], found['high'], 1, True)}; n = {found['n']})"
    return f"{arm} leads by {metric_name(metric)} and has {more} {what} {other}: {gap}."


def next_step(decision: Json, arms: Mapping[str, Json]) -> str:
    """One thing to do now."""
    arm = decision["arm"]
    if decision["verdict"] in ("winner", "tie") and arm:
        told = ((decision.get("approach") or {}).get("candidates") or {}).get(arm) or asdict(Rules(metric="").traits_of(arm))
        ours = told["trained"] and not told.get("outside")
        weights = f" `bakeoff export RUN FOLDER --arm {arm}` writes its weights." if ours else ""
        return f"Try {arms.get(arm, {}).get('label', arm)} on real questions, with people looking at the answers.{weights} {SMALL_CHANGE}"
    if told := _INSTEAD.get(decision.get("withheld") or decision["verdict"]):
        return told
    if (settle := decision.get("settle")) and settle["as_seen"]:
        rows = rounded_rows(settle["as_seen"]["rows"])
        return (
            f"Add test rows: about {rows} in all are likely to settle it if the difference is as large as seen. {_until(decision)}".strip()
        )
    if decision["required_rows"]:
        return f"Add test rows: about {rounded_rows(decision['required_rows'])} in all would settle it. Until then the choice is open."
    return "More rows of this kind would not settle it: train with more seeds, or say how large a difference matters to you."


def _until(decision: Json) -> str:
    return "" if decision.get("today") else "Until then the choice is open."
