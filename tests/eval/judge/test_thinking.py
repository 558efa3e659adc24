"""A judge that thinks: what is asked of the server, what is reserved for it, and that its verdicts are kept apart from others'."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from eval.errors import SetupError
from eval.judge.panel import Judged, judge
from eval.judge.settings import JudgeSettings
from tests.eval.judge.judging import ROW

SEEN: list[dict[str, Any]] = []


class Thinking(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        SEEN.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        said = json.dumps({"reason": "as it stands", "outcome": "correct"})
        message = {"role": "assistant", "content": f"<think>{{is it so}}</think>{said}"}
        usage = {"prompt_tokens": 100, "completion_tokens": 900, "completion_tokens_details": {"reasoning_tokens": 880}}
        data = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Thinking)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    SEEN.clear()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()


def judged(url: str, store: Path, **changes: Any) -> Judged:
    given: dict[str, Any] = {"model": "m", "base_url": url, "metrics": ["outcome"], "retries": 0, "max_tokens": 50, **changes}
    return judge([ROW], JudgeSettings(**given), store)


def test_its_thoughts_are_asked_for_counted_and_no_part_of_the_verdict(url: str, tmp_path: Path) -> None:
    found = judged(url, tmp_path / "v.sqlite", reasoning_effort="high", thinking_tokens=1000)
    assert [value.value for value in found.values] == [1.0, 0.0, 0.0]
    assert (SEEN[0]["reasoning_effort"], SEEN[0]["max_tokens"]) == ("high", 1050)
    assert (found.total.prompt_tokens, found.total.completion_tokens) == (100, 900)
    judged(url, tmp_path / "v.sqlite")
    assert len(SEEN) == 2, "without thoughts it is another judge"
    assert "reasoning_effort" not in SEEN[1]


def test_room_for_thoughts_is_reserved_in_the_budget(url: str, tmp_path: Path) -> None:
    found = judged(url, tmp_path / "v.sqlite", thinking_tokens=100_000, budget={"tokens": 50_000})
    assert not SEEN
    assert all(value.value is None and "budget" in value.reason for value in found.values)


@pytest.mark.parametrize(
    "changes", [{"provider": "in_process", "thinking_tokens": 5}, {"provider": "anthropic", "reasoning_effort": "low"}]
)
def test_who_cannot_think_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SetupError, match="thinking_tokens"):
        JudgeSettings(model="m", **changes)
