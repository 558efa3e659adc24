"""The HTTP server of a bundle: `/v1/chat/completions` with streaming, `/v1/models`, `/v1/documents`, `/answer`, `/health`, `/metrics`."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as Http
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from pipeline.errors import UserError
from pipeline.records import Example
from pipeline.results.ask import Said
from pipeline.serving import openai_form, plain_form
from pipeline.serving.document_routes import DocumentRoutes
from pipeline.serving.engine import Engine
from pipeline.serving.http import body_of, error_reply
from pipeline.serving.openai_form import BadRequest, Request
from pipeline.serving.question import Busy, TooLate

BROKEN = "the server failed; its log says how"
TOO_LATE = "the answer took longer than it may"
LATE = {Busy: (429, "too many questions wait; ask again in a moment", "rate_limit_error"), TooLate: (504, TOO_LATE, "timeout_error")}
Log = Callable[[dict[str, Any]], None]


@dataclass
class Counted:
    """Since the server began."""

    requests: Counter[int] = field(default_factory=Counter)
    """By status."""
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, said: Said) -> None:
        self.seconds += said.seconds
        self.prompt_tokens += said.prompt_tokens or 0
        self.completion_tokens += said.completion_tokens or 0

    def text(self, waiting: int) -> str:
        """In Prometheus' text format."""
        lines = ["# TYPE bakeoff_requests_total counter"]
        lines += [f'bakeoff_requests_total{{status="{status}"}} {count}' for status, count in sorted(self.requests.items())]
        for name, kind, value in (
            ("answer_seconds_total", "counter", round(self.seconds, 3)), ("prompt_tokens_total", "counter", self.prompt_tokens),
            ("completion_tokens_total", "counter", self.completion_tokens), ("waiting", "gauge", waiting),
        ):  # fmt: skip
            lines += [f"# TYPE bakeoff_{name} {kind}", f"bakeoff_{name} {value}"]
        return "\n".join(lines) + "\n"


