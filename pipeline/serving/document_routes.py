"""`/v1/documents`: what can be found is listed, added and taken out while the bundle serves. Needs the key; changes wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.requests import Request as Http
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipeline.errors import UserError
from pipeline.serving.engine import Engine
from pipeline.serving.http import body_of, error_reply
from pipeline.serving.openai_form import BadRequest
from pipeline.stages.sources import EXAMPLE_PREFIX

if TYPE_CHECKING:
    from retrieval.chunk import Source

LONGEST = 200
"""Characters of an id or a title."""
Answer = Callable[[], Awaitable[Response]]


class DocumentRoutes:
    """Of one server."""

    def __init__(self, engine: Engine, told: Callable[[Http, Answer], Awaitable[Response]], has_key: bool) -> None:
        """`told`: sends an answer, or what is in its way. Without a key nothing is changed: any page in a browser could ask for it."""
        self._engine, self._told, self._has_key = engine, told, has_key
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="documents")

    def routes(self) -> list[Route]:
        return [
            Route("/v1/documents", self._list), Route("/v1/documents", self._add, methods=["POST"]),
            Route("/v1/documents/{name:path}", self._remove, methods=["DELETE"]),
        ]  # fmt: skip

    async def _list(self, request: Http) -> Response:
        async def answer() -> Response:
            held = await asyncio.get_running_loop().run_in_executor(None, self._engine.documents)
            return JSONResponse({"object": "list", "data": [{"object": "document", **asdict(one)} for one in held]})

        return await self._told(request, _plainly(answer))

    async def _add(self, request: Http) -> Response:
        async def answer() -> Response:
            return await self._changed(read(await body_of(request)), ())

        return await self._told(request, _plainly(answer))

    async def _remove(self, request: Http) -> Response:
        async def answer() -> Response:
            name = request.path_params["name"]
            held = [one.id for one in await asyncio.get_running_loop().run_in_executor(None, self._engine.documents)]
            if name not in held:
                return error_reply(404, f"there is no document {name!r}", "invalid_request_error", "id")
            if held == [name]:
                raise BadRequest("this is the last document; a candidate that looks things up needs one", "id")
            return await self._changed([], [name])

        return await self._told(request, _plainly(answer))

    async def _changed(self, sources: Sequence[Source], removed: Collection[str]) -> Response:
        if not self._has_key:
            return error_reply(403, "documents are changed only on a server that has a key", "permission_error")
        change = await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.change, sources, removed)
        return JSONResponse({"object": "documents.change", "passages": asdict(change)})


def _plainly(answer: Answer) -> Answer:
    """What this candidate or its disk does not allow is the request's fault or a conflict, in words."""

    async def tried() -> Response:
        try:
            return await answer()
        except UserError as error:
            return error_reply(409, str(error), "invalid_request_error")

    return tried


def read(body: Any) -> list[Source]:
    """The documents of `{"id", "text", "title"}` or `{"documents": [...]}`; BadRequest names what is wrong."""
    from retrieval.chunk import Source

    several = body.get("documents", [body]) if isinstance(body, dict) else None
    if not isinstance(several, list) or not several:
        raise BadRequest("the body must be a document or an object with a list of documents", "documents")
    found = []
    for one in several:
        if not isinstance(one, dict) or not isinstance(one.get("text"), str) or not one["text"].strip():
            raise BadRequest("a document needs a text", "text")
        found.append(Source(_name(one.get("id"), "id"), one["text"], _name(one["title"], "title") if one.get("title") else ""))
    if len({one.id for one in found}) < len(found):
        raise BadRequest("two documents have one id", "id")
    return found


def _name(value: Any, field: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or not value.isprintable():
        raise BadRequest(f"{field} must be a text of at most {LONGEST} characters, without line breaks", field)
    if value.startswith(EXAMPLE_PREFIX):
        raise BadRequest(f"an {field} beginning with {EXAMPLE_PREFIX} is a training example's", field)
    return value
