"""Searches worded by a model: a scripted one whose effect is known, its failures and cost, and the choice by training and dev questions."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from eval.verdict.economics import Measured, after, arm_cost
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.run import prepare
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation import query_cost
from pipeline.stages.tuning.query import best
from tests.finetune.tiny_model import make
from tests.small_run import run_up_to, small_run

ANIMALS = ["zebra", "otter", "heron", "lynx", "walrus", "gecko", "bison", "moth", "raven", "trout", "newt", "crane"]
SIDES = ["train"] * 20 + ["dev"] * 4 + ["test"] * 6


class Writer(ThreadingHTTPServer):
    """Knows which animal is meant by a number; what else it writes depends on what it is asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Writing)
        self.asked: Counter[str] = Counter()
        self.knows = {"query", "passage", "wordings"}
        self.broken = False


class _Writing(BaseHTTPRequestHandler):
    server: Writer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        system, user = (m["content"] for m in json.loads(self.rfile.read(int(self.headers["content-length"])))["messages"])
        kind = next(kind for kind in ("wordings", "passage", "query") if kind in system.split("that")[0])
        self.server.asked[f"{kind}: {user}"] += 1
        animal = ANIMALS[int(user.rstrip("?").split()[-1]) % len(ANIMALS)] if kind in self.server.knows else "unicorn"
        said = {
            "query": f"<think>hm</think> the {animal}",
            "passage": f"It is the {animal}.\nIt eats.",
            "wordings": f"1. {animal}\n2) food of the {animal}\n",
        }
        failed = self.server.broken and user.endswith("5?")
        message = {"role": "assistant", "content": said[kind]}
        usage, choice = {"prompt_tokens": 50, "completion_tokens": 10}, {"index": 0, "finish_reason": "stop", "message": message}
        body = {"error": {"message": "out of order"}} if failed else {"choices": [choice], "usage": usage}
        data = json.dumps(body).encode()
        self.send_response(500 if failed else 200)
        self.send_header("content-length", str(len(data)))
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def writer() -> Iterator[Writer]:
    server = Writer()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def experiment_at(folder: Path, writer: Writer, **retrieval: Any) -> Path:
    """Questions by number, documents by animal: only who knows which is which finds them."""
    make(folder / "model")
    (folder / "documents").mkdir()
    for animal in ANIMALS:
        (folder / "documents" / f"{animal}.md").write_text(
            f"The {animal} eats what it finds in its own part of the park, the {animal} yard."
        )
    rows = [{"question": f"What is the food of number {n}?", "answer": "what it finds", "split": side,
             "gold_passages": [ANIMALS[n % len(ANIMALS)]]} for n, side in enumerate(SIDES)]  # fmt: skip
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    endpoint = {"name": "writer", "model": "w", "base_url": f"http://127.0.0.1:{writer.server_address[1]}/v1", "arms": [], "retries": 0,
                "price_per_million": {"input": 2.0, "output": 10.0}}  # fmt: skip
    path = folder / "experiment.yaml"
    path.write_text(yaml.safe_dump({
        "name": "animals", "task": {"kind": "question_answering"}, "model": {"name": str(folder / "model")}, "preset": "quick",
        "data": {"examples": ["rows.jsonl"], "documents": ["documents"], "split": {"least_test": 1, "least_train": 1},
                 "columns": {"input": "question", "references": "answer", "gold_passages": "gold_passages", "split": "split"}},
        "arms": ["classic"], "endpoints": [endpoint], "retrieval": {"k": 1, "query_by": "writer", **retrieval},
    }))  # fmt: skip
    return path


def searched(path: Path) -> tuple[RunFolder, float]:
    """As far as passages are found; the share of test questions whose gold document stands first."""
    experiment = load(path)
    run = prepare(experiment, path.parent / "runs")
    run_up_to(run, experiment, "retrieve")
    rows = [orjson.loads(line) for line in (run.path / "retrieved/test.jsonl").read_bytes().splitlines()]
    return run, sum(row["hits"][0]["gold"] for row in rows) / len(rows)


