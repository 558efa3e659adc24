from __future__ import annotations

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, nDCG

from eval.metrics import ranking

IDS = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1, max_size=8)


@given(IDS, IDS, st.integers(1, 10))
def test_agrees_with_ir_measures(ranked: list[str], gold: list[str], k: int) -> None:
    qrels = [ir_measures.Qrel("q", document, 1) for document in gold]
    run = [ir_measures.ScoredDoc("q", document, -float(rank)) for rank, document in enumerate(ranked)]
    theirs = ir_measures.calc_aggregate([R @ k, RR, nDCG @ k], qrels, run)
    assert ranking.recall_at(k, ranked, gold) == pytest.approx(theirs[R @ k])
    assert ranking.mrr(ranked, gold) == pytest.approx(theirs[RR])
    assert ranking.ndcg_at(k, ranked, gold) == pytest.approx(theirs[nDCG @ k])


def test_a_document_found_twice_counts_where_it_stands_first() -> None:
    assert ranking.recall_at(2, ["x", "x", "gold"], ["gold"]) == 1
    assert ranking.mrr(["x", "x", "gold"], ["gold"]) == 0.5
    assert ranking.ndcg_at(3, ["gold", "gold"], ["gold"]) == 1


def test_nothing_found_is_zero_and_no_gold_is_an_error() -> None:
    assert ranking.recall_at(3, [], ["gold"]) == ranking.mrr([], ["gold"]) == ranking.ndcg_at(3, [], ["gold"]) == 0
    for measure in (lambda: ranking.recall_at(1, ["a"], []), lambda: ranking.mrr(["a"], []), lambda: ranking.ndcg_at(1, ["a"], [])):
        with pytest.raises(ValueError, match="no gold"):
            measure()
