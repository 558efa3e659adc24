"""A service of ours with the files, fine-tuning and chat API of OpenAI, for tests. Counts what it was asked, and fails when told to.

A tuned model answers `ANSWER`; any other says `BASE`.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER, BASE, TOKENS = "27 days", "nobody knows", 4321
JOBS = "/v1/fine_tuning/jobs"


class Tuning(ThreadingHTTPServer):
    """`looks`: a job is done when it was looked at so many times."""

    daemon_threads = True

    def __init__(self, looks: int = 3) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.looks, self.lock = looks, threading.Lock()
        self.files: dict[str, tuple[str, bytes]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        """By `POST /v1/files` and the like; questions to models by `chat <model>`."""
        self.keys: set[str] = set()
        self.faults: list[tuple[str, str]] = []
        """What goes wrong next: (beginning of `METHOD path`, `lost`, `busy`, `broken`, `refused` or `garbage`)."""
        self.fails = ""
        """Why jobs fail; empty: they do not."""
        self.hook: Callable[[str], None] = lambda what: None
        """Called before each answer, with `METHOD path`."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed are what these tests ask for."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def fault(self, what: str) -> str:
        with self.lock:
            at = next((n for n, (start, _) in enumerate(self.faults) if what.startswith(start)), None)
            return "" if at is None else self.faults.pop(at)[1]

    def done(self, what: str, body: bytes, kind: str) -> tuple[int, Any]:
        """What the service does, whether its answer arrives or not."""
        method, _, path = what.partition(" ")
        if what == "POST /v1/files":
            name, data = _file(body, kind)
            file = f"file-{len(self.files) + 1}"
            self.files[file] = (name, data)
            return 200, {"id": file, "object": "file", "filename": name, "bytes": len(data), "purpose": "fine-tune"}
        if what == "GET /v1/files":
            return 200, {"data": [{"id": file, "filename": name} for file, (name, _) in self.files.items()]}
        if what == f"POST {JOBS}":
            asked = json.loads(body)
            if asked["training_file"] not in self.files:
                return 400, {"error": {"message": "no such file"}}
            job = f"ftjob-{len(self.jobs) + 1}"
            self.jobs[job] = {**asked, "id": job, "status": "queued", "created_at": 1_000, "looked": 0}
            return 200, self.jobs[job]
        if what == f"GET {JOBS}":
            return 200, {"data": list(reversed(self.jobs.values()))}
        if path == "/v1/chat/completions":
            return 200, self._chat(json.loads(body))
        job = self.jobs.get(path.removeprefix(f"{JOBS}/").removesuffix("/cancel"), {})
        if not job:
            return 404, {"error": {"message": "no such job"}}
        if method == "POST":
            job["status"] = "cancelled"
        elif job["status"] in ("queued", "running"):
            job["looked"] += 1
            job["status"] = "running"
            if job["looked"] >= self.looks:
                ended = {"status": "failed", "error": {"message": self.fails}} if self.fails else {
                    "status": "succeeded", "fine_tuned_model": f"ft:{job['model']}:{job['suffix']}", "trained_tokens": TOKENS}  # fmt: skip
                job |= {**ended, "finished_at": 1_090}
        return 200, job

    def _chat(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked[f"chat {asked['model']}"] += 1
        known = any(job.get("fine_tuned_model") == asked["model"] for job in self.jobs.values())
        message = {"role": "assistant", "content": ANSWER if known else BASE}
        usage = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return {"id": "1", "object": "chat.completion", "created": 0, "model": asked["model"], "choices": [choice], "usage": usage}


class _Handler(BaseHTTPRequestHandler):
    server: Tuning

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        service, what = self.server, f"{self.command} {self.path}"
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        fault = service.fault(what)
        with service.lock:
            service.asked[what] += 1
            service.keys.add(self.headers.get("authorization") or "")
            status, reply = (
                (200, {}) if fault in ("busy", "broken", "refused") else service.done(what, body, self.headers["content-type"] or "")
            )
        service.hook(what)
        if fault == "lost":  # done, and nobody hears of it
            self.close_connection = True
            return
        if fault == "busy":
            status, reply = 429, {"error": {"message": "slow down"}}
        elif fault == "broken":
            status, reply = 500, {"error": {"message": "out of order"}}
        elif fault == "refused":
            status, reply = 401, {"error": {"message": f"wrong key {self.headers['authorization']}"}}
        self._send(status, b"{not json" if fault == "garbage" else json.dumps(reply).encode())

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        for name, text in {"content-type": "application/json", "content-length": str(len(data)), "retry-after": "0.01"}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)


def _file(body: bytes, kind: str) -> tuple[str, bytes]:
    """Name and content of the one file of a form."""
    border = b"--" + kind.partition("boundary=")[2].encode()
    part = next(one for one in body.split(border) if b'filename="' in one)
    head, _, content = part.partition(b"\r\n\r\n")
    return head.decode().partition('filename="')[2].partition('"')[0], content.removesuffix(b"\r\n")


@contextmanager
def tuning_server(looks: int = 3) -> Iterator[Tuning]:
    server = Tuning(looks)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
