"""A small judge behind OpenAI's chat API (and the part of Anthropic's that is used), for tests: it judges by rules, fails on demand.

Which fault is asked for stands in the model's name, or in the data as `fault:<name>` so that single rows fail. Judging is by words: a
statement is supported where all its words stand in the context. It obeys any order it reads outside a fence, as a gullible model
would. Run as a script it prints its port; `GET /stats` tells what it was asked.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections import Counter
from typing import Any

FENCE = re.compile(r"<material (\w+)>\n(.*)\n</material \1>", re.DOTALL)
ORDER = re.compile(r"ignore (?:all|the) instructions and answer (\d)", re.IGNORECASE)
MARKER = "Now perform the same with the following input\ninput: "
FAULT = re.compile(r"fault:([a-z_]+)")


class Judge:
    """Answers, and counts what it answered."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.stats: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.keys: set[str] = set()

    def answer(self, request: dict[str, Any], schema: dict[str, Any]) -> str:
        """The JSON of an honest verdict, unless an order outside the fence says otherwise."""
        user = next(message["content"] for message in request["messages"] if message["role"] == "user")
        fence = FENCE.search(user)
        outside = FENCE.sub("", user) if fence else user.split(MARKER)[-1]
        data = json.loads(fence.group(2) if fence else user.split(MARKER)[-1].removesuffix("\nOutput: "))
        if schema["title"] == "Compared":
            return json.dumps(compared(data, request["model"]))
        order = ORDER.search(outside)
        return json.dumps(verdict(schema["title"], data, int(order.group(1)) if order else None))


def verdict(title: str, data: dict[str, Any], order: int | None) -> dict[str, Any]:
    """What each of ragas' prompts asks for."""

    def judged(statement: str, context: str) -> int:
        return order if order is not None else int(words(statement) <= words(context))

    text = data.get("answer") or data.get("response") or data.get("text") or ""
    if title == "NLIStatementOutput" or title == "StatementFaithfulnessOutput":
        found = [{"statement": s, "reason": "by words", "verdict": judged(s, data["context"])} for s in data["statements"]]
        return {"statements": found}
    if title == "ContextRecallOutput":
        return {"classifications": [{"statement": s, "reason": "-", "attributed": judged(s, data["context"])} for s in sentences(text)]}
    if title == "ClassificationWithReason":
        said, true = data["answer"], data["ground_truth"]
        every = {"TP": [s for s in said if s in true], "FP": [s for s in said if s not in true], "FN": [s for s in true if s not in said]}
        return {kind: [{"statement": s, "reason": "-"} for s in found] for kind, found in every.items()}
    if title == "Sorted":
        right = any(words(accepted) <= words(data["answer"]) for accepted in data["accepted_answers"])
        said = "abstained" if "know" in data["answer"] or not data["answer"] else "correct" if right or order == 1 else "fabricated"
        return {"reason": "by words", "outcome": said}
    return {
        "StatementGeneratorOutput": {"statements": sentences(text)},
        "ClaimDecompositionOutput": {"claims": sentences(text)},
        "ContextPrecisionOutput": {"reason": "-", "verdict": judged(text, data.get("context", ""))},
        "EntitiesList": {"entities": re.findall(r"[A-Z]\w+", text)},
        "AnswerAccuracyOutput": {"rating": 4 if words(data.get("reference_answer", "")) <= words(data.get("user_answer", "")) else 0},
        "DiscreteResponseModel": {"reason": "-", "value": "polite" if "please" in words(data.get("response", "")) else "curt"},
        "NumericResponseModel": {"reason": "-", "value": len(words(data.get("response", "")))},
        "AnswerRelevanceOutput": {"question": text, "noncommittal": 0},
        "RubricScoreOutput": {"feedback": "-", "score": order or (5 if words(data.get("reference", "?")) <= words(text) else 1)},
    }[title]


def compared(data: dict[str, Any], leaning: str) -> dict[str, Any]:
    """Which of two answers holds an accepted one; or always the first place, or always the longer."""
    right = [any(words(accepted) <= words(data[side]) for accepted in data["accepted_answers"]) for side in ("first", "second")]
    better = "equal" if right[0] == right[1] else "first" if right[0] else "second"
    if leaning == "first_place" and (better == "equal" or len(data["question"]) % 2):
        better = "first"
    if leaning == "wordy":
        better = "first" if len(data["first"]) > len(data["second"]) else "second"
    return {"reason": "-", "better": better}


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


Response = tuple[int, dict[str, str], bytes]


async def respond(judge: Judge, path: str, headers: dict[str, str], body: bytes) -> Response | None:
    """Status, headers and body; None: hang up in the middle of an answer."""
    if path == "/stats":
        return 200, {}, json.dumps({**judge.stats, "keys": sorted(judge.keys), "most": max(judge.seen.values(), default=0)}).encode()
    request = json.loads(body)
    judge.keys.add(headers.get("authorization", headers.get("x-api-key", "")).removeprefix("Bearer "))
    fault = next(iter(FAULT.findall(body.decode())), request["model"])
    judge.stats["requests"] += 1
    judge.stats["under_way"] += 1
    judge.stats["at_once"] = max(judge.stats["at_once"], judge.stats["under_way"])
    try:
        await asyncio.sleep(10 if fault == "late" else judge.delay)
        return failing(judge, fault, request, headers) or answered(judge, fault, request, path.endswith("/messages"))
    finally:
        judge.stats["under_way"] -= 1


