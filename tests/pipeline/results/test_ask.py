"""One question to every arm of a finished run: answers and passages, nothing stored, an unknown arm refused."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tiny_run import Bakeoff, TinyRun


def files(run: Path) -> dict[str, int]:
    return {str(path.relative_to(run)): path.stat().st_mtime_ns for path in run.rglob("*") if path.is_file()}


def test_every_arm_answers_and_nothing_changes(tiny_run: TinyRun, bakeoff: Bakeoff) -> None:
    before = files(tiny_run.run.path)
    done = bakeoff("ask", tiny_run.run.id, "How many days of leave are there?", "--out", tiny_run.runs, "--json")
    assert done.code == 0, done.err
    said = {answer["arm"]: answer for answer in map(json.loads, done.out.splitlines())}
    assert list(said) == ["base", "few_shot", "rag", "lora", "lora_rag", "hybrid"]
    assert all(answer["text"] and answer["seconds"] > 0 and not answer["failure"] for answer in said.values())
    assert {arm for arm, answer in said.items() if answer["passages"]} == {"rag", "lora_rag", "hybrid"}
    assert files(tiny_run.run.path) == before


def test_an_arm_that_is_not_there_is_refused(tiny_run: TinyRun, bakeoff: Bakeoff) -> None:
    done = bakeoff("ask", tiny_run.run.id, "Who?", "--arm", "nothing", "--out", tiny_run.runs)
    assert (done.code, "no such arm" in done.err) == (2, True)
