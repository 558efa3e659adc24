"""A service of the team's own, a real server in a thread: what it is sent, and what becomes of bad replies."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pipeline.errors import UserError
from pipeline.experiment.systems_section import System
from pipeline.systems.reply import Question, Reply, Retrieved
from pipeline.systems.service import Service

BAD = {
    "list": b"[1]", "number": b'{"answer": 3}', "null": b'{"answer": null}', "none": b"{}", "nothing": b"", "html": b"<html>",
    "cut": b'{"answer": "o',
    "half": b'{"answer": "\\ud83d"}', "deep": b"[" * 100_000,
    "contexts": b'{"answer": "a", "contexts": [3]}', "latin": b'{"answer": "\xff"}',
    "error": b'{"error": "overloaded"}',
}  # fmt: skip
ODD = {
    "text": b'"right"', "parts": b'{"answer": [{"type": "text", "text": "right"}]}',
    "nan": b'{"answer": "right", "seconds": NaN, "cost": Infinity}',
    "negative": b'{"answer": "right", "prompt_tokens": -4, "cost": -1}',
}  # fmt: skip
CODES = {"teapot": 418, "broken": 500, "busy": 429, "moved": 307, "away": 302}


class Answering(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((asked, self.headers.get("authorization")))
        name = asked["input"]
        if name == "slow":
            time.sleep(2.0)
        if name == "once" and len(self.server.asked) == 1:
            return self.reply(503, b"not yet")
        if name == "bomb":
            return self.reply(200, b'{"answer": "' + b"a" * 2**25 + b'"}')
        whole = {"answer": "right", "contexts": ["x"], "prompt_tokens": 5, "completion_tokens": 2, "cost": 0.25}
        return self.reply(CODES.get(name, 200), {**BAD, **ODD}.get(name) or json.dumps(whole).encode() if name != "nothing" else b"")

    def reply(self, code: int, body: bytes) -> None:
        self.send_response(code)
        if code in (302, 307):
            self.send_header("location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Any]:
    found: Any = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    found.daemon_threads, found.asked = True, []
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


def asked(server: Any, inputs: list[str], **settings: Any) -> dict[str, Reply]:
    url = f"http://127.0.0.1:{server.server_address[1]}/answer"
    found: dict[str, Reply] = {}
    system = System.model_validate({"name": "mine", "url": url, "retries": 0, **settings})
    questions = [Question(name, name) for name in inputs]
    Service(system).run(questions, lambda question, reply: found.update({question.id: reply}))
    return found


def test_it_is_sent_id_and_input_and_all_it_tells_is_kept(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_KEY", "sk-12345678")
    reply = asked(server, ["What?"], api_key_env="SERVICE_KEY")["What?"]
    assert server.asked == [({"id": "What?", "input": "What?"}, "Bearer sk-12345678")]
    assert (reply.text, reply.contexts, reply.prompt_tokens, reply.completion_tokens, reply.cost) == (
        "right",
        (Retrieved("x"),),
        5,
        2,
        0.25,
    )
    assert reply.seconds is not None
    monkeypatch.delenv("SERVICE_KEY")
    with pytest.raises(UserError, match="SERVICE_KEY is not set"):
        asked(server, ["What?"], api_key_env="SERVICE_KEY")


def test_a_bad_reply_is_that_rows_failure_and_an_odd_one_an_answer(server: Any) -> None:
    said = asked(server, ["What?", *BAD, *ODD, *CODES, "bomb"], concurrency=1)
    assert {name for name, reply in said.items() if not reply.failure} == {"What?", *ODD}
    assert all(reply.text == "" for reply in said.values() if reply.failure)
    assert (said["nan"].cost, said["negative"].cost, said["negative"].prompt_tokens) == (None, None, None)
    assert asked(server, ["slow"], timeout_s=0.5)["slow"].failure == "no reply within 0.5 s"
    assert "longer than" in said["bomb"].failure
    assert "which is not followed" in said["moved"].failure
    assert len([1 for one, _ in server.asked if one["input"] in ("moved", "away")]) == 2, "redirects are not followed"
    assert said["error"].failure == "the system reports an error: overloaded"


def test_what_failed_by_the_server_is_tried_again(server: Any) -> None:
    assert asked(server, ["once"], retries=1)["once"].text == "right"
    assert len(server.asked) == 2


def test_where_nobody_listens_only_the_first_rows_are_tried() -> None:
    found: list[Reply] = []
    system = System(name="mine", url="http://127.0.0.1:9/answer", retries=0, concurrency=1)
    Service(system).run([Question(str(n), "?") for n in range(12)], lambda _, reply: found.append(reply))
    assert "nothing listens at 127.0.0.1:9" in found[0].failure
    assert "as the first 8 rows" in found[-1].failure
