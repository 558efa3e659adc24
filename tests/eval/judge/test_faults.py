"""Everything a server can do to a judge: each question ends as a verdict or with its reason, in time, and the key is stored nowhere."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from eval.errors import SetupError
from eval.judge.asker import REFUSED_AT_FIRST
from eval.judge.panel import Judged, judge
from eval.judge.settings import JudgeSettings
from tests.eval.judge.judging import KEY, ROW, rows
from tests.faulty_server import ANSWERED, FAULTS, SLOW, Faulty, faulty_server
from tests.tiny_run import ROOT


def right(request: dict[str, Any]) -> dict[str, Any]:
    return {"reason": "it says so", "outcome": "correct"}


def settings(server: Faulty, **changes: Any) -> JudgeSettings:
    given = {"base_url": f"http://127.0.0.1:{server.port}/v1", "timeout_s": 2.0, "retries": 0, "metrics": ["outcome"], **changes}
    return JudgeSettings(model="m", **given)


def judged(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Judged:
    """One good answer first, so that a fault is not taken for a mistake in the setup."""
    monkeypatch.setenv("THE_KEY", KEY)
    with faulty_server(right) as server:
        asked = settings(server, api_key_env="THE_KEY", **changes)
        judge([ROW], asked, folder / "v.sqlite")
        return judge([replace(ROW, row="odd", question=f"fault:{name}")], asked, folder / "v.sqlite")


@pytest.mark.hostile
@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_one_verdict_or_reason(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    found = {value.metric: value for value in judged(name, tmp_path, monkeypatch).values}["judge_correct"]
    assert time.monotonic() - began < 60
    assert psutil.Process().memory_info().rss - before < 2**30
    if name in ANSWERED:
        assert (found.value, found.reason) == (1.0, "")
    else:
        assert found.value is None
        assert 3 < len(found.reason) <= 250
        found.reason.encode()
    assert KEY not in repr(found)
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.iterdir())


REASONS = {
    "surrogate": "halves of characters", "not_json": "not readable JSON", "moved_away": "another address", "bomb": "longer than 256 KiB",
    "forbidden": "HTTP 403", "refusal": "the judge refused", "empty_cut": "cut off",
    "error_in_200": "another form", "number_for_text": "empty answer",
}  # fmt: skip


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_names_the_fault(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(name, tmp_path, monkeypatch, timeout_s=20.0)
    assert [REASONS[name] in value.reason for value in found.values] == [True] * len(found.values)


@pytest.mark.parametrize("name", ["parts", "thoughts", "usage_negative", "usage_as_text", "key_echoed"])
def test_an_odd_verdict_is_a_verdict(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(name, tmp_path, monkeypatch)
    assert {value.reason for value in found.values} == {""}
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_half_a_character_in_a_question_is_that_rows_reason(tmp_path: Path) -> None:
    with faulty_server(right) as server:
        found = judge([replace(ROW, question="half \ud83d?"), replace(ROW, row="whole")], settings(server), tmp_path / "v.sqlite")
    assert {"halves of characters" in value.reason for value in found.values if value.row == ROW.row} == {True}
    assert {value.reason for value in found.values if value.row == "whole"} == {""}


def test_a_refusal_of_one_question_is_that_rows_and_of_all_is_a_mistake_in_the_setup(tmp_path: Path) -> None:
    with faulty_server(right) as server:
        one = settings(server, concurrency=1)
        asked = [replace(row, question=f"fault:forbidden {row.row}") for row in rows(REFUSED_AT_FIRST - 1)]
        mixed = judge([*asked, ROW], one, tmp_path / "mixed.sqlite")
        assert sum("HTTP 403" in value.reason for value in mixed.values if value.metric == "judge_correct") == REFUSED_AT_FIRST - 1
        with pytest.raises(SetupError, match="refuses everything"):
            judge([replace(row, question=f"fault:forbidden {row.row}") for row in rows(40)], one, tmp_path / "all.sqlite")


@pytest.mark.parametrize(("changes", "reason"), [
    ({"base_url": "https://me:sk-secret@api.example.org/v1"}, "user name or password"), ({"base_url": "http://[::1"}, "is not an address"),
    ({"base_url": "https://api.example.org/v1?api_key=sk-secret"}, "environment variable"),
    ({"api_key_env": "sk-secret"}, "not the key itself"),
])  # fmt: skip
def test_a_key_in_the_settings_is_refused_and_not_repeated(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(SetupError, match=reason) as told:
        JudgeSettings(model="m", **changes)
    assert "sk-secret" not in str(told.value)


@pytest.mark.hostile
@pytest.mark.slow
def test_two_thousand_questions_against_a_mix_of_all_faults_none_lost_none_counted_as_zero_none_asked_twice(tmp_path: Path) -> None:
    kinds = [name for name in FAULTS if name not in (*SLOW, "bomb")]
    names = {f"r{number}": kinds[number // 2 % len(kinds)] if number % 2 else "" for number in range(2000)}
    asked = [replace(ROW, row=row, question=f"{row} fault:{name}" if name else row) for row, name in names.items()]
    with faulty_server(right) as server:
        for _ in range(2):
            found = judge(asked, settings(server, concurrency=16, timeout_s=30.0), tmp_path / "v.sqlite")
        assert max(server.answered.values()) == 1
    values = {value.row: value for value in found.values if value.metric == "judge_correct"}
    assert len(values) == 2000
    for row, name in names.items():
        fine = not name or name in ANSWERED
        assert values[row].value == (1.0 if fine else None), (name, values[row])
        assert bool(values[row].reason) != fine


def test_the_limits_of_endpoints_and_judges_are_one() -> None:
    from finetune.inference.endpoint import EndpointSettings
    from pipeline.experiment.endpoint_section import Asking, Endpoint, Judge

    for name, field in Asking.model_fields.items():
        assert {getattr(JudgeSettings(model="m"), name), getattr(EndpointSettings("http://a/v1", "m"), name)} == {field.default}
        assert Endpoint.model_fields[name].default == Judge.model_fields[name].default == field.default


def test_both_wings_take_the_same_care() -> None:
    one, other = (ROOT / place / "safe_http.py" for place in ("finetune/inference", "eval/judge/providers"))
    assert one.read_bytes() == other.read_bytes()
