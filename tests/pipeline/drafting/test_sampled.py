"""Questions of a server's log: slices in turn, the least sure first, none twice, a larger sample begins alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.data.served_log import Line, read
from pipeline.drafting.sampled import CITED, DECLINED, UNCITED, UNKNOWN, distinct, in_turn, sampled, slice_of
from pipeline.errors import UserError
from tests.pipeline.drafting.scripted import Words

TOLD = {DECLINED: "This is not answered in the documents.", CITED: "It burns nine hours [2].", UNCITED: "It burns nine hours."}
NAMES = ["kiln", "bridge", "baker", "school", "tower", "library", "well", "choir", "ferry", "mill"]


def lines(count: int) -> list[Line]:
    """Of each slice `count`, with growing scores."""
    return [
        Line(f"{name} {place}: {'why' if place % 2 else 'when'}?", answer, place / 10)
        for place, name in enumerate(NAMES[:count]) for answer in TOLD.values()
    ]  # fmt: skip


def test_what_became_of_a_question_is_its_slice() -> None:
    assert [slice_of(Line("q?", answer)) for answer in (*TOLD.values(), None)] == [DECLINED, CITED, UNCITED, UNKNOWN]


def test_slices_take_turns_and_the_least_sure_is_among_the_first_of_each() -> None:
    found = list(in_turn(lines(10), 13))
    assert sorted(map(id, found)) == sorted(set(map(id, found)))
    assert len(found) == 30
    for start in range(0, 30, 3):
        assert {slice_of(line) for line in found[start : start + 3]} == set(TOLD)
    assert {line.score for line in found[:3]} == {0.0}
    assert len({line.score for line in found[:9]}) > 2, "every other one is drawn by the seed"
    assert [line.input for line in in_turn(lines(10), 14)] != [line.input for line in found]


def test_a_sample_has_no_near_duplicates_none_of_the_rows_and_grows_at_its_end() -> None:
    asked = [Line(f"what of the {name}", "It is so.", 0.5) for name in NAMES]
    asked += [Line(f"What of the {name}?", "It is so.", 0.1) for name in NAMES]
    few, all_ = (sampled(asked, count, 13, Words(), ["what of the mill"]) for count in (4, 20))
    assert [text.split()[-1].strip("?") for text, _ in few] == [text.split()[-1].strip("?") for text, _ in all_][:4]
    assert sorted(text.split()[-1].strip("?") for text, _ in all_) == sorted(NAMES[:-1])
    assert few == sampled(asked, 4, 13, Words(), ["what of the mill"])


def test_a_log_is_read_as_it_was_asked_last_and_one_without_texts_says_how_to_get_them(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    rows = [
        {"status": 200, "path": "/v1/chat/completions"}, {"input": "Who  rang?", "answer": "Ann.", "score": 0.4},
        {"input": "who rang?"}, {"input": "When?", "answer": "At noon.", "score": float("nan")},
    ]  # fmt: skip
    log.write_text("http://127.0.0.1 is served\n" + "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert read(log)[1] == 1
    assert distinct([log]) == [Line("who rang?", None), Line("When?", "At noon.")]
    log.write_text(json.dumps(rows[0]) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="no line of this log holds a question"):
        distinct([log])
