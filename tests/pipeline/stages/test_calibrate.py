"""A judge against people over a stored run made by hand: cards out, labels in, and the gate of the verdict in both directions."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from eval import scores
from eval.errors import SetupError
from eval.report.format import measured
from pipeline.cli.main import app
from pipeline.errors import UserError
from pipeline.records import Prediction, write_lines
from pipeline.results.redecide import decide_run, renew
from pipeline.run_folder import labels
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation import calibrate
from tests.pipeline.judged_run import SHARE, make, truths


def fill(path: Path, told: dict[str, str]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows({**row, "label": told.get(row["card"], "")} for row in rows)


def call(run: RunFolder, *arguments: str | Path) -> str:
    return (
        CliRunner().invoke(app, ["calibrate", run.id, "--out", str(run.path.parent), *map(str, arguments)], catch_exceptions=False).output
    )


def decided(run: RunFolder, *overrides: str) -> dict[str, Any]:
    return decide_run(run.path.parent, run.id, list(overrides))


def labelled(folder: Path, rows: int = 40, wrong: float = 0.05, judge: str = "gpt-5") -> RunFolder:
    run = make(folder, wrong, judge)
    calibrate.draw(calibrate.open_run(run), None, rows)
    labels.add(run, "ann", truths(run))
    renew(run)
    return run


def test_a_judge_nobody_calibrated_does_not_decide(tmp_path: Path) -> None:
    run = make(tmp_path)
    assert decided(run) == run.read_json("decision.json")
    assert decided(run)["verdict"] == "blocked"
    assert "judge_correct was not calibrated against people" in decided(run)["sentence"]
    assert decided(run, "decision.metric=token_f1")["arm"] == "rag"
    weighed = decided(run, "decision.metric=token_f1", "decision.weights={judge_correct: 1}")
    assert weighed["verdict"] == "blocked"


def test_from_cards_to_a_verdict_on_the_command_line(tmp_path: Path) -> None:
    run, path = make(tmp_path), tmp_path / "labels.csv"
    assert "40 answers, stratified by judge_correct, are in" in call(run, "-o", path)
    text = path.read_text(encoding="utf-8-sig")
    assert not any(word in text for word in ("base", "rag", ",1.0"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.DictReader(file) for cell in row.values()]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    told = truths(run)
    fill(path, {card: {"correct": "yes", "fabricated": "0"}[label] for card, label in list(told.items())[:36]})
    figures = json.loads(call(run, "--labels", path, "--rater", "Ann", "--json"))
    assert figures["raters"] == {"ann": 36}
    found = figures["metrics"]["judge_correct"]
    assert (found["n"], found["decides"], found["confusion"]["right"]["right"] > 10) == (36, True, True)
    assert found["kappa"]["low"] < found["kappa"]["value"] <= found["kappa"]["high"]
    assert {bias["part"] for bias in found["by_arm"]} == {"base", "rag"}
    stored = run.read_json("decision.json") or {}
    assert stored == decided(run)
    assert (stored["verdict"], stored["arm"]) == ("winner", "rag")
    assert any("A judge decided this: judge_correct agrees with people at κ" in caveat for caveat in stored["caveats"])


def test_the_means_are_corrected_with_a_wider_interval(tmp_path: Path) -> None:
    run = labelled(tmp_path, rows=60, wrong=0.15)
    for arm, share in SHARE.items():
        metric = (run.read_json("summary.json") or {})["arms"][arm]["metrics"]["judge_correct"]
        corrected = metric["corrected"]
        assert corrected["low"] <= share <= corrected["high"]
        assert corrected["high"] - corrected["low"] > metric["high"] - metric["low"]
        assert corrected["labels"] == 30
        assert "; corrected by 30 labels: 0." in measured(metric)


@pytest.mark.parametrize(("rows", "wrong", "told"), [(40, 0.35, "below the 0.6 of judge.min_kappa"), (20, 0.0, "30 labels are needed")])
def test_too_little_agreement_or_too_few_labels_do_not_decide(tmp_path: Path, rows: int, wrong: float, told: str) -> None:
    run = labelled(tmp_path, rows, wrong)
    decision = decided(run)
    assert decision["verdict"] == "blocked"
    assert told in decision["sentence"]
    assert f"over {rows} labels" in decision["sentence"]
    assert (decided(run, "judge.min_kappa=-1")["verdict"] == "blocked") == (rows < 30)


def test_labels_of_answers_or_scores_that_changed_do_not_count(tmp_path: Path) -> None:
    run = labelled(tmp_path)
    assert decided(run)["verdict"] == "winner"
    frame = scores.read(run.path / "scores.parquet")
    scores.write(run.path / "scores.parquet", frame.iloc[::-1])
    assert decided(run)["verdict"] == "blocked"
    said = run.predictions("rag", 0)
    write_lines(run.predictions_path("rag", 0), [Prediction(p.row, p.arm, 0, "", "something else") for p in said])
    figures = renew(run)
    assert (figures["raters"], figures["stale"], figures["cards"]) == ({"ann": 20}, 20, 20)
    assert decided(run)["verdict"] == "blocked"


def test_a_judge_of_the_arms_own_kind_is_warned_of(tmp_path: Path) -> None:
    run = make(tmp_path, judge="SmolLM2-135M-Instruct.Q4_1.gguf")
    assert any("share a base model" in caveat for caveat in decided(run)["caveats"])


def test_a_metric_without_a_judge_can_be_held_against_people_too(tmp_path: Path) -> None:
    run = labelled(tmp_path)
    found = renew(run, "token_f1")["metrics"]["token_f1"]
    assert found["kappa"]["value"] == 1.0
    assert "decide" not in found["sentence"]
    with pytest.raises(UserError, match=r"no scores of 'nope' .available: judge_correct, stars, token_f1"):
        renew(run, "nope")
    with pytest.raises(UserError, match="does not lie between 0 and 1"):
        calibrate.draw(calibrate.open_run(make(tmp_path / "b")), "stars", 40)


def test_cards_with_labels_stay_when_more_are_drawn(tmp_path: Path) -> None:
    run = labelled(tmp_path, 20)
    context, before = calibrate.open_run(run), truths(run)
    assert before.items() <= {card.id: before.get(card.id) for card in calibrate.draw(context, None, 60).cards}.items()
    assert len(calibrate.draw(context, None, 10).cards) == 60
    with pytest.raises(UserError, match="carry labels"):
        calibrate.draw(context, "token_f1", 60)


@pytest.mark.parametrize(
    ("card", "label", "message"),
    [
        ("cffffffffff", "1", r"labels.csv:\d+: 'cffffffffff' is no card of this run. Fill in the file"),
        ("", "perhaps", r"labels.csv:\d+: 'perhaps' is no label. Use correct"),
        ("", "", "labels.csv: no answer has a label"),
    ],
)
def test_a_file_that_cannot_be_read_stores_nothing(tmp_path: Path, card: str, label: str, message: str) -> None:
    run, path = make(tmp_path), tmp_path / "labels.csv"
    call(run, "-o", path)
    with pytest.raises(UserError, match="may hold labels"):
        call(run, "-o", path)
    cards = list(truths(run))
    fill(path, {cards[0]: "correct", cards[1]: label} if label else {})
    path.write_text(path.read_text(encoding="utf-8").replace(cards[0], card or cards[0]), encoding="utf-8")
    with pytest.raises((SetupError, UserError), match=message):
        call(run, "--labels", path)
    assert labels.read(run) == {}


def test_two_raters_at_once_and_a_torn_line_lose_no_label(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: labels.add(run, ("ann", "bob")[i % 2], {f"c{i}": "correct"}), range(200)))
    with (tmp_path / "labels/ann.jsonl").open("ab") as file:
        file.write(b'{"time": "2026", "card": "c')
    labels.add(run, "ann", {"c500": "unsure", "c0": ""})
    found = labels.read(run)
    assert (len(found["ann"]), len(found["bob"])) == (100, 100)
    assert "c0" not in found["ann"]
    assert list(found["ann"])[-1] == "c500"


@pytest.mark.parametrize("name", ["../ann", "a/b", "", ".", "an\nn", "é", "x" * 41])
def test_a_raters_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be a rater's name"):
        labels.add(RunFolder(tmp_path), name, {"c1": "correct"})
    assert list(tmp_path.iterdir()) == []


def _page() -> None:
    import streamlit as st

    from pipeline.ui import state
    from pipeline.ui.judging import page as judge

    state.remember_pages(
        {
            name: st.Page(lambda: None, title=name, url_path=name.split()[0].lower())
            for name in ("Answers", "Progress", "All runs", "New comparison", "Home")
        }
    )
    judge.page()


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    monkeypatch.setenv("BAKEOFF_RUNS", str(tmp_path))

    def show(**parameters: str) -> AppTest:
        test = AppTest.from_function(_page, default_timeout=30)
        for name, value in {"run": "made-12345678", **parameters}.items():
            test.query_params[name] = value
        test.run()
        assert not test.exception
        return test

    return show


def everything(test: AppTest) -> str:
    return "\n".join(str(getattr(element, "value", element)) for element in test.main)


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click()
    test.run()
    assert not test.exception
    return test


def test_the_page_labels_one_blinded_answer_at_a_time_and_keeps_each(tmp_path: Path, shown: Callable[..., AppTest]) -> None:
    run = make(tmp_path)
    test = press(shown(), "Draw answers")
    assert test.title[0].value == "40 answers to label"
    assert not [button for button in test.button if button.label == "Correct"], "nobody labels without a name"
    test.query_params["rater"] = "Ann"
    test.run()
    assert test.title[0].value == "0 of 40 answers labelled"
    assert not any(word in everything(test) for word in ("base", "rag", "RAG", "judge\\_correct"))
    first = next(button.key for button in test.button if button.label == "Correct")
    press(press(test, "Correct"), "Unsure")
    assert list(labels.read(run)["ann"].values()) == ["correct", "unsure"]
    assert first is not None
    assert first.endswith(next(iter(labels.read(run)["ann"])))
    again = shown(rater="Ann")
    assert again.title[0].value == "2 of 40 answers labelled"
    press(again, "Undo the last label")
    assert list(labels.read(run)["ann"].values()) == ["correct"]


def test_the_page_shows_what_is_stored_of_the_agreement(tmp_path: Path, shown: Callable[..., AppTest]) -> None:
    run = make(tmp_path)
    calibrate.draw(calibrate.open_run(run), None, 40)
    labels.add(run, "ann", truths(run))
    test = shown(view="Agreement")
    assert test.title[0].value == "The agreement has not been computed yet"
    press(test, "Compute agreement and verdict")
    assert "agrees with people on" in test.title[0].value
    assert (run.read_json("decision.json") or {})["verdict"] == "winner"
