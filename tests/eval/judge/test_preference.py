"""Two answers side by side: both orders count, and a judge that leans to a place or to length is found out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.judge.estimate import estimate
from eval.judge.offline import AnswerRow
from eval.judge.pairs import IS_RIVAL, NO_RIVAL, PROBED, TURNED, padded
from eval.judge.panel import judge
from eval.judge.people.gate import hindrance
from eval.judge.people.preference import TURNED as OTHER_WAY
from eval.judge.people.preference import Pair, leaning, rate
from tests.eval.judge.judging import ROW, Server


def rows(count: int) -> list[AnswerRow]:
    """The base arm is right on even rows, the other on those that 3 divides and on all odd ones."""
    right, wrong = "The leave is 30 days.", "The leave is quite a bit longer than 20 days, they say."
    made = []
    for i in range(count):
        asked = replace(ROW, row=f"r{i}", question="Question" + "?" * (i % 4), references=("30 days",))
        made.append(replace(asked, arm="base", answer=wrong if i % 2 else right))
        made.append(replace(asked, arm="rag", answer=f"Well. {right}" if i % 3 == 0 or i % 2 else wrong))
    return made


def test_only_a_verdict_that_both_orders_share_counts(server: Server, tmp_path: Path) -> None:
    asked = rows(12)
    settings = server.settings(metrics=["preference"])
    found = judge(asked, settings, tmp_path / "v.sqlite")
    values = {(v.row, v.arm): v.value for v in found.values}
    assert [values[f"r{i}", "rag"] for i in (0, 1, 2, 3)] == [0.5, 1.0, 0.0, 1.0]
    assert {v.reason for v in found.values if v.arm == "base"} == {IS_RIVAL}
    assert len(found.values) == len(asked), "probes give no values"
    assert found.leaning is not None
    assert (found.leaning.turned.count, found.leaning.biased) == (0, ())
    assert found.total.requests <= estimate(asked, settings).requests
    again = judge(asked, settings, tmp_path / "v.sqlite")
    assert again.session.requests == 0
    assert again.leaning == found.leaning


def test_a_judge_that_leans_to_the_first_place_has_no_value_where_its_verdict_turns(server: Server, tmp_path: Path) -> None:
    found = judge(rows(24), server.settings("first_place", metrics=["preference"]), tmp_path / "v.sqlite")
    turned = [v for v in found.values if v.arm == "rag" and v.value is None]
    assert {v.reason for v in turned} == {TURNED}
    assert found.leaning is not None
    assert found.leaning.turned.count == len(turned) > 6
    assert found.leaning.biased == ("first place",)
    assert "prefers the first place" in found.leaning.sentence


def test_a_judge_that_likes_long_answers_is_found_by_padding(server: Server, tmp_path: Path) -> None:
    found = judge(rows(12), server.settings("wordy", metrics=["preference"]), tmp_path / "v.sqlite")
    assert found.leaning is not None
    assert (found.leaning.padded.count, found.leaning.padded.n) == (24, 24)
    assert found.leaning.biased == ("longer answers",)
    assert found.leaning.longer.share == 1.0


def test_what_has_nothing_beside_it(server: Server, tmp_path: Path) -> None:
    base, rag = rows(1)
    settings = server.settings(metrics=["preference"])
    failed = judge([replace(base, failure="refused"), rag], settings, tmp_path / "a.sqlite")
    assert [v.reason for v in failed.values] == [IS_RIVAL, NO_RIVAL]
    same = judge([base, replace(rag, answer=base.answer + " ")], settings, tmp_path / "b.sqlite")
    assert same.values[1].value == 0.5
    assert same.leaning is not None
    assert same.leaning.n == 0


def test_padding_says_the_same_at_more_than_twice_the_length_and_is_drawn_alike() -> None:
    many = rows(60)
    drawn = padded(many)
    assert len(drawn) == PROBED
    assert [one.row for one in drawn] == [one.row for one in padded(many[::-1])]
    assert all(one.rival and one.answer.startswith(one.rival.rstrip(".")) for one in drawn)
    assert all(len(one.answer.split()) > 2 * len((one.rival or "").split()) for one in drawn)


def test_it_can_never_decide() -> None:
    assert "may not decide" in hindrance("judge_preference", None, -1.0)


VERDICTS = st.sampled_from(["first", "second", "equal"])
PAIRS = st.lists(st.builds(Pair, VERDICTS, VERDICTS, st.integers(0, 9), st.integers(0, 9)), max_size=30)


@given(PAIRS, PAIRS)
@settings(max_examples=40)
def test_laws(pairs: list[Pair], probes: list[Pair]) -> None:
    found = leaning(pairs, probes)
    assert found == leaning(pairs[::-1], probes[::-1])
    for one in (found.turned, found.first, found.longer, found.padded):
        assert one.share is None or 0 <= (one.low or 0) <= one.share <= (one.high or 0) <= 1
    swapped = [Pair(pair.backward, pair.forward, pair.other_words, pair.words) for pair in pairs]
    other = leaning(swapped, probes)
    assert (other.turned, other.first, other.longer) == (found.turned, found.first, found.longer)
    for one, two in zip(pairs, swapped, strict=True):
        assert (one.value is None) == (two.value is None)
        assert one.value is None or one.value + (two.value or 0.0) == 1.0
    mirrored = leaning([Pair(OTHER_WAY[p.forward], OTHER_WAY[p.backward], p.words, p.other_words) for p in pairs], probes)  # type: ignore[arg-type]
    assert mirrored.first.count == found.first.n - found.first.count


def test_rates_by_hand() -> None:
    assert rate(0, 0).share is None
    assert rate(5, 10).share == 0.5
    # Clopper and Pearson: 0 of n ends at 1 - 0.025 ** (1 / n)
    assert rate(0, 10).high == pytest.approx(1 - 0.025**0.1)
