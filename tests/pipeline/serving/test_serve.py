"""A bundle of a small run, served by the real command and asked by the real `openai` client."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest

from eval import scores
from finetune.inference.continuous import Ongoing
from pipeline.cli.serving import KEY
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.records import Example
from pipeline.results import outcomes
from pipeline.results.gate import Asked, hold
from pipeline.run_folder.store import RunFolder
from pipeline.serving import bundle
from pipeline.serving.engine import Engine, Limits
from pipeline.serving.question import Busy, TooLate
from pipeline.stages.tuning.retrieval_settings import DEPTH, settings_of
from tests.small_run import small_run
from tests.tiny_run import ROOT

SECRET = "s3cret"


@pytest.fixture(scope="module")
def shipped(run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of `hybrid`, moved away from where it was made."""
    made = bundle.write(run, bundle.Chosen("hybrid", 0), run.path.parent.parent / "made")
    return Path(shutil.move(made, tmp_path_factory.mktemp("elsewhere") / "hybrid"))


class Served:
    """A server in a process of its own."""

    def __init__(self, folder: Path, *options: str, key: str | None = SECRET) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **({KEY: key} if key else {})}
        command = [sys.executable, "-W", "ignore", "-m", "pipeline", "serve", str(folder), "--port", "0", *options]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self.url = ""
        for line in self.process.stderr or ():
            self.lines.append(line)
            if " at http" in line:
                self.url = line.split(" at ")[1].strip()
                break
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self.process.stderr as lines:  # type: ignore[union-attr]
            self.lines.extend(lines)

    def end(self, by: int = signal.SIGKILL) -> int:
        self.process.send_signal(by)
        code = self.process.wait(60)
        self._reader.join(60)
        return code

    def client(self, key: str = SECRET) -> openai.OpenAI:
        return openai.OpenAI(base_url=self.url, api_key=key, max_retries=0)

    def get(self, path: str, key: str = SECRET) -> str:
        request = urllib.request.Request(self.url.removesuffix("/v1") + path, headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request) as reply:
            return str(reply.read().decode())


@pytest.fixture(scope="module")
def served(shipped: Path) -> Iterator[Served]:
    found = Served(shipped)
    yield found
    found.end()


def questions(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads((folder / bundle.QUESTIONS).read_text())["rows"])


def asked(client: openai.OpenAI, text: str, **more: Any) -> Any:
    return client.chat.completions.create(model="any", messages=[{"role": "user", "content": text}], **more)


def test_it_answers_streams_and_cites_as_was_measured(served: Served, shipped: Path, run: RunFolder) -> None:
    measured = {p.row: p.text for p in run.predictions("hybrid", 0)}
    rows = questions(shipped)
    assert {row["id"]: row["answer"] for row in rows} == measured
    for row in rows:
        reply = asked(served.client(), row["input"])
        assert reply.choices[0].message.content == row["answer"]
        assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 0
        assert [one.file_citation["index"] for one in reply.choices[0].message.annotations] == [1, 2]
        parts = list(asked(served.client(), row["input"], stream=True, stream_options={"include_usage": True}))
        assert "".join(part.choices[0].delta.content or "" for part in parts if part.choices) == row["answer"]
        assert parts[-1].usage.completion_tokens == reply.usage.completion_tokens
    (model,) = served.client().models.list().data
    assert model.id == f"{run.id}/hybrid"


def test_thirty_two_clients_at_once_get_the_answers_that_they_get_alone(served: Served, shipped: Path) -> None:
    rows = questions(shipped)
    wanted = [rows[i % len(rows)] for i in range(32)]
    with ThreadPoolExecutor(32) as pool:
        said = list(pool.map(lambda row: asked(served.client(), row["input"]).choices[0].message.content, wanted))
    assert said == [row["answer"] for row in wanted]
    assert json.loads(served.get("/health"))["status"] == "ok"
    assert 'bakeoff_requests_total{status="200"}' in served.get("/metrics")


