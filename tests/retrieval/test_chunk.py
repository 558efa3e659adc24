"""Passages are their documents' letters, fill the room they are given, and break at the better places."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_text_splitters import CharacterTextSplitter, RecursiveCharacterTextSplitter, TextSplitter

from retrieval.chunk import Source, searchable, split, token_splitter, whole
from retrieval.errors import SetupError

TEXTS = st.lists(st.sampled_from(["ab", "ab ab", "é", "日本。語", ". ", "\n", "\n\n", " ", "? ", "Ω\U0001f600", "x" * 9]), max_size=60)


def words(text: str) -> int:
    """As a tokenizer counts: a piece a word, and two special tokens around them."""
    return len(text.split()) + 2


@settings(max_examples=150)
@given(
    TEXTS.map("".join),
    st.one_of(
        st.tuples(st.integers(4, 14), st.integers(0, 3)).map(lambda sizes: token_splitter(words, *sizes)),
        st.integers(3, 30).map(lambda size: RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=size // 3)),
        st.just(CharacterTextSplitter(separator="\n\n", keep_separator="end", chunk_size=1, chunk_overlap=0)),
    ),
    st.sampled_from(["", "ab", "Some Title"]),
)
def test_offsets_are_exact_and_no_letter_is_lost_by_any_splitter(text: str, splitter: TextSplitter, title: str) -> None:
    found = split([Source("d", text, title)], splitter)
    covered = set()
    for passage in found:
        assert passage.text == text[passage.start : passage.end]
        assert passage.id == f"d:{passage.start}-{passage.end}"
        covered.update(range(passage.start, passage.end))
    assert {i for i, letter in enumerate(text) if not letter.isspace()} <= covered
    assert [p.end for p in found] == sorted(p.end for p in found)


@settings(max_examples=80)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=60), st.integers(16, 40), st.integers(0, 5))
def test_passages_fit_their_tokens_title_and_special_ones_included(lengths: list[int], size: int, overlap: int) -> None:
    text = " ".join(" ".join("word" for _ in range(n)) + "." for n in lengths)
    for title in ("", "A title of five words"):
        found = split([Source("d", text, title)], token_splitter(words, size, overlap))
        assert max(words(searchable(p)) for p in found) <= size


def test_special_tokens_are_counted_once_a_passage_and_not_once_a_sentence() -> None:
    text = " ".join("Five words make a sentence." for _ in range(200))
    found = split([Source("d", text)], token_splitter(words, 52, 0))
    assert [words(p.text) for p in found] == [52] * 20


def test_a_short_document_stays_whole_and_keeps_its_label() -> None:
    source = Source("d", "I lost my card.\n\nWhat now?", metadata={"label": "lost_card"})
    found = split([source], token_splitter(words, 64, 8))
    assert [(p.text, p.metadata, p.start) for p in found] == [(source.text, {"label": "lost_card"}, 0)]
    assert found[0] == whole(source)


def test_paragraphs_are_kept_together_before_sentences() -> None:
    text = "One two three. Four five six.\n\nSeven eight nine. Ten eleven twelve.\n\nLast one here."
    found = split([Source("d", text)], token_splitter(words, 10, 0))
    assert [p.text for p in found] == ["One two three. Four five six.", "Seven eight nine. Ten eleven twelve.", "Last one here."]


def test_neighbours_overlap_by_as_much_as_is_asked_for() -> None:
    text = " ".join(f"w{i}" for i in range(100))
    found = split([Source("d", text)], token_splitter(words, 22, 5))
    shared = [words(text[b.start : a.end]) - 2 for a, b in pairwise(found)]
    assert set(shared) == {5}


def test_white_space_gives_no_passage_and_two_documents_of_one_id_are_refused() -> None:
    splitter = token_splitter(words, 10, 0)
    assert split([Source("d", " \n\t ")], splitter) == []
    with pytest.raises(SetupError, match="two documents have the id 'd'"):
        split([Source("d", "a"), Source("d", "b")], splitter)


def test_a_title_stands_before_the_text_unless_the_text_begins_with_it() -> None:
    one, two = split(
        [Source("a", "It opens at nine.", "Canteen"), Source("b", "# Canteen\nIt opens.", "Canteen")], token_splitter(words, 20, 0)
    )
    assert searchable(one) == "Canteen\nIt opens at nine."
    assert searchable(two) == "# Canteen\nIt opens."


def test_the_splitter_is_langchains() -> None:
    found = token_splitter(words, 6, 0).split_documents([Document("One two three. Four five six.", metadata={"page": 3})])
    assert [(d.page_content, d.metadata) for d in found] == [("One two three.", {"page": 3}), ("Four five six.", {"page": 3})]
