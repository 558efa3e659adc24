"""Judging over a real HTTP server: values, faults, resuming, settings. The server judges by rules (judge_server.py)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.errors import SetupError
from eval.judge.offline import AnswerRow
from eval.judge.panel import Tools, judge
from eval.judge.settings import JudgeSettings
from eval.judge.store import Store
from tests.eval.judge.judging import KEY, ROW, TOOLS, Server, by_metric, letters, rows


def test_every_metric_has_its_hand_worked_value(server: Server, tmp_path: Path) -> None:
    names = (
        "outcome", "faithfulness", "answer_relevancy", "context_precision", "context_recall", "context_entity_recall",
        "factual_correctness", "answer_correctness", "noise_sensitivity", "rubric",
    )  # fmt: skip
    row = replace(ROW, contexts=("At Corvid The leave is 30 days long.", "Bicycles are blue."))
    found = by_metric(judge([row], server.settings(metrics=names, rubric="Says what is asked."), tmp_path / "v.sqlite", tools=TOOLS))
    values = {name: value.value for name, value in found.items()}
    assert {value.reason for value in found.values()} == {""}
    assert values["judge_faithfulness"] == 0.5  # one of two statements stands in the passages
    assert values["judge_context_precision"] == 1.0  # the useful passage is first
    assert values["judge_context_recall"] == 1.0
    assert values["judge_context_entity_recall"] == 1.0  # `The`, the one capitalised word of the reference
    assert values["judge_factual_correctness"] == pytest.approx(2 / 3, abs=0.01)  # precision 1/2, recall 1
    assert values["judge_noise_robustness"] == 1.0
    assert values["judge_rubric"] == 1.0
    assert (values["judge_correct"], values["judge_abstained"], values["judge_fabricated"]) == (1.0, 0.0, 0.0)
    meaning = letters([row.answer, row.references[0]])
    assert values["judge_answer_correctness"] == pytest.approx(0.75 * 2 / 3 + 0.25 * float(meaning[0] @ meaning[1]), abs=1e-4)
    asked = letters([row.question, row.answer])
    assert values["judge_answer_relevancy"] == pytest.approx(float(asked[0] @ asked[1]), abs=1e-4)


@pytest.mark.parametrize(
    ("row", "value", "reason"),
    [
        (replace(ROW, arm="base", retrieves=False, contexts=()), None, "not applicable: this arm retrieves nothing"),
        (replace(ROW, references=()), None, "not applicable: the row has no reference answer"),
        (replace(ROW, contexts=()), None, "nothing was retrieved"),
        (replace(ROW, question=" "), None, "not applicable: the row asks nothing"),
        (replace(ROW, failure="the prompt does not fit"), None, "the prompt does not fit"),
    ],
)
def test_a_metric_is_asked_only_where_it_applies(server: Server, tmp_path: Path, row: AnswerRow, value: float | None, reason: str) -> None:
    found = judge([row], server.settings(), tmp_path / "v.sqlite")
    assert [(one.value, one.reason) for one in found.values] == [(value, reason)]
    assert server.stats().get("requests", 0) == 0


def test_silence_is_no_fact_and_no_unfaithful_claim(server: Server, tmp_path: Path) -> None:
    silent = replace(ROW, answer="I do not know.", abstained=True)
    found = by_metric(judge([silent], server.settings(metrics=["factual_correctness", "faithfulness", "outcome"]), tmp_path / "v.sqlite"))
    assert found["judge_factual_correctness"].value == 0.0
    assert found["judge_faithfulness"].reason == "not applicable: the answer claims nothing"
    assert found["judge_abstained"].value == 1.0


def test_the_order_of_references_does_not_matter(server: Server, tmp_path: Path) -> None:
    names = ["factual_correctness", "context_recall", "rubric", "outcome"]
    settings = server.settings(metrics=names, rubric="Right?")
    many = ("The leave is 30 days.", "Thirty days.", "It is paid.")
    one, other = (judge([replace(ROW, references=order)], settings, tmp_path / f"{order[0]}.sqlite").values for order in (many, many[::-1]))
    assert one == other


FAULTS = {
    "late": "no answer within 1 s (2 tries)",
    "limited": "rate limited (HTTP 429) (2 tries)",
    "patience": "rate limited (HTTP 429)",
    "broken": "the endpoint failed (HTTP 500) (2 tries)",
    "half": "invalid JSON (2 tries)",
    "half_body": "the connection failed or broke (2 tries)",
    "empty": "empty answer (2 tries)",
    "nan": "invalid JSON (2 tries)",
    "seven": "invalid JSON (2 tries)",
    "cut": "the verdict was cut off at 2048 tokens",
    "filter": "content filter",
    "refuses": "the judge refused",
}


def test_every_row_is_accounted_for_with_its_reason(server: Server, tmp_path: Path) -> None:
    answers = [*rows(8), *(replace(ROW, row=name, question=f"fault:{name}") for name in FAULTS), *rows(3, arm="lora", retrieves=False)]
    found = judge(answers, server.settings(timeout_s=1.0), tmp_path / "v.sqlite")
    assert [(value.row, value.arm) for value in found.values] == [(row.row, row.arm) for row in answers]
    assert {value.row: value.reason for value in found.values if value.row in FAULTS} == FAULTS
    assert [value.value for value in found.values[:8]] == [1.0] * 8
    assert all(value.reason.startswith("not applicable") for value in found.values[-3:])
    assert found.unfinished == 5  # late, limited, patience, broken, half_body: may end otherwise another time


def test_a_busy_endpoint_is_waited_for_and_a_judge_may_mend_its_answer(server: Server, tmp_path: Path) -> None:
    slow = [replace(ROW, row=name, question=f"fault:{name}") for name in ("busy", "mends", "chatty", "modern", "untold")]
    found = judge(slow, server.settings(retries=3), tmp_path / "v.sqlite")
    assert [(value.value, value.reason) for value in found.values] == [(1.0, "")] * 5


def test_a_judge_that_dies_halfway_leaves_a_run_that_goes_on(server: Server, tmp_path: Path) -> None:
    answers, store = rows(40), tmp_path / "v.sqlite"
    half = judge(answers, server.settings("dies_after_25", retries=0), store)
    measured = [value for value in half.values if value.value is not None]
    assert len(half.values) == 40
    assert 20 <= len(measured) <= 25
    reasons = {value.reason.partition(":")[0] for value in half.values if value.value is None}
    assert reasons <= {"the connection failed or broke", "no connection"}
    assert half.unfinished == 40 - len(measured)
    again = Server()
    try:
        whole = judge(answers, again.settings("dies_after_25", retries=0), store)
        assert again.stats()["requests"] == 40 - len(measured)
    finally:
        again.close()
    assert [value.value for value in whole.values] == [1.0] * 40


def test_an_endpoint_that_is_gone_is_not_asked_for_ever(server: Server, tmp_path: Path) -> None:
    settings = server.settings(retries=0)
    server.close()
    found = judge(rows(200), settings, tmp_path / "v.sqlite")
    reasons = Counter(value.reason for value in found.values)
    assert sum(number for reason, number in reasons.items() if "connection" in reason) < 30
    assert reasons["not asked: the endpoint failed 20 times in a row"] > 170
    assert found.total.requests == 0  # a request that reached nobody costs nothing


@pytest.mark.parametrize(
    ("model", "changes", "words"),
    [
        ("unknown", {}, "does not know the model 'unknown'"),
        ("honest", {"api_key_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE is not set"),
        ("honest", {"provider": "in_process"}, "no model was loaded"),
        ("honest", {"metrics": ["answer_relevancy"]}, "need an embedder"),
    ],
)
def test_what_would_fail_for_every_row_is_said_at_once(
    server: Server, tmp_path: Path, model: str, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(SetupError, match=words):
        judge(rows(50), server.settings(model, **changes), tmp_path / "v.sqlite")
    assert server.stats().get("requests", 0) <= 8


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metrics": ["faithfullness"]}, "did you mean faithfulness"),
        ({"metrics": ["rubric"]}, "judge.rubric"),
        ({"budget": {"money": 3}}, "price_per_million"),
        ({"budget": {"euros": 3}}, "euros"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        JudgeSettings(model="m", **changes)


def test_anthropics_api_is_spoken_with_its_own_client(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_KEY", KEY)
    settings = server.settings(provider="anthropic", base_url=server.url, api_key_env="CLAUDE_KEY", metrics=["faithfulness"])
    found = judge([ROW, replace(ROW, row="l", question="fault:limited")], settings, tmp_path / "v.sqlite")
    assert [(value.value, value.reason) for value in found.values] == [(0.5, ""), (None, "rate limited (HTTP 429) (2 tries)")]
    stats = server.stats()
    assert stats["keys"] == [KEY]
    assert found.total.prompt_tokens == stats["prompt_tokens"]


def test_an_in_process_model_judges_through_a_plain_function(tmp_path: Path) -> None:
    calls: list[str] = []

    def generate(prompt: str, schema: dict[str, Any]) -> str:
        calls.append(schema["title"])
        statements = {"statements": ["The leave is 30 days."]}
        nli = {"statements": [{"statement": "The leave is 30 days.", "reason": "it says so", "verdict": 1}]}
        return json.dumps(statements if schema["title"] == "StatementGeneratorOutput" else nli)

    settings = JudgeSettings(model="own", provider="in_process", metrics=["faithfulness"])
    found = judge(rows(3), settings, tmp_path / "v.sqlite", tools=Tools(generate=generate))
    assert [value.value for value in found.values] == [1.0] * 3
    assert calls.count("NLIStatementOutput") == 1  # the same question is asked once
    with Store(tmp_path / "v.sqlite") as kept:
        reasons = kept.reasons("r0", "rag", 0, "faithfulness")
    assert "it says so" in reasons[1].text
