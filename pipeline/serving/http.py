"""What all routes of the server read and say alike: a JSON body, and errors in OpenAI's form."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request as Http
from starlette.responses import JSONResponse, Response

from pipeline.serving import openai_form
from pipeline.serving.openai_form import BadRequest

LARGEST = 4 << 20
"""Bytes of a request's body."""


async def body_of(request: Http) -> Any:
    """The JSON of a request; BadRequest where it is none, or too long."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST:
            raise BadRequest(f"the body is longer than {LARGEST >> 20} MiB")
    try:
        return json.loads(found)
    except (ValueError, RecursionError):
        raise BadRequest("the body is no JSON") from None


def error_reply(status: int, message: str, kind: str, param: str | None = None, code: str | None = None) -> Response:
    """An error in OpenAI's form."""
    return JSONResponse(openai_form.error(message, kind, param, code), status_code=status)
