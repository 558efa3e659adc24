"""Tests of differences: against statsmodels and scipy, by hand, and by their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests

from eval.statistics.means import sample, spreads
from eval.statistics.paired import equivalence_margin, equivalence_p, holm, mcnemar, sign_flips
from eval.statistics.power import Noise, Question, RequiredRows, detectable, rows_for_difference, rows_to_settle

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)
DIFFERENCE = (-1.0, 1.0)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_agrees_with_statsmodels(wins: int, losses: int) -> None:
    theirs = their_mcnemar([[7, wins], [losses, 9]], exact=True).pvalue
    assert mcnemar(wins, losses) == pytest.approx(theirs)


@pytest.mark.parametrize(("wins", "losses", "p"), [(0, 0, 1), (10, 0, 2 / 1024), (0, 5, 2 / 32), (5, 1, 14 / 64), (3, 3, 1)])
def test_mcnemar_by_hand(wins: int, losses: int, p: float) -> None:
    assert mcnemar(wins, losses) == pytest.approx(p)


@settings(max_examples=25)
@given(P_VALUES)
def test_holm_agrees_with_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


@given(P_VALUES)
def test_holm_never_lowers_a_p_and_keeps_the_order(p: list[float]) -> None:
    adjusted = np.array(holm(p))
    assert (adjusted >= np.array(p) - 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == []


def test_few_clusters_are_permuted_exactly() -> None:
    values = np.array([[0.5], [0.25], [1.0], [0.0], [-0.25]])
    theirs = stats.permutation_test((values[:, 0],), np.sum, permutation_type="samples", n_resamples=np.inf).pvalue
    assert sign_flips(values)[0] == pytest.approx(theirs)


def test_many_clusters_agree_with_scipy_and_never_reach_zero() -> None:
    rng = np.random.default_rng(3)
    columns = np.stack([rng.normal(shift, 1, 80) for shift in (0.0, 0.2, 3.0)], axis=1)
    found = sign_flips(columns)
    for column, p in zip(columns.T, found, strict=True):
        theirs = stats.permutation_test((column,), np.sum, permutation_type="samples", rng=1).pvalue
        assert p == pytest.approx(theirs, abs=0.02)
    assert found[2] == 1 / 10_000


@settings(max_examples=30)
@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=1, max_size=40))
def test_turning_both_arms_round_does_not_change_p(values: list[float]) -> None:
    column = np.array(values)[:, None]
    found, turned = sign_flips(column), sign_flips(-column)
    assert found == pytest.approx(turned)
    assert 0 < found[0] <= 1


def test_no_difference_at_all_is_no_evidence() -> None:
    assert sign_flips(np.zeros((50, 2))).tolist() == [1.0, 1.0]


def spread_of(values: list[float]):
    block = np.array(values)[:, None]
    return spreads(sample([block], np.arange(len(values)), [(-1.0, 1.0)]))[0]


def test_two_one_sided_tests_agree_with_t_tests_where_nothing_is_rare() -> None:
    values = np.random.default_rng(0).normal(0.02, 0.3, 4000).clip(-1, 1)
    below = stats.ttest_1samp(values, 0.05, alternative="less").pvalue
    above = stats.ttest_1samp(values, -0.05, alternative="greater").pvalue
    assert equivalence_p(spread_of(values.tolist()), DIFFERENCE, 0.05, whole=False) == pytest.approx(max(below, above), rel=0.1)


@pytest.mark.parametrize(("rows", "shown"), [(40, False), (90, False), (120, True)])
def test_rows_that_all_agree_do_not_prove_equality_at_once(rows: int, shown: bool) -> None:
    """With a true difference of 3 in 100, 90 rows show none with a chance of 0.97^90 = 6.4 %, 120 rows with 2.6 %."""
    assert (equivalence_p(spread_of([0.0] * rows), DIFFERENCE, 0.03) <= 0.05) is shown


@pytest.mark.parametrize(("rows", "wins", "p"), [(200, 2, 0.0965), (400, 2, 0.0056)])
def test_right_and_wrong_rows_take_the_variance_that_the_margin_would_have(rows: int, wins: int, p: float) -> None:
    """Two to none of 200: mean 2/204 = .0098; √(.00995/200) x 200/204 = .0069 from the rows and √(2 x (1.0098² + .9902²)) / 204 = .0098
    from the ends are .0120. Room .0202; were so many more rows to differ, .0202 x (1 - .0196 - .0202) / 204 = .0000951 would come to its
    square: .01546, t = 1.306, df 199. Of 400: room .02505, .00606² + .0000598, t = 2.549, df 399."""
    found = equivalence_p(spread_of([1.0] * wins + [0.0] * (rows - wins)), DIFFERENCE, 0.03)
    assert found == pytest.approx(p, abs=0.0005)


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=40), st.floats(0.01, 0.2), st.booleans())
def test_the_margin_at_which_equality_is_shown_is_where_p_crosses_alpha(values: list[float], alpha: float, whole: bool) -> None:
    spread = spread_of(values)
    margin = equivalence_margin(spread, DIFFERENCE, alpha, whole)
    assert margin is not None
    assert equivalence_p(spread, DIFFERENCE, margin, whole) == pytest.approx(alpha, rel=1e-6)
    assert equivalence_p(spread, DIFFERENCE, margin * 1.01 + 1e-6, whole) < alpha


def test_equality_needs_a_margin_and_more_than_one_cluster() -> None:
    assert equivalence_p(spread_of([0.0] * 500), DIFFERENCE, 0.0) == 1
    one_cluster = spreads(sample([np.zeros((50, 1))], np.zeros(50, dtype=np.int64), [(-1.0, 1.0)]))[0]
    assert equivalence_p(one_cluster, DIFFERENCE, 0.5) == 1
    assert equivalence_margin(one_cluster, DIFFERENCE, 0.05) is None


def test_required_rows_by_hand() -> None:
    """(1.960 + 0.842)² x 0.25 / 0.1² = 196.2 with the normal; t adds 1.960² / 2."""
    found = rows_for_difference(Noise(0.25, 0.0), 0.1, 0.05)
    assert found == RequiredRows(199, 199, 199)


def test_a_variance_that_is_not_known_well_asks_for_more_rows() -> None:
    """Known as from 20 rows: the quantile of a non-central t is 2.93 instead of 2.80, so 1.09 times the rows."""
    known, vague = (rows_for_difference(Noise(0.25, log_se), 0.1, 0.05) for log_se in (0.0, np.sqrt(2 / 20)))
    assert known is not None
    assert vague is not None
    assert vague.low < known.rows < vague.rows < vague.high
    assert vague.high / known.rows == pytest.approx(np.exp(1.96 * np.sqrt(0.1)), rel=0.02)
    assert stats.nct.cdf(np.sqrt(vague.rows - 2) * 0.1 / 0.5, 20, 1.96) == pytest.approx(0.8, abs=0.002)


@pytest.mark.parametrize(("discordant", "difference"), [(0.337, 0.08), (0.2, 0.1), (0.5, 0.05)])
def test_rows_for_mcnemar_give_its_exact_test_that_power(discordant: float, difference: float) -> None:
    noise = Noise(discordant - difference**2, 0.0, together=1.0, lost=1.0)
    found = rows_for_difference(noise, difference, 0.05)
    assert found is not None
    counts = np.arange(found.rows + 1)
    chance = stats.binom.pmf(counts, found.rows, discordant)
    wins = (discordant + difference) / 2 / discordant
    powers = [stats.binom.sf(stats.binom.isf(0.025, n, 0.5), n, wins) for n in counts]
    assert float(chance @ np.nan_to_num(powers)) == pytest.approx(0.8, abs=0.025)


def test_a_test_by_signs_of_clusters_needs_more_rows_than_one_by_the_standard_error() -> None:
    plain, signs = (rows_for_difference(Noise(0.5, 0.0, together=t), 0.1, 0.05) for t in (0.0, 5.0))
    assert plain is not None
    assert signs is not None
    assert signs.rows / plain.rows == pytest.approx(((1.96 * np.sqrt(1.1) + 0.842) / 2.802) ** 2, rel=0.01)


@given(st.floats(0.01, 1), st.floats(0.02, 0.5), st.floats(0.001, 0.2))
def test_smaller_differences_need_more_rows(variance: float, difference: float, alpha: float) -> None:
    noise = Noise(variance, 0.1)
    wide, narrow, strict = (
        rows_for_difference(noise, d, a) for d, a in ((difference, alpha), (difference / 2, alpha), (difference, alpha / 2))
    )
    assert wide is not None
    assert narrow is not None
    assert strict is not None
    assert narrow.rows >= wide.rows
    assert strict.rows >= wide.rows


def test_seeds_that_differ_more_than_the_difference_cannot_be_outnumbered() -> None:
    assert rows_for_difference(Noise(0.2, 0.1, fixed=0.01), 0.1, 0.05) is None
    assert rows_to_settle(Noise(0.2, 0.1, fixed=0.01), Question(0.1, 0.05, 0.05, 0.2)) is None
    assert rows_to_settle(Noise(0.2, 0.1), Question(0.0, 0.0, 0.05, 0.2)) is None


def test_equality_of_equal_arms_by_hand() -> None:
    """√(.2 / 666) = .01733: a mean within .05 - 1.645 x .01733 = .0215 is a tie, 1.241 errors: 78.5 %; one beyond 1.96 errors is taken for
    a difference, to one side 2.5 %: 81 %. So a little less: 656 rows and the 2 of t."""
    found = rows_to_settle(Noise(0.2, 0.0), Question(0.0, 0.05, 0.05, 0.2))
    assert found is not None
    assert found.rows == pytest.approx(656 + 2, abs=6)


def test_a_difference_far_above_the_margin_is_settled_by_being_shown() -> None:
    shown, either = rows_for_difference(Noise(0.25, 0.2), 0.1, 0.05), rows_to_settle(Noise(0.25, 0.2), Question(0.1, 0.01, 0.05, 0.25))
    assert shown is not None
    assert either is not None
    assert either.rows == pytest.approx(shown.rows, rel=0.03)


@given(st.floats(0.05, 0.5), st.floats(0, 0.12), st.floats(0.02, 0.1))
def test_so_many_rows_settle_it_as_often_as_is_said(variance: float, difference: float, margin: float) -> None:
    """Drawn from the normal whose tests these are; a mean that is both beyond one and within the other counts once."""
    found = rows_to_settle(Noise(variance, 0.0), Question(difference, margin, 0.05, variance))
    if found is None or found.rows > 10**6:
        return
    said, less = (_settled(difference, margin, np.sqrt(variance / (rows - 1.92))) for rows in (found.rows, 0.97 * found.rows))
    assert said[0] >= 0.785
    assert less[0] < 0.815 or not less[1], "with fewer rows the chance is as good, and the difference, should it stay, is decisive"


@pytest.mark.parametrize(("row", "extra", "difference"), [(0.0054, 3.0, 0.0325), (0.0054, 3.0, 0.1), (0.02, 6.0, 0.05)])
def test_rows_at_the_ends_are_paid_for_as_the_test_pays_for_them(row: float, extra: float, difference: float) -> None:
    """Scores that vary little: what the test adds at the ends of their scale is most of its error until there are many rows."""
    found, bare = (rows_for_difference(Noise(row, 0.0, extra=more), difference, 0.05) for more in (extra, 0.0))
    assert found is not None
    assert bare is not None
    assert found.rows > bare.rows

    def enough(rows: float) -> bool:
        return difference >= (1.96 + 0.842) * np.sqrt(row / rows + extra / rows**2)

    assert enough(1.06 * found.rows), "the two rows that t costs stand among them"
    assert not enough(0.9 * found.rows)
    asked = Question(difference, 0.001, 0.05, row, extra)
    either = rows_to_settle(Noise(row, 0.0, extra=extra), asked)
    assert either is not None
    assert either.rows <= found.rows, "the power of a new experiment comes from the scores, not from what is added"


def _settled(difference: float, margin: float, se: float) -> tuple[float, bool]:
    means = difference + se * stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    decisive = bool(difference > 1.96 * se or difference < margin - 1.645 * se)
    return float(((means > 1.96 * se) | (np.abs(means) < margin - 1.645 * se)).mean()), decisive


@given(st.floats(20, 5000), st.floats(0.05, 0.5))
def test_what_rows_can_show_and_the_rows_it_needs_are_one_thing(rows: float, variance: float) -> None:
    found = rows_for_difference(Noise(variance, 0.0), detectable(rows, 0.05, variance), 0.05)
    assert found is not None
    assert found.rows == pytest.approx(rows, abs=1.01)