def test_what_waits_is_answered_together_and_who_leaves_ends_its_own_answer_alone(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, sizes, step = questions(shipped), list[int](), Ongoing.step

    def counted(batch: Ongoing) -> Any:
        sizes.append(len(batch))
        return step(batch)

    def leave(text: str) -> None:
        raise TooLate

    monkeypatch.setattr(Ongoing, "step", counted)
    engine = Engine(shipped, Limits(waiting=9))
    asked = [engine.ask(Example("a", row["input"], ()), leave if place == 1 else None) for place, row in enumerate(rows)]
    late = Engine(shipped, Limits(seconds=0.0)).ask(Example("a", rows[0]["input"], ()))
    assert [one.exception() is None and one.result().text for place, one in enumerate(asked) if place != 1] == [
        row["answer"] for place, row in enumerate(rows) if place != 1
    ]
    assert isinstance(asked[1].exception(), TooLate)
    assert isinstance(late.exception(), TooLate)
    assert max(sizes) > 1
    engine.close()
    with pytest.raises(Busy):
        engine.ask(Example("a", "x", ()))


@pytest.mark.parametrize(("body", "param", "said"), [
    ({"messages": []}, "messages", "at least one message"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, "messages", "must be the user's"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "messages", "must be text"),
    ({"messages": [{"role": "user", "content": "x"}], "n": 2}, "n", "must be 1"),
    ({"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function", "function": {"name": "f"}}]}, "tools",
     "as it was measured"),
], ids=["none", "last", "image", "n", "tools"])  # fmt: skip
def test_what_cannot_be_done_is_told_in_openais_form(served: Served, body: dict[str, Any], param: str, said: str) -> None:
    with pytest.raises(openai.BadRequestError, match=said) as told:
        served.client().chat.completions.create(model="any", **body)
    assert told.value.param == param


def test_the_key_is_needed_and_texts_are_in_no_log(served: Served) -> None:
    with pytest.raises(openai.AuthenticationError):
        asked(served.client("wrong"), "Who?")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        served.get("/metrics", "wrong")
    reply = asked(served.client(), "A question that nobody may read?", temperature=0.7)
    assert reply.bakeoff["ignored"] == ["temperature"]
    with pytest.raises(openai.NotFoundError):
        served.client().embeddings.create(model="any", input="x")
    assert not any("nobody may read" in line or SECRET in line for line in served.lines)


@pytest.mark.slow
def test_as_a_candidate_of_a_new_comparison_it_scores_as_the_arm_that_it_was_made_from(
    served: Served, shipped: Path, run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHIPPED_KEY", SECRET)
    system = {"name": "shipped", "url": served.url.removesuffix("/v1") + "/answer", "api_key_env": "SHIPPED_KEY", "retrieves": True}
    other = small_run(tmp_path, tmp_path / "runs", arms=[], systems=[system])
    own, new = (scores.read(one.path / "scores.parquet") for one in (run, other))
    for metric in ("right", "token_f1", "exact_match"):
        values = [
            frame[(frame["arm"] == arm) & (frame["metric"] == metric)].set_index("row")["value"].to_dict()
            for frame, arm in ((own, "hybrid"), (new, "shipped"))
        ]
        assert len(values[0]) == len(questions(shipped)) > 0
        assert values[0] == values[1]


@pytest.mark.slow
def test_terminated_it_answers_what_has_come_in(shipped: Path) -> None:
    served = Served(shipped, "--no-self-check")
    text = questions(shipped)[0]
    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(asked, served.client(), text["input"]) for _ in range(4)]
        while json.loads(served.get("/health"))["waiting"] < 4 and not all(one.done() for one in asking):
            pass
        ended = pool.submit(served.end, signal.SIGTERM)
        assert [one.result().choices[0].message.content for one in asking] == [text["answer"]] * 4
    assert ended.result() in (0, -signal.SIGTERM)


