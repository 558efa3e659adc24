"""A server of an embeddings API over counts of letters, near for near texts. It remembers what it was asked and shows faults on request."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.retrieval.letters import Letters


class Embeddings(ThreadingHTTPServer):
    """`faults`: what the next requests are answered with, one each, instead of vectors."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: Counter[str] = Counter()
        self.faults: list[str] = []
        self.left = -1
        """Requests that are still answered; negative: all."""
        self.keys: set[str] = set()
        self.lock = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that no longer waits is what these tests ask for."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Embeddings

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.server.lock:
            self.server.keys.add(self.headers["authorization"])
            fault = self.server.faults.pop(0) if self.server.faults else ""
            if not fault and self.server.left == 0:
                fault = "out of order"
            self.server.left -= self.server.left > 0
        status, reply, headers = self.reply(body["input"], fault)
        data = json.dumps(reply).encode()
        self.send_response(status)
        for name, text in {"content-type": "application/json", "content-length": str(len(data)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)

    def reply(self, texts: list[str], fault: str) -> tuple[int, Any, dict[str, str]]:
        if fault == "busy":
            return 429, {"error": {"message": "slow down"}}, {"retry-after": "0.01"}
        if fault == "out of order":
            return 400, {"error": {"message": "out of order"}}, {}
        if fault == "locked":
            return 401, {"error": {"message": f"wrong key {self.headers['authorization']}"}}, {}
        if fault == "late":
            time.sleep(1.0)
        with self.server.lock:
            self.server.asked.update(texts)
        rows: list[Any] = [{"index": n, "embedding": Letters().embed_query(text)} for n, text in enumerate(texts)]
        if fault == "text":
            rows[0]["embedding"] = "AAAA"
        elif fault == "zeros":
            rows[0]["embedding"] = [0.0] * 27
        elif fault == "short":
            rows[0]["embedding"] = rows[0]["embedding"][:5]
        data = rows[1:] if fault == "few" else rows[::-1]
        return 200, {"object": "list", "data": data, "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)}}, {}


@contextmanager
def embeddings_server() -> Iterator[Embeddings]:
    """In a thread of its own, until the block ends."""
    server = Embeddings()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