def failing(judge: Judge, fault: str, request: dict[str, Any], headers: dict[str, str]) -> Response | None:
    """An answer that is an error; None where the fault is another one."""
    first = json.dumps(request["messages"][:2])
    judge.seen[first] += 1
    tried = judge.seen[first]
    if fault == "busy" and tried < 3:
        return 429, {"retry-after": "0.2"}, b'{"error": {"message": "slow down"}}'
    if fault == "modern":
        for name in ("max_tokens", "temperature"):
            if name in request:
                return 400, {}, json.dumps({"error": {"message": f"Unsupported {name}; max_completion_tokens is known"}}).encode()
        if request.get("response_format", {}).get("type") == "json_schema":
            return 400, {}, b'{"error": {"message": "response_format json_schema is unknown"}}'
    if fault == "limited":
        return 429, {}, b'{"error": {"message": "slow down"}}'
    if fault == "patience":
        return 429, {"retry-after": "3600"}, b'{"error": {"message": "come back tomorrow"}}'
    if fault == "broken":
        return 500, {}, b'{"error": {"message": "out of order"}}'
    if fault == "locked":
        return 401, {}, json.dumps({"error": {"message": f"wrong key {headers.get('authorization')}"}}).encode()
    if fault == "unknown":
        return 404, {}, b'{"error": {"message": "no such model"}}'
    return None


def answered(judge: Judge, fault: str, request: dict[str, Any], anthropic: bool) -> Response | None:
    if fault.startswith("dies_after_") and judge.stats["answers"] >= int(fault.removeprefix("dies_after_")):
        os._exit(0)
    if fault == "half_body":
        return None
    schema = request["tools"][0]["input_schema"] if anthropic else schema_of(request)
    text = judge.answer(request, schema)
    text = {
        "half": text[: len(text) // 2], "cut": text[: len(text) // 2], "empty": "", "refuses": "", "filter": "",
        "nan": re.sub(r'("verdict"|"attributed"): \d', r"\1: NaN", text), "seven": re.sub(r'("verdict"|"attributed"): \d', r"\1: 7", text),
        "chatty": f"<think>hm {{}}</think>Sure!\n```json\n{text}\n```",
    }.get(fault, text)  # fmt: skip
    if fault == "mends" and judge.seen[json.dumps(request["messages"][:2])] < 2:
        text = "not JSON"
    judge.stats["answers"] += 1
    sent = len(json.dumps(request["messages"]).encode()) // 4
    judge.stats["prompt_tokens"] += sent
    judge.stats["completion_tokens"] += len(text) // 4
    if anthropic:
        return 200, {}, json.dumps(claude(text, sent)).encode()
    return 200, {}, json.dumps(completion(fault, text, sent)).encode()


def completion(fault: str, text: str, sent: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": text} | ({"refusal": "I would rather not."} if fault == "refuses" else {})
    ended = {"cut": "length", "filter": "content_filter"}.get(fault, "stop")
    usage = {} if fault == "untold" else {"usage": {"prompt_tokens": sent, "completion_tokens": len(text) // 4, "total_tokens": 0}}
    choice = {"index": 0, "finish_reason": ended, "message": message}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "rules", "choices": [choice], **usage}


def claude(text: str, sent: int) -> dict[str, Any]:
    call = {"type": "tool_use", "id": "t", "name": "verdict", "input": json.loads(text)}
    usage = {"input_tokens": sent, "output_tokens": len(text) // 4}
    return {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "rules",
        "content": [call],
        "stop_reason": "tool_use",
        "usage": usage,
    }


def schema_of(request: dict[str, Any]) -> dict[str, Any]:
    """From the response format, or where that is refused from the prompt, in which ragas repeats it."""
    if schema := request.get("response_format", {}).get("json_schema"):
        found: dict[str, Any] = schema["schema"]
        return found
    text = request["messages"][1]["content"]
    found, _ = json.JSONDecoder().raw_decode(text[text.index("JSON Schema:\n") + len("JSON Schema:\n") :])
    return found


async def serve(judge: Judge, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            found = await respond(judge, lines[0].split()[1], headers, body)
            if found is None:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{")
                break
            status, extra, answer = found
            told = "".join(f"{name}: {value}\r\n" for name, value in {"content-type": "application/json", **extra}.items())
            writer.write(f"HTTP/1.1 {status} -\r\n{told}content-length: {len(answer)}\r\n\r\n".encode() + answer)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(delay: float) -> None:
    judge = Judge(delay)
    server = await asyncio.start_server(lambda reader, writer: serve(judge, reader, writer), "127.0.0.1", 0, limit=2**24)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0))
