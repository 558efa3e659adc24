"""What holds of every verdict, whatever the scores: sentence, interval, p and the choice for today cannot contradict each other."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.decision import Decision, Rules, decide
from eval.scores import Score, table

KINDS = {"binary": (0.0, 1.0), "graded": (0.0, 0.2, 0.6, 1.0), "stars": (1.0, 2.0, 5.0)}


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """Of two to four arms that differ by chance and by a shift, in groups of one to seven."""
    rng, arms, rows = np.random.default_rng(draw(st.integers(0, 10**6))), draw(st.integers(2, 4)), draw(st.integers(6, 80))
    steps, size, shift = KINDS[draw(st.sampled_from(sorted(KINDS)))], draw(st.integers(1, 7)), draw(st.floats(0, 1.5))
    scores = []
    for place in range(arms):
        latent = rng.normal(size=rows) + shift * place
        values = np.array(steps)[np.digitize(latent, np.linspace(-0.5, 1.5, len(steps) - 1))]
        scores += [Score(f"r{row}", f"g{row // size}", f"arm{place}", 0, "m", float(value), "") for row, value in enumerate(values)]
    return decide(table(scores), Rules("m", margin=0.05), {}, sensitivity=False)


@settings(max_examples=60)
@given(decisions())
def test_an_interval_excludes_zero_exactly_where_p_reaches_the_level(decision: Decision) -> None:
    for one in decision.comparisons:
        if one.p is not None and one.low is not None and one.high is not None:
            assert (one.p <= decision.alpha) == (one.low > 0 or one.high < 0), one


@settings(max_examples=60)
@given(decisions())
def test_a_winner_beats_every_other_and_no_interval_beside_it_holds_zero(decision: Decision) -> None:
    if decision.verdict == "winner":
        own = [one for one in decision.comparisons if decision.arm in (one.a, one.b)]
        assert all(one.a == decision.arm and (one.low or 0) > 0 and (one.p or 1) <= decision.alpha for one in own)
        assert decision.settle is None
    if decision.arm is not None and decision.today is not None:
        assert decision.today["arm"] == decision.arm
    if decision.verdict == "undecided":
        assert decision.arm is None
        assert "Use " not in decision.sentence


@settings(max_examples=60)
@given(decisions())
def test_whoever_is_left_out_of_the_leaders_is_listed_by_holm_or_beaten(decision: Decision) -> None:
    if decision.verdict == "undecided":
        leader = decision.leaders[0]
        worse = [one for one in decision.comparisons if one.a == leader and one.b not in decision.leaders]
        assert all((one.p_holm or 0) <= decision.alpha for one in worse)
