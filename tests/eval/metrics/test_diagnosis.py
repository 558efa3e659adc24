"""Where it went wrong: each case by hand, and that every answer lands in exactly one place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.diagnosis import KINDS, Observed, diagnose, explain, shares

RAG = Observed("r", "rag", 0, "correct", answerable=True, retrieves=True, gold_found=True)
BASE = replace(RAG, arm="base", retrieves=False, gold_found=None)


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (RAG, "correct"),
        (replace(RAG, gold_found=None), "correct"),
        (replace(RAG, gold_found=False), "known without retrieval"),
        (BASE, "known without retrieval"),
        (replace(RAG, well_formed=False), "format only"),
        (replace(RAG, outcome="fabricated"), "retrieved but misread"),
        (replace(RAG, outcome="fabricated", gold_found=False), "retrieval missed"),
        (replace(RAG, outcome="abstained", gold_found=False), "retrieval missed"),
        (replace(RAG, outcome="abstained"), "abstained wrongly"),
        (replace(RAG, outcome="fabricated", gold_found=None), "fabricated"),
        (replace(BASE, outcome="fabricated"), "fabricated"),
        (replace(BASE, outcome="abstained"), "abstained wrongly"),
        (replace(RAG, outcome="abstained", answerable=False, gold_found=None), "correct"),
        (replace(BASE, outcome="abstained", answerable=False), "correct"),
        (replace(RAG, outcome="fabricated", answerable=False, gold_found=False), "fabricated"),
        (replace(RAG, outcome=None), None),
    ],
)
def test_each_case(seen: Observed, kind: str | None) -> None:
    assert explain(seen) == kind


BOOLS = st.booleans()
ANY = st.builds(
    Observed, row=st.text(max_size=3), arm=st.sampled_from(["base", "rag"]), seed=st.just(0),
    outcome=st.sampled_from(["correct", "abstained", "fabricated", None]), answerable=BOOLS, retrieves=BOOLS,
    gold_found=st.sampled_from([True, False, None]), well_formed=BOOLS, oracle_right=st.sampled_from([True, False, None]),
)  # fmt: skip


@given(st.lists(ANY, min_size=1, max_size=40))
def test_the_shares_of_an_arm_add_up_to_one_and_nothing_is_lost(seen: list[Observed]) -> None:
    for arm, found in shares(seen).items():
        assert set(found.shares) == set(KINDS)
        assert found.n + found.missing == sum(one.arm == arm for one in seen)
        assert sum(found.shares.values()) == pytest.approx(1.0 if found.n else 0.0)
    assert len(diagnose(seen)) == sum(one.outcome is not None for one in seen)


def test_the_oracle_tells_how_much_better_retrieval_would_mend() -> None:
    missed = replace(RAG, outcome="fabricated", gold_found=False)
    seen = [replace(missed, oracle_right=right) for right in (True, True, False, None)] + [replace(RAG, oracle_right=True)]
    assert shares(seen)["rag"].mendable == pytest.approx(2 / 3)
    assert shares([RAG])["rag"].mendable is None
