"""One question to a judge, until there is a verdict or a reason why there is none: stored answer, budget, retries, re-asking.

Knows nothing of metrics, rows or arms.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakValueDictionary

from pydantic import BaseModel

from eval.errors import SetupError
from eval.judge import fence
from eval.judge.budget import Budget, Tokens
from eval.judge.fence import Message
from eval.judge.providers.faults import MAX_WAIT_S, Fault
from eval.judge.providers.provider import Provider
from eval.judge.providers.reply import Reply
from eval.judge.providers.safe_http import HALF
from eval.judge.settings import JudgeSettings
from eval.judge.store import Store, Stored, key_of
from eval.judge.verdict import Answer, Unfit, parse, schema_for

Frame = Callable[[str], list[Message]]
BACKOFF_S = 0.5
"""The first pause between tries; doubled each time, with jitter."""
GIVE_UP_AFTER = 20
"""Questions in a row that end by a fault of endpoint or network: then nothing more is asked."""
REFUSED_AT_FIRST = 8
"""Questions of which the first so many are all refused: then the setup is to blame."""
OVERHEAD_TOKENS = 256
"""Of chat templates and message marks, beyond the bytes of what is sent."""


class Asker:
    """All questions of one run; belongs to one event loop."""

    def __init__(self, provider: Provider, settings: JudgeSettings, store: Store, frame: Frame = fence.fenced) -> None:
        """`frame`: how a prompt becomes messages."""
        self._provider, self._settings, self._store, self._frame = provider, settings, store, frame
        self.budget = Budget(settings.budget, settings.price_per_million, store.spent(), store.spend)
        self._slots = asyncio.Semaphore(min(settings.concurrency, provider.parallel))
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._quiet_until = 0.0
        self._faults_in_a_row = self._refused = 0
        self._answered = False

    async def ask(self, prompt: str, model: type[Answer]) -> tuple[Answer, str]:
        """The verdict and the key it is stored under; a Fault where there is none. The same question is asked once."""
        if HALF.search(prompt):
            raise Fault("the question holds halves of characters (lone surrogates), which cannot be sent")
        data, messages = fence.data_of(prompt), self._frame(prompt)
        schema = schema_for(model, data)
        key = key_of(self._provider.model, self._provider.arguments, messages, schema)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            stored = self._store.get(key)
            if stored is None:
                stored = await self._answer(messages, schema, lambda text: parse(text, model, data))
                self._store.put(key, self._provider.model, stored)
        if stored.reason:
            raise Fault(stored.reason, lasting=True)
        return parse(stored.text, model, data), key

    async def _answer(self, messages: list[Message], schema: dict[str, Any], read: Callable[[str], BaseModel]) -> Stored:
        """The judge's last word. Faults of endpoint, network and budget are raised, since they are not the judge's."""
        if self._faults_in_a_row >= GIVE_UP_AFTER:
            raise Fault(f"not asked: the endpoint failed {GIVE_UP_AFTER} times in a row", transport=True)
        asked = messages
        for attempt in range(self._settings.tries):
            last = attempt + 1 == self._settings.tries
            try:
                reply = await self._send(asked, schema)
                return _read(reply, read, self._settings)
            except Unfit as unfit:
                fault = Fault("invalid JSON" if reply.text.strip() else "empty answer", again=True, lasting=True)
                asked = _again(messages, reply.text, str(unfit))
            except Fault as failed:
                fault = failed
                if failed.again and not last:
                    last = not await self._pause(failed, attempt)
            if last or not fault.again:
                return self._failed(fault, attempt + 1)
        raise AssertionError("a judge is tried at least once")

    def _failed(self, fault: Fault, tries: int) -> Stored:
        self._refused += bool(fault.setup)
        if fault.setup and not self._answered and (not fault.alone or self._refused >= REFUSED_AT_FIRST):
            raise SetupError(fault.setup)
        reason = f"{fault.reason} ({tries} tries)" if tries > 1 else fault.reason
        if fault.lasting:
            return Stored("", reason)
        self._faults_in_a_row += fault.transport
        raise Fault(reason, transport=fault.transport)

    async def _send(self, messages: Sequence[Message], schema: dict[str, Any]) -> Reply:
        sent = sum(len(message["content"].encode()) for message in messages) + len(json.dumps(schema))
        bound = Tokens(sent + OVERHEAD_TOKENS, self._settings.most)
        while (wait := self._quiet_until - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        async with self._slots:
            await self.budget.reserve(bound)
            used, charged = None, True
            try:
                reply = await self._timed(messages, schema)
                used = _usage(reply)
            except Fault as fault:
                charged = fault.charged
                raise
            finally:
                self.budget.settle(bound, used, charged)
        self._faults_in_a_row, self._answered = 0, True
        return reply

    async def _timed(self, messages: Sequence[Message], schema: dict[str, Any]) -> Reply:
        """Against endpoints that keep a connection alive with a byte now and then, which no socket timeout notices."""
        if not self._provider.remote:
            return await self._provider.ask(messages, schema)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._provider.ask(messages, schema)
        except TimeoutError:
            raise Fault(f"no answer within {self._settings.timeout_s:g} s", again=True, transport=True, charged=True) from None

    async def _pause(self, fault: Fault, attempt: int) -> bool:
        """False where the endpoint wants a longer pause than we grant. A Retry-After holds back all questions, not this one alone."""
        if fault.wait_s is not None and fault.wait_s > MAX_WAIT_S:
            return False
        backoff = min(BACKOFF_S * 2**attempt, 30.0) * random.uniform(0.5, 1.5)
        if fault.wait_s is not None:
            self._quiet_until = max(self._quiet_until, time.monotonic() + fault.wait_s)
        await asyncio.sleep(backoff + (fault.wait_s or 0.0))
        return True


def _usage(reply: Reply) -> Tokens | None:
    if reply.prompt_tokens is None or reply.completion_tokens is None:
        return None
    return Tokens(reply.prompt_tokens, reply.completion_tokens)


def _read(reply: Reply, read: Callable[[str], BaseModel], settings: JudgeSettings) -> Stored:
    """Unfit where it can be asked again with better luck; a lasting Fault where it cannot."""
    if reply.ended == "filter":
        raise Fault("content filter", lasting=True)
    if reply.ended == "refusal":
        raise Fault("the judge refused", lasting=True)
    try:
        read(reply.text)
    except Unfit:
        if reply.ended == "length":
            raise Fault(f"the verdict was cut off at {settings.most} tokens", lasting=True) from None
        raise
    return Stored(reply.text)


def _again(messages: list[Message], text: str, complaint: str) -> list[Message]:
    """The question once more, with the answer that did not fit and why."""
    return [
        *messages,
        {"role": "assistant", "content": text or "(nothing)"},
        {"role": "user", "content": f"That is not the JSON object asked for ({complaint}). Answer the task again, with the object alone."},
    ]
