"""Questions that people asked: answered with a quote, or kept as ones without an answer; nothing is drafted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.drafting.answering import answered
from pipeline.drafting.asking import Interviewer, Model
from pipeline.drafting.engine import Search
from pipeline.drafting.given import questions_in
from pipeline.errors import UserError
from retrieval.retriever import Retriever
from tests.faulty_server import faulty_server
from tests.pipeline.drafting.scripted import Words, data_of, passages

DOCUMENTS = {
    "kiln": "The kiln of Ardle burns at 1240 degrees for nine hours each Friday.",
    "bridge": "The bridge of Dunmore carries carts of up to four tons and no more.",
}
LOG = [
    "how hot is the kiln of Ardle",
    "what may a cart on the bridge of Dunmore weigh",
    "who owns the moon",
    "how hot is the kiln of Ardle",
]


def script(request: dict[str, Any]) -> dict[str, Any]:
    asked = data_of(request)["question"]
    if "kiln" in asked:
        return {"found": True, "answer": "1240 degrees", "quote": DOCUMENTS["kiln"]}
    if "cart" in asked:
        return {"found": True, "answer": "five tons", "quote": DOCUMENTS["bridge"]}
    return {"found": False, "answer": "", "quote": ""}


def test_answers_need_a_quote_that_holds_them(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("query,count\n" + "".join(f"{line},3\n" for line in LOG), encoding="utf-8")
    cut = passages(DOCUMENTS)
    search = Search(Retriever.build(cut, Words()), Words())
    with faulty_server(script) as server:
        asks = Interviewer(Model("m", base_url=f"http://127.0.0.1:{server.port}/v1"), tmp_path / "asked.sqlite")
        found = answered(questions_in([log]), "m", asks, search, 13)
    assert [(one.question, one.answer, one.ended) for one in found] == [
        (LOG[0], "1240 degrees", ""),
        (LOG[1], "five tons", "quote"),
        (LOG[2], "", ""),
    ]
    assert [place.document for place in found[0].passages] == ["kiln"]
    assert {one.kind for one in found} == {"asked"}


def test_a_file_without_a_column_of_questions_says_so(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("when,count\nmonday,3\n", encoding="utf-8")
    with pytest.raises(UserError, match="which column holds the questions"):
        questions_in([tmp_path / "log.csv"])
