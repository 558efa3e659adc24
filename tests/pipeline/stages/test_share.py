"""The share of training rows without an answer: set, usual, or chosen on dev by right answers; never an adapter that only declines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.arms import TRAININGS
from pipeline.errors import UserError
from pipeline.experiment.load import load, parse
from pipeline.records import Example, write_lines
from pipeline.run import plan
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context
from pipeline.stages.tuning import share, training_settings
from tests.small_run import small_run, write_small

KNOWN = [f"k{n}" for n in range(24)]
OPEN = [f"u{n}" for n in range(24)]
"""Dev rows with an answer, and without."""


def half(count: int) -> list[Example]:
    return [Example(f"r{n}", f"What is {n}?", (str(n),) if n % 2 else (), split="train") for n in range(count)]


def tried(of: float, right: int, declined: int, rightly: int, cost: float = 0.0) -> share.Trial:
    """Of 24 questions with an answer so many right and declined, the others wrong; of 24 without so many declined."""
    outcomes = {row: "correct" if n < right else "abstained" if n < right + declined else "fabricated" for n, row in enumerate(KNOWN)}
    outcomes |= {row: "abstained" if n < rightly else "fabricated" for n, row in enumerate(OPEN)}
    return share.trial(of, half(10), outcomes, set(KNOWN), cost)


def finetune(**values: Any) -> Any:
    raw = {"name": "x", "task": {"kind": "question_answering"}, "data": {"examples": "a.csv"}, "finetune": values}
    return parse(raw, Path("/")).finetune


def test_an_adapter_that_declines_everything_is_not_chosen_though_it_is_right_most_often() -> None:
    declines_all = tried(1.0, 0, 24, 24)
    assert declines_all.right == 24
    assert share.best([tried(0.2, 8, 2, 6), declines_all], 0.2)[0] == 0.2
    assert share.best([tried(0.1, 5, 8, 10), tried(0.2, 1, 21, 24), declines_all], 0.2)[0] == 0.1  # with the usual share it declines all
    found, why = share.best([tried(0.1, 0, 23, 24), declines_all], 0.2)
    assert found == 0.1
    assert "all decline nearly every question" in why


def test_the_usual_share_stands_unless_another_leads_it_beyond_luck() -> None:
    usual = tried(0.2, 8, 2, 6)
    assert share.best([tried(0.1, 9, 2, 6), usual, tried(0.4, 8, 3, 9)], 0.2)[0] == 0.2
    assert share.best([tried(0.1, 9, 2, 6), usual, tried(0.4, 8, 3, 20)], 0.2)[0] == 0.4


def test_what_a_wrong_answer_costs_counts() -> None:
    bold, careful = tried(0.2, 12, 0, 10), tried(0.4, 8, 14, 16)
    assert share.best([bold, careful], 0.2)[0] == 0.2
    assert share.best([tried(0.2, 12, 0, 10, 1.0), tried(0.4, 8, 14, 16, 1.0)], 0.2)[0] == 0.4


@pytest.mark.parametrize(
    ("given", "wanted"),
    [({}, 0.2), ({"search": True}, "dev"), ({"search": True, "unanswerable_share": 0}, 0.0), ({"unanswerable_share": "dev"}, "dev"),
     ({"unanswerable_share": 1}, 1.0)],
)  # fmt: skip
def test_a_number_fixes_it_and_a_search_chooses_it(given: dict[str, Any], wanted: float | str) -> None:
    assert finetune(**given).unanswerable_share == wanted


def test_other_values_are_refused() -> None:
    for value in (1.5, -0.1, "test"):
        with pytest.raises(UserError, match="unanswerable_share"):
            finetune(unanswerable_share=value)


def context_of(folder: Path, train: int, dev: int, **values: Any) -> Context:
    run = RunFolder(folder, made=True)
    write_lines(run.path / "data/train.jsonl", half(train))
    write_lines(run.path / "data/dev.jsonl", half(dev))
    raw = {"name": "x", "task": {"kind": "question_answering"}, "data": {"examples": "a.csv"}, "finetune": values}
    return Context(run, parse(raw, Path("/")), Progress(run))


def test_each_training_learns_by_its_own_share(tmp_path: Path) -> None:
    context = context_of(tmp_path, 40, 4, unanswerable_share="dev")
    context.run.write_json(training_settings.share_file("lora"), {"schema": 1, "share": 1.0, "reason": "x", "trials": []})
    assert len(context.taught("lora")) == 40
    assert len(context.taught("hybrid")) == 25  # 20 with an answer, and 5 of 25
    fixed = context_of(tmp_path, 40, 4, unanswerable_share=0.0)
    assert len(fixed.taught("lora")) == 20


def test_with_few_dev_rows_of_a_kind_the_usual_share_stays_and_says_so(tmp_path: Path) -> None:
    context = context_of(tmp_path, 40, 12, unanswerable_share="dev")
    share.choose(context, TRAININGS["lora"], 0)
    stored = context.run.read_json(training_settings.share_file("lora")) or {}
    assert (stored["share"], stored["trials"]) == (0.2, [])
    assert "dev has 6 rows with an answer and 6 without; 8 of each are needed" in stored["reason"]


def test_a_training_waits_for_the_choice_of_its_share(tmp_path: Path) -> None:
    stages = plan(load(write_small(tmp_path), ["finetune.unanswerable_share=dev"]), {})
    (trained,) = (stage for stage in stages if stage.name == "train hybrid seed-0")
    assert "search hybrid" in trained.needs


@pytest.mark.slow
def test_a_run_with_half_of_its_rows_unanswerable_chooses_on_dev_and_says_what_it_tried(tmp_path: Path) -> None:
    """Random weights; the choice is luck, its record is not."""
    path = write_small(tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    first = {**rows[0], "group": ""}
    made = [
        {**first, "id": f"{side}{n}", "question": f"{first['question']} ({side} {n})", "split": side,
         **({} if n % 2 else {"answers": [], "gold_doc_ids": []})}
        for side, count in (("train", 24), ("dev", 20), ("test", 6)) for n in range(count)
    ]  # fmt: skip
    (tmp_path / "given.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    data = {**load(path).data.model_dump(), "examples": ["given.jsonl"]}
    finetune = {"epochs": 1, "batch_size": 4, "checkpoint_steps": 2, "unanswerable_share": "dev"}
    run = small_run(tmp_path, tmp_path / "runs", arms=["base", "lora"], data=data, finetune=finetune)
    stored = run.read_json("search/lora/share.json") or {}
    assert [trial["share"] for trial in stored["trials"]] == [0.1, 0.2, 0.4, 1.0]
    assert [(trial["taught"], trial["without"]) for trial in stored["trials"]] == [(13, 1), (15, 3), (20, 8), (24, 12)]
    assert all(row.startswith("dev") and len(trial["values"]) == 20 for trial in stored["trials"] for row in trial["values"])
    said = (run.read_json("adapters/lora/seed-0/trained.json") or {})["notes"]
    for notes in (said, (run.read_json("summary.json") or {})["notes"]):
        assert any("share of rows without an answer, tried by right answers to 20 dev rows: 0.1 (1 of 13 rows" in note for note in notes)
    assert not list((run.path / "search/lora").glob("share-*"))
