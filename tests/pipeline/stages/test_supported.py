"""The classic baseline on rows with choices of their own: what passages support by words and by embedding; dev rows choose between them."""

from __future__ import annotations

import pytest

from finetune.pretrained import cache_folder, locate_embedder
from pipeline.stages.prediction.supported import Supports, best_way, supports
from retrieval.embed import SentenceEmbedder


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder(str(locate_embedder("all-minilm-l6-v2").path), cache_folder() / "embeddings", "cpu")


def test_the_choice_that_stands_in_a_passage_is_taken(embedder: SentenceEmbedder) -> None:
    asked = [("Which colour is the ferry?", ("red", "blue", "green")), ("Who repairs the pump?", ("Ann Lee", "Bo Berg"))]
    texts = [["The ferry is blue.", "The bus is red."], ["The pump is repaired by Bo Berg.", "Ann Lee paints the wall."]]
    found = supports(embedder, asked, texts)
    for way in (0.5, 1.0):
        assert [one.best(way) for one in found] == ["blue", "Bo Berg"]
    # Of which, colour and ferry one stands in the first sentence, and so does the choice's only word: (2 · 1 + 1/3) / 3.
    assert found[0].words[1] == pytest.approx((2 + 1 / 3) / 3)


def test_without_passages_the_nearest_choice_is_taken(embedder: SentenceEmbedder) -> None:
    (found,) = supports(embedder, [("What do cows eat?", ("grass", "the capital of France"))], [[]])
    assert found.words == (0.0, 0.0)
    assert found.best(0.5) == "grass"


def test_dev_rows_choose_the_way_and_equals_keep_the_first() -> None:
    by_words, by_meaning = Supports(("a", "b"), (1.0, 0.0), (0.0, 0.1)), Supports(("a", "b"), (0.4, 0.5), (0.9, 0.0))
    assert best_way([by_meaning], [["a"]]) == 0.5
    assert best_way([by_words, by_words], [["b"], ["b"]]) == 0.0
    assert best_way([Supports(("a", "b"), (0.1, 0.0), (0.0, 0.9))], [["a"]]) == 1.0
    assert best_way([], []) == 0.5