@pytest.mark.parametrize("arm", [*(pytest.param(arm, marks=pytest.mark.slow) for arm in ("base", "few_shot")), "classic", "rag"])
def test_every_candidate_answers_from_its_bundle_as_in_its_run(arm: str, run: RunFolder, tmp_path: Path) -> None:
    folder = bundle.write(run, bundle.Chosen(arm, 0), tmp_path / arm)
    engine = Engine(folder)
    assert engine.check() == []
    assert bool((folder / "data/train.jsonl").read_bytes()) is (arm in ("few_shot", "classic"))
    assert (folder / "index").exists() is (arm in ("classic", "rag"))
    rows = questions(folder)
    rows[0]["answer"] += "!"
    (folder / bundle.QUESTIONS).write_text(json.dumps({"schema": 1, "rows": rows}))
    (folder / bundle.SUMS).write_text(bundle.sums(folder))
    assert Engine(folder).check() == [rows[0]["id"]]


def test_a_changed_bundle_is_refused_and_so_is_what_cannot_be_bundled(run: RunFolder, shipped: Path, tmp_path: Path) -> None:
    shutil.copytree(shipped, tmp_path / "changed")
    with (tmp_path / "changed/prompt.json").open("a") as file:
        file.write(" ")
    with pytest.raises(UserError, match=r"not what was written: prompt\.json"):
        Engine(tmp_path / "changed")
    with pytest.raises(UserError, match="no bundle"):
        Engine(run.path)
    for wanted, said in ((bundle.Chosen("lora", 0), "no candidate"), (bundle.Chosen("hybrid", 7), "no training")):
        with pytest.raises(UserError, match=said):
            bundle.write(run, wanted, tmp_path / "none")
    with pytest.raises(UserError, match="exists already"):
        bundle.write(run, bundle.Chosen("base", 0), shipped)
    beyond = subprocess.run(
        [sys.executable, "-m", "pipeline", "serve", str(shipped), "--host", "0.0.0.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (beyond.returncode, "without a key" in beyond.stderr) == (2, True)
    assert not (tmp_path / "none").exists()


def test_what_was_chosen_on_dev_goes_along_and_the_check_knows_no_limits(run: RunFolder, tmp_path: Path) -> None:
    """Without it the bundle would search otherwise than was measured."""
    tuned = RunFolder(Path(shutil.copytree(run.path, tmp_path / "runs" / run.id)))
    tuned.write_json(DEPTH, {"schema": 1, "k": 1, "reason": "made"})
    folder = bundle.write(tuned, bundle.Chosen("rag", 0), tmp_path / "tuned")
    assert settings_of(RunFolder(folder), load(folder / "experiment.yaml").retrieval).k == 1
    assert json.loads((folder / bundle.FILE).read_text())["retrieval"]["k"] == 1
    assert str(tmp_path) not in (folder / "experiment.yaml").read_text().replace(str(run.path.parent.parent / "model"), "")
    whole = bundle.write(run, bundle.Chosen("rag", 0), tmp_path / "whole")
    assert Engine(whole, Limits(seconds=0.0, waiting=1)).check() == []


def test_a_bundle_is_a_baseline_of_the_gate_without_the_texts_of_its_rows(run: RunFolder, tmp_path: Path) -> None:
    folder = bundle.write(run, bundle.Chosen("rag", 0, "none"), tmp_path / "rag")
    rows = [json.loads(line) for line in (run.path / "data/test.jsonl").read_text().splitlines()]
    held = hold(run.path.parent, run.id, str(folder), Asked(arm="rag"))
    assert (held.old.arm, held.gate.all_rows.n, held.gate.all_rows.difference, held.left_out) == ("rag", len(rows), 0.0, 0)
    told = b"".join((folder / name).read_bytes() for name in (outcomes.SCORES, outcomes.ROWS))
    assert not any(row["input"].encode() in told for row in rows)
    known = json.loads((folder / outcomes.ROWS).read_text())
    known["rows"][rows[0]["id"]] = "of another question"
    (folder / outcomes.ROWS).write_text(json.dumps(known))
    assert hold(run.path.parent, run.id, str(folder), Asked(arm="rag")).left_out == 1


def test_questions_are_masked_or_left_out_on_request(run: RunFolder, tmp_path: Path) -> None:
    folder = bundle.write(run, bundle.Chosen("base", 0, "none"), tmp_path / "bare")
    assert (questions(folder), (folder / "data/test.jsonl").read_bytes()) == ([], b"")
    assert Engine(folder).check() == []
