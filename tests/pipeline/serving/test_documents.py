"""Documents that are added and taken out while a bundle serves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.errors import UserError
from pipeline.records import Example
from pipeline.run_folder.store import RunFolder
from pipeline.serving import bundle
from pipeline.serving.documents import place
from pipeline.serving.engine import Engine
from pipeline.serving.server import Server
from tests.tiny_run import ROOT

KEY = {"Authorization": "Bearer k"}
TEXT = "The harbour master of Wexley is called Quillon Brask."
ASKED = "Who is the harbour master of Wexley?"


@pytest.fixture
def folder(run: RunFolder, tmp_path: Path) -> Path:
    return bundle.write(run, bundle.Chosen("rag", 0), tmp_path / "rag")


def cited(engine: Engine) -> list[str]:
    return [given.document for given in engine.ask(Example("q", ASKED, ())).result().passages]


def test_what_is_added_is_found_at_once_and_by_the_next_server_too(folder: Path) -> None:
    engine = Engine(folder)
    client = TestClient(Server(engine, "k").app())
    before = client.get("/v1/documents", headers=KEY).json()["data"]
    assert client.post("/v1/documents", json={"id": "x", "text": TEXT}).status_code == 401
    added = client.post("/v1/documents", json={"id": "harbours/wexley", "text": TEXT, "title": "Wexley"}, headers=KEY)
    assert added.json()["passages"] == {"added": 1, "removed": 0, "kept": 0}
    assert cited(engine)[0] == "harbours/wexley"
    assert client.get("/v1/documents", headers=KEY).json()["data"][-1] == {
        "object": "document", "id": "harbours/wexley", "title": "Wexley", "passages": 1,
    }  # fmt: skip

    again = Engine(folder)
    assert (again.check(), cited(again)[0] == "harbours/wexley") == ([], False)
    assert again.take_up_documents()
    assert cited(again)[0] == "harbours/wexley"
    assert client.delete("/v1/documents/harbours/wexley", headers=KEY).json()["passages"]["removed"] == 1
    assert "harbours/wexley" not in cited(engine)
    assert client.get("/v1/documents", headers=KEY).json()["data"] == before
    assert client.delete("/v1/documents/harbours/wexley", headers=KEY).status_code == 404


def test_questions_are_answered_while_documents_are_added(folder: Path) -> None:
    engine = Engine(folder)
    rows = json.loads((folder / bundle.QUESTIONS).read_text())["rows"]
    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(TestClient(Server(engine, "k").app()).post, "/v1/documents", headers=KEY,
                             json={"documents": [{"id": f"d{n}", "text": f"{TEXT} {n} " * 60} for n in range(6)]})  # fmt: skip
        said = [engine.ask(Example("q", row["input"], ())).result() for row in rows]
    assert adding.result().status_code == 200
    assert all(not one.failure for one in said)


@pytest.mark.parametrize(("body", "param"), [
    ({"id": "x"}, "text"), ({"id": "train:1", "text": "t"}, "id"), ({"id": "a\nb", "text": "t"}, "id"), ({"documents": []}, "documents"),
    ({"documents": [{"id": "x", "text": "t"}, {"id": "x", "text": "u"}]}, "id"),
])  # fmt: skip
def test_what_is_no_document_is_refused(folder: Path, body: dict[str, object], param: str) -> None:
    client = TestClient(Server(Engine(folder), "k").app())
    reply = client.post("/v1/documents", json=body, headers=KEY)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)
    assert not (folder / "documents").exists()


def test_without_a_key_or_retrieval_nothing_is_changed_and_damage_is_told(run: RunFolder, folder: Path, tmp_path: Path) -> None:
    engine = Engine(folder)
    assert TestClient(Server(engine).app()).post("/v1/documents", json={"id": "x", "text": TEXT}).status_code == 403
    bare = bundle.write(run, bundle.Chosen("base", 0), tmp_path / "base")
    refused = TestClient(Server(Engine(bare), "k").app()).get("/v1/documents", headers=KEY)
    assert (refused.status_code, "looks nothing up" in refused.json()["error"]["message"]) == (409, True)
    TestClient(Server(engine, "k").app()).post("/v1/documents", json={"id": "x", "text": TEXT}, headers=KEY)
    with (place(folder) / "passages.jsonl").open("a") as file:
        file.write("\n")
    with pytest.raises(UserError, match="not what was written"):
        Engine(folder).take_up_documents()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_any_moment_the_index_opens_with_what_it_held_before_or_after(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "killed")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.pipeline.serving.killed_additions", str(tmp_path / "killed"), "15"],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["before"] + found["after"] == 15
