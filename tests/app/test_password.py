"""Where the app is shared: no page, upload or download before the password, a wrong one lets nobody in, and it stands nowhere."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.testing.v1 import AppTest

from pipeline.password import INSECURE, VARIABLE, fault, hashed, matches
from pipeline.ui import guard
from tests.tiny_run import ROOT

STORED = hashed("wild thyme")
PAGE = {"accept": "text/html"}


def test_a_hash_matches_its_password_alone() -> None:
    assert matches("wild thyme", STORED)
    assert not matches("wild time", STORED)
    assert hashed("wild thyme") != STORED
    assert "thyme" not in STORED


@pytest.mark.parametrize("stored", ["", "wild thyme", "scrypt$zz$zz", "scrypt$$", "md5$00$00", "scrypt$00$00"])
def test_a_stored_value_of_another_form_matches_nothing_and_starts_nothing(stored: str) -> None:
    assert not matches("wild thyme", stored)
    assert not matches("", stored)
    assert fault(stored, "localhost") is not None
    assert fault(stored, "localhost", insecure=True) is not None


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "example.org", "", None])
def test_other_machines_reach_the_app_with_a_password_or_by_insecure_alone(address: str | None) -> None:
    assert "without a password" in (fault(None, address) or ("", ""))[0]
    assert fault(None, address, insecure=True) is None
    assert fault(STORED, address) is None


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_needs_no_password(address: str) -> None:
    assert fault(None, address) is None


class Inside:
    """What stands behind the guard; it counts what came through."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        routes: list[Any] = [Route("/{path:path}", self._answer, methods=["GET", "PUT", "POST", "DELETE"])]
        self.app = Starlette(routes=[*routes, WebSocketRoute("/_stcore/stream", self._stream)])

    async def _answer(self, request: Any) -> PlainTextResponse:
        self.reached.append(f"{request.method} {request.url.path}")
        return PlainTextResponse("inside")

    async def _stream(self, socket: Any) -> None:
        self.reached.append("stream")
        await socket.accept()
        await socket.close()