@pytest.mark.parametrize("mode", ["rewrite", "hyde", "multi"])
def test_a_writer_who_knows_finds_everything_and_is_asked_once_and_paid(tmp_path: Path, writer: Writer, mode: str) -> None:
    path = experiment_at(tmp_path, writer, query=mode, search="lexical" if mode == "multi" else "dense")
    run, found = searched(path)
    assert found == 1.0
    assert set(writer.asked.values()) == {1}
    assert len(writer.asked) == len(SIDES)
    cost = query_cost.query_cost(run, load(path))
    assert cost is not None
    assert cost.per_1000 == pytest.approx((50 * 2 + 10 * 10) / 1000)
    assert (cost.prompt_tokens, cost.completion_tokens) == (50, 10)
    assert query_cost.sent(run, load(path)) == pytest.approx(len(SIDES) * (50 * 2 + 10 * 10) / 1e6)
    assert f"({mode}) are written by the endpoint writer" in query_cost.notes(run, load(path))[0]


def test_plainly_they_are_not_found_and_the_choice_is_made_by_train_and_dev_alone(tmp_path: Path, writer: Writer) -> None:
    writer.knows = {"passage"}
    path = experiment_at(tmp_path, writer, query="auto")
    run, found = searched(path)
    told = run.read_json("retrieved/query.json") or {}
    assert found == 1.0
    assert told["query"] == "hyde"
    recall = {trial["query"]: trial["recall"] for trial in told["trials"]}
    assert recall["hyde"] == 1.0
    assert max(recall["plain"], recall["rewrite"]) < 0.5
    tests = [f"number {n}?" for n, side in enumerate(SIDES) if side == "test"]
    assert not any(asked.startswith(("query", "wordings")) and asked.endswith(tuple(tests)) for asked in writer.asked)


def test_a_question_without_a_query_is_searched_for_as_it_is_told_and_asked_again(tmp_path: Path, writer: Writer) -> None:
    writer.broken = True
    path = experiment_at(tmp_path, writer, query="rewrite")
    run, found = searched(path)
    assert found < 1.0
    assert "3 of 30 questions were searched for as they are" in query_cost.notes(run, load(path))[0]
    writer.broken = False
    writer.asked.clear()
    assert searched(path)[1] == 1.0
    assert len(writer.asked) == 3


def test_no_lead_within_luck_and_no_other_endpoint(tmp_path: Path, writer: Writer) -> None:
    assert best({"plain": [0.0, 1.0, 1.0, 0.0], "rewrite": [1.0, 1.0, 1.0, 0.0]})[0] == "plain"
    assert best({"plain": [0.0] * 20, "rewrite": [1.0] * 19 + [0.0]})[0] == "rewrite"
    with pytest.raises(UserError, match="query_by: there is no endpoint 'nobody'"):
        load(experiment_at(tmp_path, writer, query_by="nobody"))


def test_a_step_before_every_query_adds_up_and_what_is_not_known_stays_so() -> None:
    prices = {"machine_hour": 3.6, "watts": 100.0}
    step = arm_cost(Measured([50.0], [10.0], [0.5]), prices, {"input": 2.0, "output": 10.0})
    whole = after(step, arm_cost(Measured([100.0], [20.0], [2.0], train_seconds=9.0), prices))
    assert (whole.prompt_tokens, whole.completion_tokens, whole.p95_s, whole.train_seconds) == (150, 30, 2.5, 9.0)
    assert whole.per_1000 == pytest.approx(0.2 + 2.0)
    assert whole.kwh_per_1000 is None


@pytest.mark.slow
def test_the_base_model_words_the_search_in_every_arm_that_retrieves(tmp_path: Path) -> None:
    run = small_run(tmp_path, tmp_path / "runs", arms=["base", "rag"], preset="quick", retrieval={"k": 2, "query": "multi"})
    costs = (run.read_json("summary.json") or {})["arms"]
    plain = small_run(tmp_path, tmp_path / "runs", arms=["base", "rag"], preset="quick", retrieval={"k": 2})
    before = (plain.read_json("summary.json") or {})["arms"]
    assert costs["base"]["cost"]["prompt_tokens"] == before["base"]["cost"]["prompt_tokens"]
    assert costs["rag"]["cost"]["prompt_tokens"] > before["rag"]["cost"]["prompt_tokens"]
    assert costs["rag"]["cost"]["completion_tokens"] > before["rag"]["cost"]["completion_tokens"]
