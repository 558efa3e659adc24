"""A file of answers, a LangChain chain over our own endpoint and a real service beside arms of ours: killed, resumed, decided."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.results.ask import ask
from pipeline.results.questions import export_questions
from pipeline.run_folder.store import RunFolder, all_runs
from tests.small_run import write_small
from tests.tiny_run import ROOT, Bakeoff

CHAIN = """
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="m", base_url="{url}", api_key="none", max_tokens=8, temperature=0)
chain = ChatPromptTemplate.from_messages([("system", "Answer in a few words."), ("human", "{{question}}")]) | model
"""


class Answering(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.server.held and len(self.server.answered) >= 2:
            self.server.full.set()
            self.server.killed.wait(60)
            self.close_connection = True
            return
        self.server.answered[asked["id"]] += 1
        body = json.dumps({"answer": "27 days", "contexts": ["Nothing of the kind stands here."], "cost": 0.002}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Any]:
    found: Any = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    found.daemon_threads, found.answered, found.full, found.held = True, Counter(), threading.Event(), True
    found.killed = threading.Event()
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.mark.slow
def test_three_systems_beside_our_arms_are_killed_resumed_and_decided(tmp_path: Path, server: Any, llama: str, bakeoff: Bakeoff) -> None:
    systems = [
        {"name": "current", "answers": "current.jsonl", "retrieves": True, "trained": False},
        {"name": "chain", "call": "own_chain:chain", "input_key": "question", "version": "1"},
        {"name": "service", "url": f"http://127.0.0.1:{server.server_address[1]}/answer", "concurrency": 1},
    ]
    experiment = write_small(tmp_path, arms=["base", "rag"], systems=systems)
    (tmp_path / "own_chain.py").write_text(CHAIN.format(url=llama))
    (tmp_path / "current.jsonl").write_text("{}")
    rows = [json.loads(line) for line in (tmp_path / "questions.jsonl").read_text().splitlines()]
    right = {row["id"]: (row["answers"] or ["The document does not say."])[0] for row in rows}
    (tmp_path / "current.jsonl").write_text("".join(json.dumps({"id": name, "answer": said}) + "\n" for name, said in right.items()))
    runs = tmp_path / "runs"
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "run", str(experiment), "--out", str(runs)], cwd=ROOT, env=os.environ, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert server.full.wait(300), "the service was not asked"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (run,) = all_runs(runs)
    before = (run.path / "predictions/service/seed-0.jsonl").read_bytes()
    assert before.count(b"\n") == 2
    chained = (run.path / "predictions/chain/seed-0.jsonl").read_bytes()
    server.held = False
    server.killed.set()
    done = bakeoff("resume", run.id, "--out", runs, "--json")
    assert done.code in (0, 3), done.err
    assert (run.path / "predictions/service/seed-0.jsonl").read_bytes().startswith(before)
    assert (run.path / "predictions/chain/seed-0.jsonl").read_bytes() == chained
    assert set(server.answered.values()) == {1}, "nobody is asked twice for what was stored"
    _decided(run)
    assert export_questions(run.id, runs, tmp_path / "q.jsonl") == 6
    asked = {said.arm: said for said in ask(run, "How many days?", ["service", "chain"])}
    assert (asked["service"].text, asked["service"].failure) == ("27 days", "")
    assert asked["service"].passages[0].text == "Nothing of the kind stands here."
    assert asked["chain"].failure == ""


def _decided(run: RunFolder) -> None:
    decision, summary = run.read_json("decision.json") or {}, run.read_json("summary.json") or {}
    assert set(summary["arms"]) == {"base", "rag", "current", "chain", "service"}
    assert summary["arms"]["current"]["metrics"]["right"]["mean"] == 1.0
    assert decision["arm"] in (None, "current")
    assert summary["arms"]["service"]["cost"]["per_1000"] == pytest.approx(2.0)
    cost = summary["arms"]["chain"]["cost"]
    assert cost["prompt_tokens"] > 5
    assert cost["completion_tokens"] > 0
    assert cost["per_1000"] is None
    made_of = decision["approach"]["candidates"]
    assert made_of["current"] == {"retrieves": True, "trained": False, "outside": True}
    assert made_of["service"] == {"retrieves": None, "trained": None, "outside": True}
    experiment = yaml.safe_load((run.path / "experiment.yaml").read_text())
    assert (run.read_json("manifest.json") or {})["sent_elsewhere"] == [experiment["systems"][2]["url"]]
