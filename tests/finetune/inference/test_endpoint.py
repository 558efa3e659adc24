"""A model behind an address: every row ends as an answer or with its reason, within budget, and the key stays secret."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from finetune.errors import SetupError, Stopped
from finetune.inference.endpoint import Endpoint, EndpointSettings
from finetune.inference.generate import Generation, Prompt
from finetune.rows import Message


class Server(ThreadingHTTPServer):
    """Repeats the question; which fault it shows stands in the question."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.tried: Counter[str] = Counter()
        self.asked: list[dict[str, Any]] = []
        self.now = self.most = 0
        self.lock = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that no longer waits is what these tests ask for."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        question = body["messages"][-1]["content"]
        with self.server.lock:
            self.server.tried[question] += 1
            self.server.asked.append(body)
            self.server.now += 1
            self.server.most = max(self.server.most, self.server.now)
        time.sleep(1.5 if "late" in question else 0.03)
        with self.server.lock:
            self.server.now -= 1
        self.answer(body, question, self.server.tried[question])

    def answer(self, body: dict[str, Any], question: str, tried: int) -> None:
        if "busy" in question and tried < 3:
            self.send(429, {"error": {"message": "slow down"}}, {"retry-after": "0.1"})
        elif "patience" in question:
            self.send(429, {"error": {"message": "tomorrow"}}, {"retry-after": "3600"})
        elif "broken" in question:
            self.send(500, {"error": {"message": "out of order"}})
        elif "locked" in question:
            self.send(401, {"error": {"message": f"wrong key {self.headers['authorization']}"}})
        elif "modern" in question and "max_tokens" in body:
            self.send(400, {"error": {"message": "use max_completion_tokens"}})
        elif "modern" in question and "temperature" in body:
            self.send(400, {"error": {"message": "temperature is not supported"}})
        elif "garbage" in question:
            self.send(200, b"{not json")
        elif "hollow" in question:
            self.send(200, {"choices": []})
        else:
            self.send(200, reply(question))

    def send(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)


ENDED = {"refuse": "content_filter", "long": "length"}


def reply(question: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None if "refuse" in question else f" {question} "}
    choice = {"index": 0, "finish_reason": ENDED.get(question.split(maxsplit=1)[0], "stop"), "message": message}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def settings(server: Server, **changes: Any) -> EndpointSettings:
    return EndpointSettings(f"http://127.0.0.1:{server.server_port}/v1", "m", **{"retries": 2, **changes})


def ask(*questions: str) -> list[Prompt]:
    return [Prompt(str(i), (Message("system", "s"), Message("user", question))) for i, question in enumerate(questions)]


def test_answers_come_in_order_and_one_by_one(server: Server) -> None:
    seen: list[Generation] = []
    found = Endpoint(settings(server, concurrency=3)).run(ask(*(f"q{i}" for i in range(9))), 8, seen.append)
    assert [row.text for row in found] == [f"q{i}" for i in range(9)]
    assert {row.id for row in seen} == {row.id for row in found}
    assert all(row.prompt_tokens == 10 and row.completion_tokens == 5 and row.seconds > 0 and not row.failure for row in found)
    assert 1 < server.most <= 3
    assert all(body["temperature"] == 0 and body["max_tokens"] == 8 for body in server.asked)


def test_an_answer_that_ended_at_the_limit_is_kept_and_counts_as_cut(server: Server) -> None:
    found = Endpoint(settings(server)).run(ask("long question", "short one"), 8)
    assert [(one.text, one.cut, one.failure) for one in found] == [("long question", True, ""), ("short one", False, "")]


def test_a_busy_server_is_asked_again(server: Server) -> None:
    found = Endpoint(settings(server)).run(ask("busy"), 8)
    assert (found[0].text, found[0].failure, server.tried["busy"]) == ("busy", "", 3)


@pytest.mark.parametrize(
    ("question", "reason", "tries"),
    [
        ("patience", "wait 3600 s", 1),
        ("broken", "HTTP 500", 3),
        ("garbage", "JSON", 3),
        ("hollow", "no answer", 3),
        ("refuse", "refused", 1),
    ],
)
def test_what_cannot_be_had_says_why_and_the_others_go_on(server: Server, question: str, reason: str, tries: int) -> None:
    found = Endpoint(settings(server)).run(ask(question, "fine"), 8)
    assert reason in found[0].failure
    assert found[0].text == ""
    assert server.tried[question] == tries
    assert found[1].text == "fine"


def test_a_late_answer_is_not_waited_for(server: Server) -> None:
    found = Endpoint(settings(server, timeout_s=0.3, retries=0)).run(ask("late"), 8)
    assert "0.3 s" in found[0].failure


def test_an_absent_server_is_a_failure_not_a_crash() -> None:
    found = Endpoint(EndpointSettings("http://127.0.0.1:9/v1", "m", retries=0)).run(ask("q"), 8)
    assert "no connection" in found[0].failure


def test_a_newer_dialect_is_learnt_once(server: Server) -> None:
    found = Endpoint(settings(server, concurrency=1)).run(ask("modern a", "modern b"), 8)
    assert [row.text for row in found] == ["modern a", "modern b"]
    assert server.tried["modern b"] == 1
    at_once = Endpoint(settings(server, concurrency=4)).run(ask(*(f"modern {i}" for i in range(4))), 8)
    assert not any(row.failure for row in at_once)


def test_a_wrong_key_stops_the_asking_and_is_shown_nowhere(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", "sk-very-secret")
    found = Endpoint(settings(server, api_key_env="THE_KEY", concurrency=1)).run(ask("locked", "a", "b"), 8)
    assert all("HTTP 401" in row.failure for row in found)
    assert "sk-very-secret" not in "".join(map(str, found))
    assert len(server.asked) == 1


def test_a_missing_key_is_said_before_anything_is_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THE_KEY", raising=False)
    with pytest.raises(SetupError, match="THE_KEY"):
        Endpoint(settings(server, api_key_env="THE_KEY"))


def test_the_budget_is_never_exceeded(server: Server) -> None:
    endpoint = Endpoint(settings(server, budget={"tokens": 100}))
    found = endpoint.run(ask(*(f"q{i}" for i in range(20))), 8)
    refused = [row for row in found if "100 tokens" in row.failure]
    assert refused
    assert len(refused) + sum(not row.failure for row in found) == 20
    assert endpoint.budget.spent["tokens"] == 15 * len(server.asked) <= 100


def test_money_needs_prices(server: Server) -> None:
    with pytest.raises(SetupError, match="prices"):
        Endpoint(settings(server, budget={"money": 1}))
    priced = Endpoint(settings(server, budget={"money": 1}, prices={"input": 1e6 / 100, "output": 0}))
    priced.run(ask("q"), 8)
    assert priced.budget.spent["money"] == pytest.approx(0.1)


def test_stopping_keeps_what_came(server: Server) -> None:
    seen: list[Generation] = []
    with pytest.raises(Stopped):
        Endpoint(settings(server, concurrency=1)).run(ask("a", "b", "c"), 8, seen.append, lambda: len(seen) >= 2)
    assert [row.text for row in seen] == ["a", "b"]
