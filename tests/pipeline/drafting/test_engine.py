"""Drafts by a scripted server with known good and bad ones: each check drops what was planted for it, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.drafting.asking import Interviewer, Model
from pipeline.drafting.engine import Search, counts, drafted
from pipeline.drafting.plan import Material, Wanted, tasks
from pipeline.drafting.record import Draft, Task
from retrieval.retriever import Retriever
from tests.faulty_server import Faulty, faulty_server
from tests.pipeline.drafting.scripted import PLANTED, ROWS, Words, data_of, passages, planted


def model(server: Faulty, **changes: Any) -> Model:
    return Model("m", base_url=f"http://127.0.0.1:{server.port}/v1", retries=1, timeout_s=20, **changes)


def search(documents: dict[str, str]) -> Search:
    return Search(Retriever.build(passages(documents), Words()), Words())


def planned(documents: dict[str, str], count: int, wanted: Wanted) -> list[Task]:
    cut = passages(documents)
    vectors = np.array(Words().embed_documents([p.text for p in cut]), dtype=np.float32)
    return tasks(Material(cut, vectors, wanted.seed), wanted, count)


def run(server: Faulty, store: Path, documents: dict[str, str], wanted: Wanted, count: int, rows: tuple[str, ...] = ()) -> list[Draft]:
    return drafted(planned(documents, count, wanted), "m", Interviewer(model(server), store), search(documents), rows)


def test_each_check_drops_what_was_planted_for_it_and_nothing_else(tmp_path: Path) -> None:
    documents, wanted = {name: row[0] for name, row in PLANTED.items()}, Wanted(kinds=("fact",), users=("a guest",))
    with faulty_server(planted) as server:
        found = run(server, tmp_path / "asked.sqlite", documents, wanted, len(documents), ROWS)
    ended = {draft.passages[0].document: draft.ended for draft in found}
    doubles = {ended.pop("good"), ended.pop("double")}  # whichever was drafted first stays
    assert doubles == {"", "duplicates"}
    assert ended == {name: row[4] for name, row in PLANTED.items() if name not in ("good", "double")}
    counted = counts(found)
    assert counted["asked"] == len(PLANTED) == sum(counted.values()) - len(PLANTED)
    assert counted["kept"] == 1
    (kept,) = (draft for draft in found if not draft.ended)
    assert kept.rank in (1, 2, 3)


def near_miss(request: dict[str, Any]) -> dict[str, Any]:
    """Asks for what its document leaves out; for `pond` another document tells it."""
    data = data_of(request)
    if "question" not in data:
        name = data["passage"]["title"]
        quote = data["passage"]["text"]
        return {"question": f"How many fish live in the {name}?", "answer": "", "quote": quote}
    told = " ".join(passage["text"] for passage in data["passages"])
    asked = data["question"].split()[-1].strip("?")
    return {"found": f"{asked} holds" in told, "answer": "forty" if f"{asked} holds" in told else ""}


def test_a_question_without_an_answer_goes_where_any_retrieved_passage_answers_it(tmp_path: Path) -> None:
    documents = {
        "pond": "The pond behind the mill is fed by a spring and freezes in January.",
        "lake": "The lake beyond the road was dug by monks, who kept boats on it.",
        "census": "Every autumn a clerk counts: the pond holds forty fish, by her book.",
    }  # fmt: skip
    with faulty_server(near_miss) as server:
        found = run(server, tmp_path / "asked.sqlite", documents, Wanted(kinds=("unanswerable",), users=("a guest",)), 3)
    ended = {draft.passages[0].document: draft.ended for draft in found}
    assert ended["lake"] == ""
    assert ended["pond"] == "round trip", "the clerk's book answers it"


GERMAN = "Das Lager in Brome öffnet um sieben Uhr und schließt am Abend um acht. Der Schlüssel liegt bei der Leiterin und nicht im Büro."
CHINESE = "图书馆每天早上九点开门，晚上八点关门。借书证需要在前台办理，费用为二十元。"


@pytest.mark.parametrize(("text", "language"), [(GERMAN, "German"), (CHINESE, "Chinese")])
def test_the_question_is_asked_for_in_the_documents_language_and_another_is_refused(text: str, language: str, tmp_path: Path) -> None:
    seen: list[str] = []

    def english(request: dict[str, Any]) -> dict[str, Any]:
        seen.append(str(request["messages"][1]["content"]))
        return {"question": "When does the place open and what is the fee that you have to pay?", "answer": text[:9], "quote": text}

    with faulty_server(english) as server:
        (found,) = run(server, tmp_path / "asked.sqlite", {"place": text}, Wanted(kinds=("fact",), users=("a guest",)), 1)
    assert f"Write the question and the answer in {language}." in seen[0]
    assert (found.ended, language in found.why) == ("rules", True)


def test_what_was_answered_is_not_asked_again_and_gives_the_same_drafts(tmp_path: Path) -> None:
    documents, wanted = {name: row[0] for name, row in PLANTED.items()}, Wanted(kinds=("fact",), users=("a guest",))
    with faulty_server(planted) as server:
        few = run(server, tmp_path / "asked.sqlite", documents, wanted, 5, ROWS)
        after_five = sum(server.tried.values())
        first = run(server, tmp_path / "asked.sqlite", documents, wanted, len(documents), ROWS)
        most = max(count for question, count in server.tried.items() if "fault:" not in question)
        asked = sum(server.tried.values())
        again = run(server, tmp_path / "asked.sqlite", documents, wanted, len(documents), ROWS)
        assert sum(server.tried.values()) == asked > after_five
    assert most == 1, "no request was sent twice"
    assert again == first
    assert [(d.id, d.question) for d in first[:5]] == [(d.id, d.question) for d in few], "a larger number begins alike"


def test_an_endpoint_that_fails_leaves_drafts_unanswered_and_asks_them_again(tmp_path: Path) -> None:
    documents, broken = {name: PLANTED[name][0] for name in ("good", "at-hand")}, [True]

    def failing(request: dict[str, Any]) -> dict[str, Any]:
        if broken[0]:
            raise ConnectionError
        return planted(request)

    wanted = Wanted(kinds=("fact",), users=("a guest",))
    with faulty_server(failing) as server:
        assert counts(run(server, tmp_path / "asked.sqlite", documents, wanted, 2))["unanswered"] == 2
        broken[0] = False
        assert counts(run(server, tmp_path / "asked.sqlite", documents, wanted, 2))["kept"] == 2


def test_a_budget_stops_the_asking(tmp_path: Path) -> None:
    documents, wanted = {name: row[0] for name, row in PLANTED.items()}, Wanted(kinds=("fact",), users=("a guest",))
    with faulty_server(planted) as server:
        asks = Interviewer(model(server, budget={"tokens": 100}), tmp_path / "asked.sqlite")
        found = drafted(planned(documents, 13, wanted), "m", asks, search(documents))
    assert {(draft.ended, draft.why) for draft in found} == {("unanswered", "budget spent")}
    assert not server.tried
