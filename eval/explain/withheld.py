"""The sentence where no arm is named although one leads: nobody beats a constant response, or the measures contradict each other."""

from __future__ import annotations

import numpy as np

from eval.explain.counts import right_of, values_of
from eval.explain.told import Told
from eval.names import in_a_sentence
from eval.numerals import interval, listed, signed
from eval.verdict.judge_error import FEWEST, freed

CONSTANTS = {"declines_all": "declining every question", "commonest_answer": "giving every question the commonest training answer"}
"""What a constant response does, in a sentence."""


def none(told: Told) -> str:
    """No candidate is good enough: below the floor, or below what the team needs."""
    arm = next(iter(told.judged.leaders), "")
    if told.judged.chosen_by == "constraints":
        need = 100 * float(told.rules.constraints["min_right"])
        return f"None reaches the {need:g} of 100 right answers that you need: the best, {told.label(arm)}, is {_right(told, arm)}."
    constant = told.judged.floor.best or ""
    what = CONSTANTS.get(constant, told.label(constant))
    value = told.evidence.arms[constant].mean or 0.0
    level = f"{told.points(value)} {'points' if told.rules.cost_of_wrong else 'of 100'}" if told.whole else told.points(value)
    return f"No candidate is shown to be better than {what} ({level}): the best, {told.label(arm)}, {_reaches(told, arm, constant)}."


def contradiction(told: Told) -> str:
    """The leader by the deciding metric is right less often than another candidate."""
    leader, other = told.judged.leaders[:2]
    counts = right_of(told.evidence, leader, other)
    (ours, theirs), rows = counts or ([0, 0], 0)
    return (
        f"Undecided, the measures contradict each other: {told.label(leader)} leads by {in_a_sentence(told.evidence.metric)}, and "
        f"{told.label(other)} is right more often ({theirs} of {rows} rows against {ours})."
    )


def missing(told: Told) -> str:
    """The leader's lead hangs on scores that are missing."""
    leader, *others = told.judged.leaders
    lost = sum(told.evidence.arms[leader].missing.values())
    return (
        f"Undecided: {told.label(leader)} leads, but {lost} of its scores are missing. Were all of them at their worst, its lead over "
        f"{listed([told.label(one) for one in others])} would not be shown."
    )


def judge(told: Told) -> str:
    """People's labels do not confirm what the judge says."""
    leader, other = told.judged.leaders[:2]
    pair, errors = told.judged.between(leader, other).pair, told.measures.judge_errors or {}
    lead = f"Undecided: the judge puts {told.label(leader)} {told.points(pair.spread.mean)} points above {told.label(other)}"
    found = freed(pair, errors, 1 - told.rules.alpha)
    if found is None:
        short = [(arm, errors[arm].labels if arm in errors else 0) for arm in told.judged.leaders]
        named = listed([f"{told.label(arm)} ({labels})" for arm, labels in short if labels < FEWEST])
        return f"{lead}, and too few of their answers were labelled to confirm it: {FEWEST} of each are needed, there are {named}."
    return (
        f"{lead}, and people's labels do not confirm it: freed of the judge's errors the difference is {signed(told.points(found.mean))} "
        f"({interval(found.low, found.high, told.whole)}, {found.labels} labels)."
    )


def but_right(told: Told) -> str:
    """What stands behind a verdict whose arm is right less often than another candidate, though that is not shown; empty where none is."""
    if not told.judged.against or told.judged.arm is None:
        return ""
    other = told.judged.against[0].arm
    counts = right_of(told.evidence, told.judged.arm, other)
    if counts is None:
        return ""
    (ours, theirs), rows = counts
    lead = ": by right answers its lead is not shown" if told.judged.verdict == "winner" else ""  # of arms that are equal none leads
    return f" It is right on {ours} of {rows} rows, {told.label(other)} on {theirs}{lead}."


def weak_field(told: Told, least: float) -> str:
    """What stands behind a verdict whose arm is right on less than half of its rows; empty where it is not, or where a limit was set."""
    arm = told.judged.arm
    if arm is None or told.rules.constraints.get("min_right") is not None or not (counts := right_of(told.evidence, arm)):
        return ""
    (right,), rows = counts
    return f" It is the best of a weak field: right on {right} of {rows} rows." if right < least * rows else ""


def above_floor(told: Told) -> str:
    """What stands behind an open verdict where some that lead are not shown to beat a constant response; empty where all are, or none."""
    judged, constant = told.judged, told.judged.floor.best
    above = [arm for arm in judged.leaders if judged.floor.holds(arm)]
    if judged.verdict != "undecided" or judged.withheld or constant is None or not above or len(above) == len(judged.leaders):
        return ""
    value = told.evidence.arms[constant].mean or 0.0
    level = f"{told.points(value)} of 100" if told.whole else told.points(value)
    only = "are the only ones" if len(above) > 1 else "is the only one"
    what = CONSTANTS.get(constant, told.label(constant))
    return f" {listed([told.label(arm) for arm in above])} {only} shown to be better than {what} ({level})."


def answered(told: Told) -> str:
    """What stands behind a verdict's arm where some rows have no answer: how many questions it answers; empty where all rows have one."""
    arm, constant = told.judged.arm, values_of(told.evidence).get("declines_all")
    described = told.measures.declined.get(arm) if arm else None
    if constant is None or described is None or described.mean is None or not 0 < (without := float(np.nanmean(constant))) < 1:
        return ""
    return f" It answers {100 * (1 - described.mean):.0f} of 100 questions; {100 * (1 - without):.0f} of 100 have an answer."


def _right(told: Told, arm: str) -> str:
    counts = right_of(told.evidence, arm)
    return f"right on {counts[0][0]} of {counts[1]} rows" if counts else "not measured"


def _reaches(told: Told, arm: str, constant: str) -> str:
    counts = right_of(told.evidence, arm, constant)
    if counts is not None and not told.rules.cost_of_wrong:
        (ours, theirs), rows = counts
        return f"is right on {ours} of {rows} rows against {theirs}"
    mean = told.evidence.arms[arm].mean or 0.0
    return f"reaches {told.points(mean)}" + (" points" if told.rules.cost_of_wrong else "")
