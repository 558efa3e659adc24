"""What people decide about drafts, kept through kills and raters; and what is written out of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.data.ingest import load_documents, load_examples
from pipeline.drafting import reviews
from pipeline.drafting.export import export
from pipeline.drafting.folder import DraftSet, all_sets, found_set, set_named
from pipeline.drafting.record import Draft, Kind, Place
from pipeline.drafting.reviews import Review
from pipeline.drafting.size import need
from pipeline.errors import UserError
from pipeline.experiment.load import Data, Task
from pipeline.records import Document


def draft(name: str, *documents: str, kind: Kind = "fact", answer: str = "seven", rank: int | None = 1) -> Draft:
    places = tuple(Place(f"{one}:0-9", one, one, f"Text of {one}.") for one in documents)
    quotes = tuple(place.text for place in places)
    return Draft(name, kind, "a guest", places, "English", 13, "m", f"What of {name}?", answer, quotes, rank=rank)


DRAFTS = [
    draft("one", "a"), draft("two", "a", "b", kind="linked", rank=7), draft("three", "c", kind="unanswerable", answer="", rank=None),
    draft("four", "d"), draft("five", "b"),
]  # fmt: skip


@pytest.fixture
def drafts(tmp_path: Path) -> DraftSet:
    made = set_named(tmp_path, "house")
    made.begin({"number": 5, "seed": 13}, [Document(name, f"Text of {name}.", name) for name in "abcd"])
    made.keep(DRAFTS)
    return made


def test_the_last_word_of_each_rater_counts_and_one_no_is_enough(drafts: DraftSet) -> None:
    by_id = {one.id: one for one in drafts.kept()}

    def said(name: str, who: str, state: str, **more: object) -> None:
        reviews.decide(drafts, by_id[name], Review(name, who, state, **more))  # type: ignore[arg-type]

    said("one", "ann", "rejected", why="unclear")
    said("one", "ann", "accepted")
    said("two", "ann", "accepted")
    said("two", "bob", "rejected", why="wrong answer")
    said("three", "bob", "edited", question="What else?", answers=())
    said("four", "bob", "accepted")
    said("four", "bob", "")
    with (drafts.path / "reviews.jsonl").open("ab") as file:
        file.write(b'{"draft": "five", "rater": "ann", "sta')  # cut off by a kill
    said("five", "ann", "edited", question="What five?", answers=("5", "five"))
    found = {one.draft.id: one for one in reviews.outcomes(drafts.kept(), reviews.reviews(drafts))}
    assert {name: one.state for name, one in found.items()} == {
        "one": "accepted", "two": "rejected", "three": "edited", "four": "draft", "five": "edited",
    }  # fmt: skip
    assert (found["five"].question, found["five"].answers) == ("What five?", ("5", "five"))
    assert [one.id for one in reviews.left_for("ann", list(found.values()))] == ["four"]
    rates = reviews.rates(list(found.values()))
    assert (rates["all"].accepted, rates["all"].decided) == (3, 4)
    assert rates["all"].low < 0.75 < rates["all"].high
    line = json.loads((drafts.path / "reviews.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert {"draft", "state", "rater", "generator", "passages", "seed", "why"} <= line.keys()


@pytest.mark.parametrize(("question", "answers"), [("", ("7",)), ("What?", ())])
def test_an_edit_that_leaves_nothing_is_refused(drafts: DraftSet, question: str, answers: tuple[str, ...]) -> None:
    with pytest.raises(UserError):
        reviews.decide(drafts, DRAFTS[0], Review("one", "ann", "edited", question, answers))
    assert reviews.reviews(drafts) == {}


def test_accepted_drafts_are_rows_that_the_import_reads_with_their_documents_tied(drafts: DraftSet, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no draft of this set was accepted"):
        export(drafts, tmp_path / "out")
    for one in DRAFTS[:3]:
        reviews.decide(drafts, one, Review(one.id, "ann", "accepted"))
    done = export(drafts, tmp_path / "out", unreviewed=True)
    assert (done.accepted, done.unreviewed) == (3, 2)
    data = Data(examples=[str(done.rows)], documents=[str(done.documents)])
    rows = {row.id: row for row in load_examples(data, Task(kind="question_answering")).records}
    assert [document.id for document in load_documents(data).records] == list("abcd")
    assert rows["one"].references == ("seven",)
    assert rows["three"].references == ()
    assert {name: row.group for name, row in rows.items()} == {
        "one": "a + b", "two": "a + b", "three": "c", "four": "d", "five": "a + b",
    }  # fmt: skip
    told = [json.loads(line) for line in done.rows.read_text(encoding="utf-8").splitlines()]
    assert [(row["draft_state"], row["rank"]) for row in told] == [
        ("accepted", "1"), ("accepted", "6 to 20"), ("accepted", "beyond 20"), ("draft", "1"), ("draft", "1"),
    ]  # fmt: skip
    with pytest.raises(UserError, match="already exists"):
        export(drafts, tmp_path / "out")


def test_sets_are_found_by_name_alone_and_keep_their_settings(drafts: DraftSet, tmp_path: Path) -> None:
    assert [one.name for one in all_sets(tmp_path)] == ["house"]
    assert found_set(tmp_path, "house").drafts() == DRAFTS
    for name in ("../house", "House", "", "no/where"):
        with pytest.raises(UserError):
            found_set(tmp_path, name)
    with pytest.raises(UserError, match="other settings \\(seed\\)"):
        drafts.begin({"number": 9, "seed": 14}, [])
    drafts.begin({"number": 9, "seed": 13}, [])


def test_how_many_to_draft_follows_from_the_margin() -> None:
    wide, narrow = need(0.15), need(0.05)
    assert 80 <= wide.test <= 95
    assert narrow.test == pytest.approx(9 * wide.test, rel=0.05)
    assert wide.accepted == 2 * wide.test
    assert need(0.15, kept=1.0, accepted=1.0).drafts == wide.accepted < wide.drafts