@pytest.fixture
def inside() -> Inside:
    return Inside()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time go by for the guard alone."""
    gone = [0.0]
    monkeypatch.setattr(guard, "time", type("Clock", (), {"monotonic": staticmethod(lambda: time.monotonic() + gone[0])}))
    return lambda seconds: gone.__setitem__(0, gone[0] + seconds)


@pytest.fixture
def visit(inside: Inside) -> Callable[..., TestClient]:
    app = guard.Guard(inside.app, STORED)
    return lambda address="10.0.0.1": TestClient(app, follow_redirects=False, client=(address, 1))


def test_a_stranger_gets_the_form_and_nothing_else(inside: Inside, visit: Callable[..., TestClient]) -> None:
    stranger = visit()
    for method, path in [("PUT", "/_stcore/upload_file/a/b"), ("DELETE", "/_stcore/upload_file/a/b"), ("GET", "/media/abc.html"),
                         ("GET", "/_stcore/host-config"), ("POST", "/_stcore/upload_file/a/b"), ("GET", "/static/js/a.js")]:  # fmt: skip
        assert stranger.request(method, path).status_code == 401, (method, path)
    with pytest.raises(WebSocketDisconnect), stranger.websocket_connect("/_stcore/stream"):
        pytest.fail("a stranger was connected")
    shown = stranger.get("/verdict?run=facts", headers=PAGE)
    assert (shown.status_code, shown.text.count("<form")) == (401, 1)
    assert inside.reached == []
    assert stranger.get("/_stcore/health").text == "inside"


def test_the_password_opens_the_page_that_was_asked_for(inside: Inside, visit: Callable[..., TestClient]) -> None:
    visitor = visit()
    answer = visitor.post("/verdict?run=facts", data={"password": "wild thyme"})
    assert (answer.status_code, answer.headers["location"]) == (303, "?run=facts")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert visitor.get("/verdict?run=facts", headers=PAGE).text == "inside"
    assert visitor.put("/_stcore/upload_file/a/b").text == "inside"
    assert visitor.get("/media/abc.html").text == "inside"
    assert visit().get("/media/abc.html", headers={"cookie": f"{guard.COOKIE}=made-up"}).status_code == 401


@pytest.mark.parametrize("path", ["//evil.example/", "/javascript:alert(1)", "/%2F%2Fevil.example", "/a\\..\\evil.example"])
def test_nobody_is_sent_elsewhere(path: str, visit: Callable[..., TestClient]) -> None:
    location = visit().post(f"http://testserver{path}", data={"password": "wild thyme"}).headers["location"]
    assert location.startswith("./")
    assert "\\" not in location


def test_a_visitor_is_asked_again_after_half_a_day(visit: Callable[..., TestClient], clock: Callable[[float], None]) -> None:
    visitor = visit()
    token = visitor.post("/", data={"password": "wild thyme"}).headers["set-cookie"].split("=")[1].split(";")[0]
    assert visit().get("/media/a", headers={"cookie": f"{guard.COOKIE}={token}"}).status_code == 200
    clock(guard.STAYS_S + 1)
    assert visit().get("/media/a", headers={"cookie": f"{guard.COOKIE}={token}"}).status_code == 401


def test_wrong_passwords_slow_an_address_down_and_no_other(visit: Callable[..., TestClient], clock: Callable[[float], None]) -> None:
    waits = []
    for _ in range(6):
        assert visit().post("/", data={"password": "wrong"}).status_code == 401  # a new session each time
        refused = visit().post("/", data={"password": "wild thyme"})  # not even looked at
        assert refused.status_code == 429
        waits.append(int(refused.headers["retry-after"]))
        clock(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32]
    assert visit("10.0.0.2").post("/", data={"password": "wild thyme"}).status_code == 303
    assert visit().post("/", data={"password": "wild thyme"}).status_code == 303
    assert visit().post("/", data={"password": "wild thyme"}).status_code == 303


def test_one_ipv6_network_is_one_visitor(visit: Callable[..., TestClient]) -> None:
    visit("2001:db8::1").post("/", data={"password": "wrong"})
    assert visit("2001:db8::2").post("/", data={"password": "wild thyme"}).status_code == 429
    assert visit("2001:db8:1::2").post("/", data={"password": "wild thyme"}).status_code == 303


def test_what_is_sent_as_a_password_is_read_no_further_than_a_form_is_long(visit: Callable[..., TestClient]) -> None:
    assert visit().post("/", content=b"password=" + b"x" * 5_000_000).status_code == 401
    assert visit("10.0.0.9").post("/", content=b"\xff\xfe=%ff&&&").status_code == 401


def test_sign_in_by_streamlit_guards_uploads_by_session(inside: Inside) -> None:
    visitor = TestClient(guard.Guard(inside.app, None, sign_in=True))
    assert visitor.put("/_stcore/upload_file/stranger/1").status_code == 401
    guard.signed_in("someone")
    assert visitor.put("/_stcore/upload_file/someone/1").status_code == 200
    assert inside.reached == ["PUT /_stcore/upload_file/someone/1"]


def test_no_page_may_be_framed_and_no_metrics_are_told(inside: Inside) -> None:
    free = TestClient(guard.Guard(inside.app))
    assert free.get("/").headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in free.get("/").headers["content-security-policy"]
    assert [free.get(f"/_stcore/{name}").status_code for name in ("metrics", "metrics/", "script-health-check")] == [404, 404, 404]


def test_no_page_is_drawn_where_a_password_is_set_and_nobody_asked_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEOFF_RUNS", str(tmp_path))
    for stored in (STORED, ""):
        monkeypatch.setenv(VARIABLE, stored)
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()
        assert [title.value for title in app.title] == ["Bakeoff"]
        assert "password is needed" in app.error[0].value
    monkeypatch.delenv(VARIABLE)
    free = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()
    assert not free.exception
    assert [title.value for title in free.title] != ["Bakeoff"]


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    settings = {key: value for key, value in os.environ.items() if key not in (VARIABLE, INSECURE)} | environment
    return subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(("arguments", "environment", "told"), [
    (["pipeline", "app"], {VARIABLE: ""}, "is set but empty"),
    (["pipeline", "app", "--host", "0.0.0.0"], {}, "without a password"),
    (["streamlit", "run", "streamlit_app.py", "--server.address", "0.0.0.0"], {}, "without a password"),
])  # fmt: skip
def test_a_server_that_would_be_open_by_mistake_does_not_start(arguments: list[str], environment: dict[str, str], told: str) -> None:
    option = "--port" if arguments[0] == "pipeline" else "--server.port"
    process = started(*arguments, option, str(free_port()), **environment)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert told in said
    assert "Traceback" not in said


def test_whoever_ends_the_command_ends_the_server(tmp_path: Path) -> None:
    port = free_port()
    process = started("pipeline", "app", "--port", str(port), "--host", "0.0.0.0", "--insecure", "--out", str(tmp_path))
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2)
    finally:
        process.kill()
        process.communicate()
