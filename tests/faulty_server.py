"""A server of a chat API that answers wrongly in sixty ways, for endpoints and judges. Which way stands in the question as `fault:<name>`.

Without one it answers `right answer`, or for a judge what `right` was given as. Counts requests and answers by question.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

FAULT = re.compile(r"fault:(\w+)")
ROW = re.compile(r"row:(\d+)")


def completion(content: Any = "right answer", ended: Any = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": ended, "message": {"role": "assistant", "content": content, **message}}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}


def used(**usage: Any) -> dict[str, Any]:
    return {**completion(), "usage": usage}


def http(status: int, body: Any, **headers: str) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"content-type": "application/json", "content-length": str(len(data)), **{k.replace("_", "-"): v for k, v in headers.items()}}
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} -\r\n{told}\r\n".encode() + data


def wrong(status: int, message: Any = "no", **headers: str) -> bytes:
    return http(status, {"error": {"message": message}}, **headers)


ANSWERED: dict[str, Any] = {
    "parts": completion([{"type": "text", "text": "right "}, {"type": "text", "text": "answer"}]),
    "parts_of_strings": completion(["right ", "answer"]),
    "parts_with_thoughts": completion([{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "right answer"}]),
    "thoughts": completion("<think>it may be wrong</think>\nright answer"),
    "thoughts_without_opening": completion("it may be wrong</think>right answer"),
    "reasoning_beside": completion(reasoning_content="it may be wrong", reasoning="wrong"),
    "no_usage": {**completion(), "usage": None},
    "usage_absent": {k: v for k, v in completion().items() if k != "usage"},
    "usage_as_text": used(prompt_tokens="10", completion_tokens="5"),
    "usage_negative": used(prompt_tokens=-1_000_000, completion_tokens=-5, total_tokens=-9),
    "usage_absurd": used(prompt_tokens=10**30, completion_tokens=1e308),
    "usage_list": {**completion(), "usage": [1, 2]},
    "usage_nan": json.dumps(used(prompt_tokens=float("nan"), completion_tokens=float("inf"))).encode(),
    "usage_bool": used(prompt_tokens=True, completion_tokens=None),
    "finish_null": completion(ended=None),
    "finish_number": completion(ended=7),
    "more_fields": {**completion(), "x": {"y": [None] * 50}},
    "two_choices": {**completion(), "choices": completion()["choices"] * 2},
    "key_echoed": completion("right answer {key}"),
}
"""Odd, and still answers."""
LOST: dict[str, Any] = {
    "empty_cut": completion("", "length"),
    "null_cut": completion(None, "length", reasoning_content="it may be"),
    "thoughts_cut": completion("<think>it may be right ans", "length"),
    "thoughts_alone": completion("<think>it may be right answer</think>", "stop"),
    "thoughts_never_ended": completion("<think>it may be right answer", "stop"),
    "null": completion(None),
    "tool_call": completion(None, "tool_calls", tool_calls=[{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]),
    "number_for_text": completion(7),
    "object_for_text": completion({"text": "right answer"}),
    "refusal": completion(None, "stop", refusal="I would rather not"),
    "filtered": completion("right", "content_filter"),
    "surrogate": b'{"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "half \\ud83d answer"}}]}',
    "no_choices": {"choices": []}, "choices_null": {"choices": None}, "choices_object": {"choices": {"0": completion()["choices"][0]}},
    "choices_text": {"choices": "right answer"}, "choice_text": {"choices": ["right answer"]}, "choice_null": {"choices": [None]},
    "message_null": {"choices": [{"message": None}]}, "message_list": {"choices": [{"message": ["right answer"]}]},
    "error_in_200": {"error": {"message": "overloaded"}}, "error_text_in_200": {"error": "overloaded"},
    "number": 7, "null_body": None, "list_body": [completion()], "text_body": "right answer",
    "not_json": b"{not json", "cut_json": json.dumps(completion()).encode()[:40], "no_bytes": b"", "not_utf8": b'{"choices": "\xff\xfe"}',
    "deep": b"[" * 200_000,
    "html": b"<html><body>Bad gateway</body></html>",
}  # fmt: skip
"""Bodies of a 200 that hold no answer."""
RAW: dict[str, bytes] = {
    "busy_absurdly": wrong(429, retry_after="9" * 400), "busy_never": wrong(429, retry_after="inf"),
    "busy_nan": wrong(429, retry_after="nan"), "busy_bad_date": wrong(503, retry_after="Mon, 99 Foo 99999 99:99:99 GMT"),
    "busy_negative": wrong(429, retry_after="-5"),
    "forbidden": wrong(403), "too_long": wrong(413), "broken": wrong(500), "teapot": wrong(418, message=["a", {"b": None}]),
    "bad_request": http(400, b"\xff\xfe"), "key_in_error": wrong(422, "bad key {key}"), "long_error": wrong(500, "x" * 100_000),
    "moved_away": http(307, b"", location="http://127.0.0.1:9/v1/chat/completions"), "moved_nowhere": http(302, b""),
    "moved_in_circles": http(307, b"", location="/v1/chat/completions"), "moved_to_file": http(307, b"", location="file:///etc/passwd"),
    "no_http": b"SSH-2.0-OpenSSH_9.6\r\n", "bad_header": b"HTTP/1.1 200 OK\r\nx\x00y: \x01\r\n\r\n{}",
    "half_body": b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{",
    "bad_gzip": http(200, b"\x1f\x8b" + b"x" * 50, content_encoding="gzip"), "odd_packing": http(200, b"x", content_encoding="rot13"),
    "bomb": http(200, gzip.compress(b" " * 2**29), content_encoding="gzip"), "hang_up": b"",
    "bad_chunks": b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n{}\r\n",
    "negative_length": b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n{}", "early": b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    "nothing_new": b"HTTP/1.1 204 No Content\r\n\r\n",
}  # fmt: skip
"""Whole answers, as bytes."""
SLOW = ("drip", "silence", "endless")
FAULTS = (*ANSWERED, *LOST, *RAW, *SLOW)


class Faulty:
    """What was asked and answered, by question."""

    def __init__(self, right: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> None:
        self.right = right
        self.tried: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.elsewhere = 0
        self.port = 0

    def reply(self, name: str, request: dict[str, Any], key: str) -> bytes:
        """The bytes of one answer."""
        if name in RAW:
            head, _, body = RAW[name].partition(b"\r\n\r\n")
            told = body.replace(b"{key}", key.encode())
            return RAW[name] if told == body else head.replace(b"length: %d" % len(body), b"length: %d" % len(told)) + b"\r\n\r\n" + told
        whole = {**ANSWERED, **LOST}.get(name, completion())
        data = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
        if self.right is not None and name not in LOST:
            said = json.dumps(json.dumps(self.right(request)))[1:-1].encode()
            data = data.replace(b'["right ", "answer"]', b'["' + said + b'"]').replace(b'"text": "right "', b'"text": "' + said + b'"')
            data = data.replace(b'"text": "answer"', b'"text": ""').replace(b"right answer", said)
        data = data.replace(b"{key}", key.encode())
        if name not in LOST:
            self.answered[question_of(request)] += 1
        kind = "text/html" if name == "html" else "application/json"
        return http(200, data, content_type=kind)


def question_of(request: dict[str, Any]) -> str:
    return str(request["messages"][-1]["content"])


async def _serve(faulty: Faulty, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
            request = json.loads(await reader.readexactly(int(headers.get("content-length", 0))))
            faulty.tried[question_of(request)] += 1
            name = next(iter(FAULT.findall(json.dumps(request["messages"]))), "")
            if name in SLOW:
                await _slowly(name, writer)
                break
            writer.write(faulty.reply(name, request, headers.get("authorization", "").removeprefix("Bearer ")))
            await writer.drain()
            if name in RAW and not RAW[name].startswith((b"HTTP/1.1 4", b"HTTP/1.1 5", b"HTTP/1.1 3")):
                break
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


async def _slowly(name: str, writer: asyncio.StreamWriter) -> None:
    """A byte now and then; nothing at all; or far too much, as fast as it goes."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    writer.write(head if name != "silence" else b"")
    part = b"1\r\n \r\n" if name == "drip" else b"10000\r\n" + b" " * 2**16 + b"\r\n"
    for _ in range(100 if name == "drip" else 10_000):
        if name == "silence":
            await asyncio.sleep(0.1)
            continue
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.1 if name == "drip" else 0)


@contextmanager
def faulty_server(right: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> Iterator[Faulty]:
    """The server, in a thread of its own; `right`: what a judge's right verdict is on a request."""
    faulty, loop, ready = Faulty(right), asyncio.new_event_loop(), threading.Event()

    async def opened() -> asyncio.Server:
        server = await asyncio.start_server(lambda reader, writer: _serve(faulty, reader, writer), "127.0.0.1", 0, limit=2**24)
        faulty.port = server.sockets[0].getsockname()[1]
        ready.set()
        return server

    async def closed(server: asyncio.Server) -> None:
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.1)  # for connections to be closed

    def run() -> None:
        server = loop.run_until_complete(opened())
        loop.run_forever()
        loop.run_until_complete(closed(server))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield faulty
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
