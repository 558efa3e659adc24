"""Questions to the candidates of a finished run: the run's own answers, nothing stored, a process that stays warm and ends in time."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from pipeline.arms import ARMS as ARMS_THERE
from pipeline.environment import for_asking
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.results import warm, warm_worker
from pipeline.results.prompt import prompt_of
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context
from pipeline.stages.prediction.prompting import Prompter
from tests.pipeline.stored_runs import VERDICTS, stored
from tests.tiny_run import ROOT, Bakeoff, TinyRun

ARMS = ["base", "few_shot", "classic", "rag", "lora", "lora_rag", "hybrid"]
KEYS = {"OPENAI_API_KEY": "sk-1", "HF_TOKEN": "hf_1", "HTTPS_PROXY": "http://me:secret@proxy.invalid"}


def files(run: Path) -> dict[str, int]:
    return {str(path.relative_to(run)): path.stat().st_mtime_ns for path in run.rglob("*") if path.is_file()}


def answers(told: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["arm"]: one for one in told if one["event"] == "answer"}


def own(run: RunFolder, arm: str, row: str) -> str:
    """What the run itself has this arm say."""
    return next(said.text for said in run.predictions(arm, 0) if said.row == row)


def test_every_candidate_answers_as_in_the_run_and_nothing_changes(tiny_run: TinyRun, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    run, pool = tiny_run.run, warm.Pool()
    before, row = files(run.path), run.predictions("base", 0)[0].row
    try:
        leaving = pool.ask(run, "Who leaves?")
        assert next(leaving) == {"event": "waiting", "before": 0, "warm": False}
        leaving.close()
        told = list(pool.ask(run, "", row=row))
        assert (told[0]["warm"], told[-1]["event"]) == (True, "end")
        said = answers(told)
        assert list(said) == ARMS
        assert {arm: one["text"] for arm, one in said.items()} == {arm: own(run, arm, row) for arm in ARMS}
        assert {arm for arm, one in said.items() if one["passages"]} == {"classic", "rag", "lora_rag", "hybrid"}
        assert all(one["seconds"] > 0 and not one["failure"] for one in said.values())
        written = {one["arm"]: one["text"] for one in told if one["event"] == "text"}
        assert written == {arm: said[arm]["text"] for arm in ARMS if arm != "classic"}
        pid = pool.warm(run)
        assert pid is not None
        assert not KEYS.keys() & psutil.Process(pid).environ().keys()
        assert list(answers(list(pool.ask(run, "How many days of leave are there?", ["classic"])))) == ["classic"]
        assert list(pool.ask(run, "Who?", ["nothing"]))[-1]["reason"].startswith("nothing: there is no such arm")
        assert pool.warm(run) == pid
        asked = pool.ask(run, "Who?")
        next(asked)
        psutil.Process(pid).kill()
        assert list(asked)[-1]["reason"].startswith("The process that answers has ended.")
    finally:
        pool.close()
    assert files(run.path) == before


def test_a_prompt_that_is_shown_is_the_one_that_was_asked(tiny_run: TinyRun) -> None:
    run = tiny_run.run
    context = Context(run, load(run.path / "experiment.yaml"), Progress(run))
    prompter, row = Prompter(context), context.test[0]
    for name in ("base", "few_shot", "rag"):
        asked = prompter.for_arm(ARMS_THERE[name], row).messages
        assert prompt_of(run, name, row.id) == [asdict(message) for message in asked]
    assert prompt_of(run, "classic", row.id) is None
    assert prompt_of(run, "base", "nothing") is None


@pytest.mark.slow
def test_each_test_row_is_answered_as_in_the_run(tiny_run: TinyRun) -> None:
    run, pool = tiny_run.run, warm.Pool()
    rows = [said.row for said in run.predictions("base", 0)]
    try:
        for row in rows:
            said = answers(list(pool.ask(run, "", row=row)))
            assert {arm: one["text"] for arm, one in said.items()} == {arm: own(run, arm, row) for arm in ARMS}
    finally:
        pool.close()


def test_few_processes_at_once_and_the_one_that_rests_makes_room(tmp_path: Path) -> None:
    pool = warm.Pool(most=1)
    runs = [stored(tmp_path, name, **VERDICTS["undecided"]) for name in ("one", "other")]
    for run in runs:
        (run.path / "retrieved").mkdir()
        (run.path / "index/index.json").write_text("{}")
    try:
        first = pool.ask(runs[0], "Who?")
        next(first)
        with pytest.raises(UserError, match="no more"):
            next(pool.ask(runs[1], "Who?"))
        first.close()
        second = pool.ask(runs[1], "Who?")
        next(second)
        assert (pool.warm(runs[0]), pool.warm(runs[1]) is None) == (None, False)
        more = [pool.ask(runs[1], "Who?") for _ in range(warm.WAITING - 1)]
        assert [next(one)["before"] for one in more] == list(range(1, warm.WAITING))
        with pytest.raises(UserError, match="too many questions"):
            next(pool.ask(runs[1], "Who?"))
    finally:
        pool.close()


def test_it_ends_with_its_input_and_when_idle(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipeline.results.warm_worker", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0
    ended: list[bool] = []
    reading, writing = os.pipe()
    with os.fdopen(reading, "r") as requests, os.fdopen(writing, "w") as open_end:
        inbox = warm_worker.Inbox(requests, over=lambda: ended.append(True))
        warm_worker.serve(RunFolder(tmp_path), inbox, io.StringIO(), idle=0.05)
        assert ended == []
        open_end.close()
        until = time.monotonic() + 10
        while not ended and time.monotonic() < until:
            time.sleep(0.01)
    assert ended == [True]


def test_only_an_endpoint_brings_keys_and_only_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    assert not KEYS.keys() & for_asking([]).keys()
    assert KEYS.keys() & for_asking(["OPENAI_API_KEY"]).keys() == {"OPENAI_API_KEY", "HTTPS_PROXY"}


def test_a_process_is_given_what_its_endpoints_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's own client looks for variables that only it knows: it gets what a worker gets."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    run = stored(tmp_path, "bare", **VERDICTS["undecided"])
    path = run.path / "experiment.yaml"
    plain = yaml.safe_load(path.read_text())
    asked = {"name": "one", "model": "m", "arms": ["base"]}
    ways = {
        (): {}, ("OPENAI_API_KEY", "HTTPS_PROXY"): {"base_url": "http://localhost:1/v1", "api_key_env": "OPENAI_API_KEY"},
        tuple(KEYS): {"provider": "bedrock_converse"},
    }  # fmt: skip
    for given, endpoint in ways.items():
        path.write_text(yaml.safe_dump({**plain, **({"endpoints": [{**asked, **endpoint}]} if endpoint else {})}))
        assert KEYS.keys() & warm._environment(run).keys() == set(given)


def test_a_run_without_its_weights_says_so(tmp_path: Path) -> None:
    run = stored(tmp_path, "bare", **VERDICTS["undecided"])
    with pytest.raises(UserError, match="has no index yet"):
        next(warm.POOL.ask(run, "Who?"))
    (run.path / "retrieved").mkdir()
    with pytest.raises(UserError, match="came without its index and weights"):
        next(warm.POOL.ask(run, "Who?"))


@pytest.mark.slow
def test_the_command_asks_the_arms_that_it_names(tiny_run: TinyRun, bakeoff: Bakeoff) -> None:
    done = bakeoff("ask", tiny_run.run.id, "How many days of leave are there?", "--arm", "classic", "--out", tiny_run.runs, "--json")
    assert done.code == 0, done.err
    (said,) = map(json.loads, done.out.splitlines())
    assert (said["arm"], bool(said["text"]), said["failure"]) == ("classic", True, "")
    done = bakeoff("ask", tiny_run.run.id, "Who?", "--arm", "nothing", "--out", tiny_run.runs)
    assert (done.code, "no such arm" in done.err) == (2, True)
