"""The search for retrieval settings: the best by count, the same every time, and nothing tried is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from finetune.pretrained import locate_embedder
from retrieval.chunk import Source
from retrieval.embed import SentenceEmbedder
from retrieval.errors import SetupError
from retrieval.tune import Budget, Candidate, Trial, TuneResult, tune, usual

SOURCES = [
    Source("tides", "High water comes twice a day. " * 6 + "The harbour clock shows tide code QX-77. " + "Boats wait for it. " * 6),
    Source("leave", "Annual leave is twenty-six days. " * 8),
    Source("keys", "Keys are kept by the porter at the north gate. " * 8),
    Source("forms", "Expenses go on form KX-12, which the office keeps. " * 6),
]
QUESTIONS = ["What is QX-77?", "How many days of holiday do I get?", "Who has the keys?", "Where is the sea?"]
GOLD = [["tides"], ["leave"], ["keys"], []]
SMALL = Candidate(chunk_tokens=24, overlap_tokens=0, k=1)


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> SentenceEmbedder:
    return SentenceEmbedder(str(locate_embedder("all-minilm-l6-v2").path), cache=tmp_path_factory.mktemp("vectors"))


def test_every_trial_is_kept_and_the_result_is_the_same_again(embedder: SentenceEmbedder) -> None:
    candidates = [replace(SMALL, search=search, chunk_tokens=size) for size in (24, 128) for search in ("dense", "lexical", "hybrid")]
    result = tune(SOURCES, QUESTIONS, GOLD, candidates, Budget(candidates=10), embedder)
    assert [trial.candidate for trial in result.trials] == candidates
    assert result.questions == 3
    assert all(trial.recall == trial.recall_at[1] for trial in result.trials)
    assert all(list(t.recall_at) == [1, 2, 3, 5, 10] and t.recall_at[10] >= t.recall_at[1] for t in result.trials)
    assert result.chosen.recall == max(trial.recall or 0 for trial in result.trials)
    assert result == tune(SOURCES, QUESTIONS, GOLD, candidates, Budget(candidates=10), embedder)
    by_search = {t.candidate.search: t.recall for t in result.trials if t.candidate.chunk_tokens == 24}
    assert by_search["lexical"] == pytest.approx(2 / 3)  # no word of the question about holidays is in the documents
    first, chosen = result.trials[0], result.chosen
    assert first.recall is not None
    assert chosen.recall is not None
    assert result.lead().recall == pytest.approx(chosen.recall - first.recall, abs=1e-6)
    assert result.to_json()["trials"][0]["candidate"]["chunk_tokens"] == 24


def test_recall_by_hand(embedder: SentenceEmbedder) -> None:
    gold = [["leave", "keys", "forms"]]
    result = tune(
        SOURCES, ["days of annual leave"], gold, [replace(SMALL, chunk_tokens=256, k=2)], Budget(1), embedder, exclude=[["keys", "tides"]]
    )
    assert result.chosen.passages == 4
    assert result.chosen.recall_at == {1: 1.0, 2: 1.0, 3: pytest.approx(2 / 3), 5: pytest.approx(2 / 3), 10: pytest.approx(2 / 3)}


def test_the_budget_ends_the_search_and_what_was_not_tried_says_so(embedder: SentenceEmbedder) -> None:
    candidates = [SMALL, replace(SMALL, k=2), replace(SMALL, search="hybrid"), replace(SMALL, search="lexical")]
    result = tune(SOURCES, QUESTIONS, GOLD, candidates, Budget(candidates=2), embedder)
    assert [trial.recall is not None for trial in result.trials] == [True, True, True, False]
    assert result.trials[3].reason == "the budget was spent"
    assert [t.recall is None for t in tune(SOURCES, QUESTIONS, GOLD, candidates, Budget(9, seconds=0), embedder).trials] == [
        False, False, True, True,
    ]  # fmt: skip


def test_what_cannot_be_tried_is_named_and_the_rest_goes_on(embedder: SentenceEmbedder) -> None:
    candidates = [replace(SMALL, chunk_tokens=512), replace(SMALL, overlap_tokens=24), SMALL]
    result = tune(SOURCES, QUESTIONS, GOLD, candidates, Budget(3), embedder)
    assert "more than the embedder reads (256)" in result.trials[0].reason
    assert "overlap_tokens" in result.trials[1].reason
    assert result.chosen.candidate == SMALL
    with pytest.raises(SetupError, match="no candidate could be tried"):
        tune(SOURCES, QUESTIONS, GOLD, candidates[:2], Budget(3), embedder)
    with pytest.raises(SetupError, match="gold passages"):
        tune(SOURCES, QUESTIONS, [[], [], [], []], [SMALL], Budget(3), embedder)


def test_of_equal_recall_the_cheaper_prompt_wins_then_the_first() -> None:
    trials = [
        Trial(Candidate(chunk_tokens=256), 0.9, tokens=600.0),
        Trial(Candidate(chunk_tokens=64), 0.9, tokens=150.0),
        Trial(Candidate(chunk_tokens=64, search="hybrid"), 0.9, tokens=150.0),
        Trial(Candidate(chunk_tokens=32), 0.8, tokens=50.0),
        Trial(Candidate(k=5), 0.95, tokens=1000.0),
        Trial(Candidate(), None, reason="the budget was spent"),
    ]
    result = TuneResult(tuple(trials), 10, trials[0])
    assert result.best(3) == trials[1]
    assert result.best(5) == trials[4]
    with pytest.raises(KeyError):
        result.best(7)


def test_the_experiments_own_settings_are_always_the_first_candidate() -> None:
    own = Candidate(chunk_tokens=200, overlap_tokens=20, k=2)
    made = usual(own, max_tokens=256)
    assert made[0] == own
    assert len(set(made)) == len(made) == 12
    assert {c.chunk_tokens for c in made} == {200, 128, 64, 256}
    assert all(c.k == 2 and c.overlap_tokens * 10 // c.chunk_tokens <= 1 for c in made)
