"""Models from outside as arms: the same prompts and rows, paid by tokens; what failed is missing with its reason and asked again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.run import plan
from pipeline.run_folder.store import RunFolder, find
from pipeline.stages.evaluation.verdict import rules_of
from tests.tiny_run import Bakeoff, write_tiny


class Failing(ThreadingHTTPServer):
    """Answers every question with the same words, or with HTTP 500 while `broken` holds for the question."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.broken = True
        self.asked: list[str] = []


class Answering(BaseHTTPRequestHandler):
    server: Failing

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["content-length"])))["messages"][-1]["content"]
        self.server.asked.append(question)
        failed = self.server.broken and len(question) % 2 == 0
        usage = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "27 days"}}
        body = {"error": {"message": "out of order"}} if failed else {
            "id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}  # fmt: skip
        data = json.dumps(body).encode()
        self.send_response(500 if failed else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def failing() -> Iterator[Failing]:
    server = Failing()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(folder: Path, bakeoff: Bakeoff, base_url: str, own: str, **endpoint: Any) -> RunFolder:
    """A run of one arm of our own beside those of the endpoint."""
    named = {
        "name": "big",
        "base_url": base_url,
        "model": "m",
        "price_per_million": {"input": 2.0, "output": 10.0},
        "retries": 0,
        **endpoint,
    }
    done = bakeoff("run", write_tiny(folder, arms=[own], endpoints=[named]), "--out", folder / "runs", "--json")
    assert done.code in (0, 3), done.err
    return find(folder / "runs", "tiny")


@pytest.mark.slow
def test_a_failed_row_is_missing_and_asked_again_when_the_run_is_resumed(failing: Failing, tmp_path: Path, bakeoff: Bakeoff) -> None:
    url = f"http://127.0.0.1:{failing.server_address[1]}/v1"
    found = run(tmp_path, bakeoff, url, "classic", arms=["base"])
    first = {p.row: p for p in found.predictions("big_base", 0)}
    failed = {row for row, p in first.items() if p.failure}
    assert 0 < len(failed) < len(first) == 6
    summary = found.read_json("summary.json") or {}
    assert summary["arms"]["big_base"]["metrics"]["token_f1"]["n"] == 6 - len(failed)
    assert "out of order" in next(iter(summary["arms"]["big_base"]["metrics"]["token_f1"]["missing"]))
    failing.broken, failing.asked = False, []
    assert bakeoff("resume", found.id, "--out", tmp_path / "runs").code in (0, 3)
    again = {p.row: p for p in found.predictions("big_base", 0)}
    assert len(failing.asked) == len(failed)
    assert not any(p.failure for p in again.values())
    entry = (found.read_json("summary.json") or {})["arms"]["big_base"]
    assert entry["metrics"]["token_f1"]["n"] == 6
    assert entry["cost"]["per_1000"] == pytest.approx((40 * 2 + 2 * 10) / 1000)
    assert entry["label"] == "big: Base model"


def test_a_name_that_would_stand_for_two_arms_is_refused(tmp_path: Path) -> None:
    named = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}
    for endpoints in ([{"name": "lora", "arms": ["rag"], **named}], [{"name": "big", "arms": ["base"], **named}] * 2):
        with pytest.raises(UserError, match="is there already"):
            load(write_tiny(tmp_path, endpoints=endpoints))


def test_an_endpoint_is_judged_by_what_it_is_given_and_is_not_probed(tmp_path: Path) -> None:
    endpoint = {"name": "x_lora", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    experiment = load(write_tiny(tmp_path, endpoints=[endpoint], arms=["base", "rag"], probes={"robustness": True, "change": True}))
    traits = rules_of(experiment, "token_f1").traits
    assert (traits["x_lora_rag"].retrieves, traits["x_lora_rag"].trained) == (True, False)
    theirs = [stage.name for stage in plan(experiment, {}) if "x_lora" in stage.name]
    assert theirs == ["predict x_lora_base seed-0", "predict x_lora_rag seed-0"]
    dearer = load(tmp_path / "experiment.yaml")
    dearer = dearer.model_copy(update={"endpoints": [dearer.endpoints[0].model_copy(update={"price_per_million": {"input": 9.0}})]})
    asked, again = ({stage.name: stage.inputs for stage in plan(one, {})} for one in (experiment, dearer))
    assert asked["predict x_lora_rag seed-0"] == again["predict x_lora_rag seed-0"], "a new price asks nobody again"
    assert asked["decide"] != again["decide"]


@pytest.mark.slow
def test_llama_cpps_server_stands_beside_our_own_arms(llama: str, tmp_path: Path, bakeoff: Bakeoff) -> None:
    found = run(tmp_path, bakeoff, llama, "base", arms=["base", "rag"], concurrency=2)
    own = {p.row for p in found.predictions("base", 0)}
    for arm in ("big_base", "big_rag"):
        answers = found.predictions(arm, 0)
        assert {p.row for p in answers} == own
        assert all(p.text and not p.failure for p in answers)
        assert all(t.seconds > 0 for t in found.timings(arm, 0))
    assert all(p.passages for p in found.predictions("big_rag", 0))
    decision = found.read_json("decision.json") or {}
    assert {c["a"] for c in decision["comparisons"]} | {c["b"] for c in decision["comparisons"]} == {"base", "big_base", "big_rag"}
    assert (found.read_json("manifest.json") or {})["sent_elsewhere"] == [llama]
