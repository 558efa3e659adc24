"""A system behind an address: POST `{"id", "input"}`, JSON back. At most so many at once, retried, timed; one bad reply is one row's."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from finetune.inference import safe_http
from pipeline.errors import UserError
from pipeline.experiment.systems_section import System
from pipeline.systems.patience import Patience
from pipeline.systems.reply import Malformed, Question, Reply, failed, reply_of

LONGEST_WAIT_S = 60.0
"""A server that asks for more patience than this is not waited for."""


class _Tried(NamedTuple):
    """One try that brought no reply."""

    reason: str
    again: bool = False
    wait_s: float = 0.0


class Service:
    """One address."""

    again = True

    def __init__(self, system: System) -> None:
        """A UserError where its key is not there."""
        self._system, self._url, self._key = system, str(system.url), _key(system)

    def run(self, questions: Sequence[Question], on_reply: Callable[[Question, Reply], None]) -> None:
        """The reply to each question as it comes."""
        asyncio.run(self._run(questions, on_reply))

    async def _run(self, questions: Sequence[Question], on_reply: Callable[[Question, Reply], None]) -> None:
        from openai import DefaultAsyncHttpxClient

        gate, patience = asyncio.Semaphore(self._system.concurrency), Patience()
        async with safe_http.client(self._system.timeout_s, DefaultAsyncHttpxClient) as client:
            client.follow_redirects = False

            async def one(question: Question) -> None:
                async with gate:
                    reply = failed(patience.hopeless) if patience.hopeless else await self._asked(client, question)
                    patience.saw(reply)
                    on_reply(question, reply)

            await asyncio.gather(*(one(question) for question in questions))

    async def _asked(self, client: Any, question: Question) -> Reply:
        tried = _Tried("")
        for number in range(self._system.retries + 1):
            found = await self._tried(client, question)
            if isinstance(found, Reply):
                return found
            tried = found
            if not tried.again:
                break
            if tried.wait_s > LONGEST_WAIT_S:
                return failed(self._masked(f"{tried.reason}; the server asks to wait {tried.wait_s:.0f} s"))
            if number < self._system.retries:
                await asyncio.sleep(max(tried.wait_s, random.uniform(0.5, 1.0) * min(LONGEST_WAIT_S, 0.5 * 2**number)))
        return failed(self._masked(tried.reason))

    async def _tried(self, client: Any, question: Question) -> Reply | _Tried:
        """One try; whatever goes wrong with it is this row's."""
        try:
            async with asyncio.timeout(self._system.timeout_s):
                began = time.perf_counter()
                response = await client.post(self._url, json=question.to_json(), headers=self._headers())
                body, seconds = await response.aread(), time.perf_counter() - began
        except TimeoutError:
            return _Tried(f"no reply within {self._system.timeout_s:g} s", again=True)
        except Exception as error:  # whatever the client or the stream makes of what came
            return _Tried(*safe_http.connection_fault(error, self._url))
        if not 200 <= response.status_code < 300:
            return _refused(response, body)
        try:
            reply = reply_of(json.loads(body.decode("utf-8")))
        except Malformed as error:
            return _Tried(str(error), again=True)
        except (ValueError, RecursionError, MemoryError):
            return _Tried("the reply is not readable JSON", again=True)
        masked = replace(reply, text=self._masked(reply.text))
        return masked if masked.seconds is not None else replace(masked, seconds=seconds)

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._key}"} if self._key else {}

    def _masked(self, text: str) -> str:
        return safe_http.without_key(text, self._key)


def _refused(response: Any, body: bytes) -> _Tried:
    code = response.status_code
    if 300 <= code < 400:
        return _Tried(f"HTTP {code}: the server sends us on, which is not followed; set url to where it is")
    said = " ".join(body[:2000].decode("utf-8", "replace").split())[:150]
    again = code in (408, 409, 429) or code >= 500
    return _Tried(f"HTTP {code}{f': {said}' if said else ''}", again, safe_http.retry_after(response.headers) or 0.0)


def _key(system: System) -> str | None:
    """From the environment; None where the service asks for none."""
    if system.api_key_env is None:
        return None
    where = f"systems.{system.name}.api_key_env"
    if not (key := os.environ.get(system.api_key_env, "").strip()):
        raise UserError(f"the environment variable {system.api_key_env} is not set.", where=where, remedy="It must hold the service's key.")
    if fault := safe_http.key_fault(key):
        raise UserError(f"the environment variable {system.api_key_env} {fault}.", where=where)
    return key
