"""From documents alone to a verdict: drafted by a scripted model, 60 accepted in the browser by keys, proposed by `init`, run."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pipeline.samples import experiment_of
from tests.app.browser import serving, settled
from tests.faulty_server import faulty_server
from tests.finetune.tiny_model import make
from tests.pipeline.drafting.keys import decide, named
from tests.pipeline.drafting.scripted import data_of
from tests.tiny_run import Bakeoff

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(3000)]
FACTS = experiment_of("facts").parent
ROWS = [json.loads(line) for line in (FACTS / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in (FACTS / "documents").glob("*.md")}
ACCEPTED = 60


def told_in(text: str) -> list[tuple[dict[str, Any], str, str]]:
    """Rows of the bundled case whose answer a line of this text holds: row, answer, line."""
    document = next((name for name, whole in TEXTS.items() if text in whole), "")
    return [
        (row, answer, line) for row in ROWS if document in row["gold_doc_ids"] for answer in row["answers"]
        for line in text.splitlines() if re.search(rf"\b{re.escape(answer)}\b", line)
    ]  # fmt: skip


def script(request: dict[str, Any]) -> dict[str, Any]:
    """Drafts what people asked of the document; answers by their answers from passages, and nothing from memory."""
    data, user = data_of(request), str(request["messages"][1]["content"]).partition("could ask")[0]
    if "passage" in data:
        found = told_in(data["passage"]["text"])
        if not found:
            return {"question": "", "answer": "", "quote": ""}
        row, answer, line = found[int(hashlib.sha256((user + data["passage"]["text"]).encode()).hexdigest(), 16) % len(found)]
        return {"question": row["question"], "answer": answer, "quote": line}
    known = next((row["answers"][0] for row in ROWS if row["question"] == data["question"]), "")
    return {"found": "passages" in data, "answer": known if "passages" in data else ""}


def test_documents_become_a_verdict(tmp_path: Path, bakeoff: Bakeoff, page: Page) -> None:
    runs, out = tmp_path / "runs", tmp_path / "accepted"
    users = [part for user in ("a guest", "a foreman", "a clerk", "a baker") for part in ("--user", user)]
    with faulty_server(script) as server:
        asked = [FACTS / "documents", "--model", "scripted", "--base-url", f"http://127.0.0.1:{server.port}/v1", "--kinds", "fact",
                 *users, "-n", "240", "--out", runs, "--name", "facts", "--json"]  # fmt: skip
        drafted = bakeoff("draft-questions", *asked)
        sent = sum(server.tried.values())
        assert drafted.code == 0, drafted.err
        assert bakeoff("draft-questions", *asked).json()["counts"] == drafted.json()["counts"]
        assert sum(server.tried.values()) == sent
    kept = drafted.json()["counts"]["kept"]
    assert kept >= ACCEPTED, drafted.json()["counts"]
    with serving(runs) as app:
        page.goto(f"{app.url}/questions")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{kept} drafted questions to look at", timeout=60_000)
        page.get_by_role("button", name="Begin").click()
        named(page, "ann")
        settled(page)
        for done in range(1, ACCEPTED + 1):
            decide(page, "a", f"{done} of {kept} questions decided, {done} accepted")
    assert bakeoff("export-drafts", "facts", out, "--out", runs, "--json").json()["accepted"] == ACCEPTED
    experiment = tmp_path / "experiment.yaml"
    begun = bakeoff("init", out / "questions.jsonl", out / "documents.jsonl", "-o", experiment)
    assert begun.code == 0, begun.err
    assert 'slices: ["kind", "rank"]' in experiment.read_text(encoding="utf-8")
    make(tmp_path / "model")
    brief = ["task.max_new_tokens=4", f"model.name={tmp_path / 'model'}", "arms=[base, classic, rag, lora]", "finetune.epochs=1"]
    done = bakeoff("run", experiment, "--out", runs, "--json", *[part for one in brief for part in ("--set", one)])
    assert done.code == 0, done.err
    assert done.json()["decision"]["verdict"] in ("winner", "tie", "undecided", "none")
