"""The command line in a process of its own, killed (SIGKILL) at many places and repeated: nothing that was answered is asked again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faulty_server import Faulty, faulty_server
from tests.pipeline.drafting.scripted import PLANTED, ROWS, data_of, planted

DIES = """
import os, signal, sys
from importlib import import_module
place, name = sys.argv.pop(1).split(":")
def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it lives on")
if name:
    *inside, name = name.split(".")
    found = import_module(place)
    for one in inside:
        found = getattr(found, one)
    setattr(found, name, die)
from pipeline.cli.main import main
main()
"""
"""The command, which kills itself where it comes to a named function."""
STAGES = {"drafting": 12, "checking": 5, "from memory": 3}
"""Requests of each kind in an undisturbed drafting; two of the questions are one, which is asked from memory once."""
IN_FLIGHT = (("drafting", 6), ("drafting", 11), ("checking", 2), ("from memory", 2))
BETWEEN = ("pipeline.drafting.engine:_ruled", "pipeline.drafting.similar:nearly_another", "pipeline.drafting.run:DraftSet.keep")


def stage_of(request: dict[str, Any]) -> str:
    data = data_of(request)
    return "drafting" if "question" not in data else "checking" if "passages" in data else "from memory"


class Killing:
    """Answers as planted; the process under way dies before the n-th answer of a stage."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.at: tuple[str, int] | None = None
        self.told: dict[str, int] = dict.fromkeys(STAGES, 0)
        self.signal = signal.SIGKILL

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        stage = stage_of(request)
        if self.at == (stage, self.told[stage]) and self.process is not None:
            self.at = None
            self.process.send_signal(self.signal)
            self.process.wait(60)
            raise ConnectionError
        self.told[stage] += 1
        return planted(request)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    rows = [{"id": name, "title": name, "text": row[0]} for name, row in PLANTED.items() if name != "unread"]
    (folder / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "rows.jsonl").write_text("".join(json.dumps({"question": row}) + "\n" for row in ROWS), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(files: Path) -> str:
    """The drafts that nothing stopped."""
    with faulty_server(planted) as server:
        code, _, err = ended(begun(files, server, "undisturbed"))
    assert code == 0, err
    return drafts(files, "undisturbed")


def begun(files: Path, server: Faulty, runs: str, dies_in: str = ":", concurrency: int = 1) -> subprocess.Popen[str]:
    command = [
        sys.executable, "-c", DIES, dies_in, "draft-questions", files / "documents.jsonl", "--rows", files / "rows.jsonl", "--model", "m",
        "--base-url", f"http://127.0.0.1:{server.port}/v1", "--kinds", "fact", "--user", "a guest", "-n", len(PLANTED) - 1, "--retries", 1,
        "--concurrency", concurrency, "--out", files / runs, "--name", "planted", "--json",
    ]  # fmt: skip
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def drafts(files: Path, runs: str) -> str:
    path = files / runs / "drafts/planted/drafts.jsonl"
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_in_and_between_all_stages_it_asks_nothing_twice_and_ends_alike(files: Path, undisturbed: str) -> None:
    killing = Killing()
    with faulty_server(killing) as server:
        for killing.at in IN_FLIGHT:
            killing.process = begun(files, server, "killed")
            assert ended(killing.process)[0] == -signal.SIGKILL, killing.at
            assert not drafts(files, "killed")
        asked = 0
        for place in BETWEEN:
            assert ended(begun(files, server, "killed", place))[0] == -signal.SIGKILL, place
            assert not drafts(files, "killed"), place
            assert asked in (0, sum(server.tried.values())), f"something was asked again before {place}"
            asked = sum(server.tried.values()) if place != BETWEEN[0] else 0
        code, out, err = ended(begun(files, server, "killed"))
        assert code == 0, err
        assert set(server.answered.values()) == {1}, "what was answered was asked again"
        assert sum(server.tried.values()) - len(server.tried) == len(IN_FLIGHT), "only what was under way is sent again"
        assert killing.told == STAGES
    assert drafts(files, "killed") == undisturbed
    assert json.loads(out)["counts"]["kept"] == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_interrupted_with_several_requests_under_way_it_says_how_to_go_on(files: Path, undisturbed: str) -> None:
    killing, runs = Killing(), "interrupted"
    with faulty_server(killing) as server:
        killing.at, killing.signal = ("drafting", 7), signal.SIGINT
        killing.process = begun(files, server, runs, concurrency=4)
        code, _, err = ended(killing.process)
        assert (code, err.strip()) == (130, "Cancelled. Finished work is kept: the same command continues.")
        killing.at, killing.signal = ("checking", 3), signal.SIGKILL
        killing.process = begun(files, server, runs, concurrency=4)
        assert ended(killing.process)[0] == -signal.SIGKILL
        assert ended(begun(files, server, runs, concurrency=4))[0] == 0
        assert sum(server.tried.values()) - len(server.tried) <= 2 * 4, "no more than was under way is sent again"
    assert drafts(files, runs) == undisturbed