class Server:
    """One bundle's answers over HTTP."""

    def __init__(self, engine: Engine, key: str | None = None, log: Log = lambda line: None, *, texts: bool = False) -> None:
        """`key`: what a client must send as its bearer token; None: nothing. `log` is told each request, with its `texts` only if asked."""
        self._engine, self._key, self._log, self._texts = engine, key, log, texts
        self._counted, self._began = Counted(), int(time.time())

    def app(self) -> Starlette:
        """Its routes."""
        routes = [
            Route("/v1/chat/completions", self._chat, methods=["POST"]), Route("/v1/models", self._models),
            Route("/answer", self._answer, methods=["POST"]),
            Route("/health", self._health), Route("/metrics", self._metrics),
            *DocumentRoutes(self._engine, self._told, self._key is not None).routes(),
        ]  # fmt: skip
        return Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown})

    async def _health(self, request: Http) -> Response:
        return JSONResponse({"status": "ok", "model": self._engine.name, "waiting": self._engine.waiting})

    async def _metrics(self, request: Http) -> Response:
        if not self._allowed(request):
            return self._refused()
        return PlainTextResponse(self._counted.text(self._engine.waiting))

    async def _models(self, request: Http) -> Response:
        if not self._allowed(request):
            return self._refused()
        one = {"id": self._engine.name, "object": "model", "created": self._began, "owned_by": "bakeoff"}
        return JSONResponse({"object": "list", "data": [one]})

    async def _chat(self, request: Http) -> Response:
        async def answer() -> Response:
            asked = openai_form.read(await body_of(request))
            if asked.stream:
                return self._streamed(asked)
            return self._whole(asked, await asyncio.wrap_future(self._engine.ask(asked.row)))

        return await self._told(request, answer)

    async def _answer(self, request: Http) -> Response:
        """A row as a comparison asks it of a system of the team's own, so that a bundle can be a candidate of the next one."""

        async def answer() -> Response:
            row = plain_form.read(await body_of(request))
            said = await asyncio.wrap_future(self._engine.ask(row))
            return self._one(said, plain_form.told(said), row)

        return await self._told(request, answer)

    async def _told(self, request: Http, answer: Callable[[], Awaitable[Response]]) -> Response:
        """The answer, or what is in its way; counted, and written into the log."""
        began, allowed = time.monotonic(), self._allowed(request)
        try:
            response = await answer() if allowed else self._refused()
        except BadRequest as error:
            response = error_reply(400, str(error), "invalid_request_error", error.param)
        except (Busy, TooLate) as error:
            response = error_reply(*LATE[type(error)])
        except UserError as error:
            response = error_reply(502, str(error), "server_error")
        except Exception:  # a bug of ours: told in the form that clients read, and where who serves can find it
            traceback.print_exc()
            response = error_reply(500, BROKEN, "server_error")
        self._counted.requests[response.status_code] += 1
        self._log({"status": response.status_code, "path": request.url.path, "seconds": round(time.monotonic() - began, 3)})
        return response

    def _whole(self, asked: Request, said: Said) -> Response:
        return self._one(said, openai_form.whole(openai_form.head(self._engine.name, stream=False), said, asked.ignored), asked.row)

    def _one(self, said: Said, body: Any, row: Example) -> Response:
        if said.failure:
            return error_reply(502, said.failure, "server_error")
        self._heard(said, row)
        return JSONResponse(body)

    def _heard(self, said: Said, row: Example) -> None:
        self._counted.add(said)
        if self._texts:
            score = {} if said.score is None else {"score": round(said.score, 6)}
            self._log({"input": row.input, "answer": said.text, **score})

    def _streamed(self, asked: Request) -> Response:
        """Parts of the answer as they are written; who leaves ends its answer."""
        loop, parts, left = asyncio.get_running_loop(), asyncio.Queue[str | None](), asyncio.Event()

        def hear(text: str) -> None:
            if left.is_set():
                raise TooLate
            loop.call_soon_threadsafe(parts.put_nowait, text)

        future = self._engine.ask(asked.row, hear)
        future.add_done_callback(lambda done: loop.call_soon_threadsafe(parts.put_nowait, None))

        async def lines() -> AsyncIterator[str]:
            try:
                async for line in self._parts(asked, parts, future):
                    yield f"data: {line}\n\n"
            finally:
                left.set()

        return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _parts(self, asked: Request, parts: asyncio.Queue[str | None], future: Future[Said]) -> AsyncIterator[str]:
        """JSON of each part, and `[DONE]`. What is shown is never taken back: the final text begins with it, or the rest is an error."""
        begun, shown = openai_form.head(self._engine.name, stream=True), ""
        yield json.dumps(openai_form.piece(begun, {"role": "assistant", "content": ""}))
        while (text := await parts.get()) is not None:
            if text.startswith(shown) and len(text) > len(shown):
                yield json.dumps(openai_form.piece(begun, {"content": text[len(shown) :]}))
                shown = text
        try:
            said = future.result()
            fault = said.failure
        except TooLate:
            said, fault = None, TOO_LATE
        except UserError as error:
            said, fault = None, str(error)
        except Exception:
            traceback.print_exc()
            said, fault = None, BROKEN
        if said is None or fault or not said.text.startswith(shown):
            yield json.dumps(openai_form.error(fault or "the answer was settled otherwise than it was shown", "server_error"))
            return
        self._heard(said, asked.row)
        if rest := said.text[len(shown) :]:
            yield json.dumps(openai_form.piece(begun, {"content": rest}))
        yield json.dumps(openai_form.piece(begun, {"annotations": openai_form.citations(said)}, "stop"))
        if asked.usage:
            yield json.dumps({**begun, "choices": [], "usage": openai_form.usage(said), "bakeoff": openai_form.told(said, asked.ignored)})
        yield "[DONE]"

    def _allowed(self, request: Http) -> bool:
        if self._key is None:
            return True
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent.encode(), self._key.encode())

    def _refused(self) -> Response:
        return error_reply(401, "this server needs its key as bearer token", "authentication_error", code="invalid_api_key")


async def _unknown(request: Http, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return error_reply(status, f"{request.method} {request.url.path} is not served here", "invalid_request_error")
