"""Another server writes: the real one of llama.cpp, to prompts with the bundle's passages."""

from __future__ import annotations

from pathlib import Path

import openai
import pytest
from starlette.testclient import TestClient

from pipeline.errors import UserError
from pipeline.records import read_examples
from pipeline.run_folder.store import RunFolder
from pipeline.serving import bundle
from pipeline.serving.engine import Engine
from pipeline.serving.question import Question
from pipeline.serving.server import Server
from pipeline.serving.upstream import Upstream, found


def test_who_cannot_write_in_its_place_is_refused(run: RunFolder, tmp_path: Path) -> None:
    folder = bundle.write(run, bundle.Chosen("classic", 0), tmp_path / "classic")
    with pytest.raises(UserError, match="no model of its own"):
        Engine(folder, upstream=Upstream("http://127.0.0.1:9/v1", "m", None, 5.0))
    with pytest.raises(UserError, match="nothing that speaks"):
        found("http://127.0.0.1:9/v1", None, None, 5.0)
    with pytest.raises(UserError, match="not an address"):
        found("somewhere", None, None, 5.0)
    dead = Engine(
        bundle.write(run, bundle.Chosen("base", 0), tmp_path / "base"), upstream=Upstream("http://127.0.0.1:9/v1", "m", None, 5.0)
    )
    reply = TestClient(Server(dead).app()).post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "x"}]})
    assert (reply.status_code, "nothing listens" in reply.json()["error"]["message"]) == (502, True)


@pytest.mark.slow
def test_llama_cpps_server_writes_what_this_one_looks_up_and_cites(llama: str, run: RunFolder, tmp_path: Path) -> None:
    folder = bundle.write(run, bundle.Chosen("rag", 0), tmp_path / "rag")
    engine = Engine(folder, upstream=found(llama, None, None, 600.0))
    client, rows = TestClient(Server(engine).app()), read_examples(folder / "data/test.jsonl")
    putting = engine._candidate.put([Question(row, float("inf")) for row in rows])
    direct = openai.OpenAI(base_url=llama, api_key="none")
    for row, put in list(zip(rows, putting, strict=True))[:3]:
        messages = [{"role": one.role, "content": one.content} for one in put.asked.messages]
        own = direct.chat.completions.create(model="m", messages=messages, max_tokens=4, temperature=0.0)  # type: ignore[arg-type]
        asked = {"messages": [{"role": "user", "content": row.input}]}
        told = client.post("/v1/chat/completions", json=asked).json()
        said = told["choices"][0]["message"]
        assert said["content"]  # not the same text: llama.cpp rounds otherwise where its cache holds a part of the prompt
        assert [one["file_citation"]["quote"] for one in said["annotations"]] == [given.text for given in put.given] != []
        assert told["usage"]["prompt_tokens"] == own.usage.prompt_tokens  # type: ignore[union-attr]
        with client.stream("POST", "/v1/chat/completions", json={**asked, "stream": True}) as stream:
            lines = list(stream.iter_lines())
        assert (bool(_joined(lines)), lines[-2]) == (True, "data: [DONE]")
    assert engine.check()


def _joined(lines: list[str]) -> str:
    import json

    parts = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    return "".join(part["choices"][0]["delta"].get("content") or "" for part in parts if part["choices"])
