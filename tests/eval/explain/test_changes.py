"""What would change a verdict, as it is said."""

from __future__ import annotations

from eval.decision import Rules
from eval.explain.changes import outcome
from eval.explain.told import Told
from eval.verdict.constraints import Measures
from eval.verdict.evidence import Evidence
from eval.verdict.judgement import Judgement
from eval.verdict.sensitivity import Flip


def test_of_many_that_stay_open_three_are_named() -> None:
    """As where one of three seeds is left out: two show little, and a list of all candidates says nothing."""
    told = Told(Judgement("winner", "a"), Evidence("right", 0.95, {}, (), {}), Rules(metric="right", diagnostic=()), Measures({}, {}))
    five, four = (Flip("seed", "2", None, "2", "without", "undecided", None, tuple(names)) for names in ("abcde", "abcd"))
    assert outcome(told, five) == "undecided between a, b, c and 2 others"
    assert outcome(told, four) == "undecided between a, b, c and d"
