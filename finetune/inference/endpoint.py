"""Prompts → answers of a model behind an OpenAI-compatible chat API, row by row: at most so many at once, retried, timed, within a budget.

What cannot be had ends as a row with its `failure`, never as an empty answer. The key comes from an environment variable and stands
in no result or message. Choices are not scored here: such an API gives no likelihoods, so the answer is written.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from finetune.errors import SetupError, Stopped
from finetune.inference import safe_http
from finetune.inference.budget import Budget
from finetune.inference.generate import Generation, Prompt
from finetune.inference.reply import Unanswered, answer, usage, was_cut

LONGEST_WAIT_S = 60.0
"""A server that asks for more patience than this is not waited for."""
REFUSED_AT_FIRST = 8
"""Rows of which the first so many are all refused, or find no server: then the others are not asked."""


@dataclass(frozen=True)
class EndpointSettings:
    """Where to ask, and how much; the defaults stand in the experiment file's section `endpoints`."""

    base_url: str
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key; None: the server asks for none."""
    concurrency: int = 4
    timeout_s: float = 120.0
    """Of one try, from sending it to the last byte of the answer."""
    retries: int = 4
    prices: Mapping[str, float] = field(default_factory=dict)
    """Money a million tokens, `input` and `output`."""
    provider: str = "openai_compatible"
    """Else as LangChain's `init_chat_model` names it; see `finetune.inference.langchain`."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of the provider's client."""
    reasoning_effort: str | None = None
    thinking_tokens: int = 0
    """What it may think beside the answer; counted with what it writes."""
    budget: Mapping[str, float] = field(default_factory=dict)
    """`tokens` and `money` at most; both count what the server reports, or an estimate where it reports nothing."""


@dataclass(frozen=True)
class Answered:
    text: str
    sent: int
    written: int
    seconds: float
    cut: bool


@dataclass(frozen=True)
class Failed:
    """One try that brought no answer."""

    reason: str
    again: bool
    wait_s: float = 0.0
    status: int = 0
    """Of HTTP; 0 where there was none."""
    said: str = ""
    """The server's own words, for what they teach about its dialect."""
    unreached: bool = False
    """Nobody was there to be asked."""


class Endpoint:
    """One model behind one address."""

    def __init__(self, settings: EndpointSettings) -> None:
        if "money" in settings.budget and not settings.prices:
            raise SetupError(f"a budget in money needs the prices of {settings.model} (price_per_million)")
        if (settings.base_url or settings.provider == "openai_compatible") and (fault := safe_http.address_fault(settings.base_url)):
            raise SetupError(f"base_url {fault}")
        self.settings, self.budget = settings, Budget(settings.prices, settings.budget)
        self.key = key_of(settings.base_url, settings.api_key_env)
        self._hopeless, self._answered, self._refused = "", False, 0
        self.names = {"limit": "max_tokens", "temperature": "temperature"}

    def run(
        self, prompts: Sequence[Prompt], max_new_tokens: int,
        on_result: Callable[[Generation], None] = lambda result: None, should_stop: Callable[[], bool] = lambda: False,
    ) -> list[Generation]:  # fmt: skip
        """An answer or a failure for every prompt, in their order; `on_result` gets each as it comes, to be stored at once.

        Raises Stopped when `should_stop` says so; what is under way is finished and handed to `on_result` first.
        """
        return asyncio.run(self._run(prompts, max_new_tokens, on_result, should_stop))

    async def _run(
        self, prompts: Sequence[Prompt], limit: int, on_result: Callable[[Generation], None], should_stop: Callable[[], bool]
    ) -> list[Generation]:
        gate, stopped = asyncio.Semaphore(self.settings.concurrency), False
        async with self.opened() as client:

            async def one(prompt: Prompt) -> Generation | None:
                nonlocal stopped
                async with gate:
                    stopped = stopped or should_stop()
                    if stopped:
                        return None
                    result = await self._row(client, prompt, limit)
                    on_result(result)
                    return result

            results = await asyncio.gather(*(one(prompt) for prompt in prompts))
        if stopped:
            raise Stopped
        return [result for result in results if result is not None]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Any]:
        """The client that is asked by."""
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        async with AsyncOpenAI(
            api_key=self.key or "none", base_url=self.settings.base_url, timeout=self.settings.timeout_s, max_retries=0,
            http_client=safe_http.client(self.settings.timeout_s, DefaultAsyncHttpxClient),
        ) as client:  # fmt: skip
            yield client

    async def _row(self, client: Any, prompt: Prompt, limit: int) -> Generation:
        try:
            found = await self._within_budget(client, prompt, limit)
        except Unanswered as error:
            reason = safe_http.HALF.sub("\ufffd", safe_http.without_key(str(error), self.key))
            return Generation(prompt.id, "", 0, 0, 0.0, 1, failure=reason)
        self._answered = True
        text = safe_http.without_key(found.text, self.key)
        return Generation(prompt.id, text, found.sent, found.written, found.seconds, 1, cut=found.cut)

    async def _within_budget(self, client: Any, prompt: Prompt, limit: int) -> Answered:
        if any(safe_http.HALF.search(message.content) for message in prompt.messages):
            raise Unanswered("the prompt holds halves of characters (lone surrogates), which cannot be sent")
        sent = _guess_tokens(prompt)
        most = limit + self.settings.thinking_tokens
        if reason := self._hopeless or self.budget.refuses(sent, most):
            raise Unanswered(reason)
        self.budget.reserve(sent, most)
        try:
            return await self._with_retries(client, prompt, limit)
        finally:
            self.budget.reserve(sent, most, -1)

    async def _with_retries(self, client: Any, prompt: Prompt, limit: int) -> Answered:
        for tried in range(self.settings.retries + 1):
            used = dict(self.names)
            found = await self.tried(client, prompt, limit)
            if isinstance(found, Answered):
                return found
            failed = found
            if self._speaks_otherwise(failed, used):
                continue
            if not failed.again or self.budget.refuses(0, 0):
                break
            if failed.wait_s > LONGEST_WAIT_S:
                raise Unanswered(f"{failed.reason}; the server asks to wait {failed.wait_s:.0f} s")
            if tried < self.settings.retries:
                await asyncio.sleep(max(failed.wait_s, random.uniform(0.5, 1.0) * min(LONGEST_WAIT_S, 0.5 * 2**tried)))
        self._learn(failed)
        raise Unanswered(failed.reason)

    async def tried(self, client: Any, prompt: Prompt, limit: int) -> Answered | Failed:
        """One try; whatever goes wrong with it is this row's."""
        import openai

        try:
            async with asyncio.timeout(self.settings.timeout_s):
                return await self.ask(client, prompt, limit)
        except openai.APIStatusError as error:
            again = error.status_code in (408, 409, 429) or error.status_code >= 500
            wait = safe_http.retry_after(error.response.headers) or 0.0
            return Failed(self._status(error), again, wait, error.status_code, str(error.message))
        except (TimeoutError, openai.APITimeoutError):
            return Failed(f"no answer within {self.settings.timeout_s:g} s", again=True)
        except openai.APIConnectionError as error:
            reason, again = safe_http.connection_fault(error, self.settings.base_url)
            return Failed(reason, again, unreached=reason.startswith("no connection"))
        except Unanswered as error:
            return Failed(str(error), error.again)
        except (openai.OpenAIError, ValueError, TypeError, LookupError, RecursionError, MemoryError):
            self._spend(prompt, limit, None)
            return Failed("the reply is not readable JSON", again=True)

    async def ask(self, client: Any, prompt: Prompt, limit: int) -> Answered:
        """One request. `seconds` are this one's alone: waiting for one's turn is not the model's latency."""
        began = time.perf_counter()
        reply = await self.send(client, prompt, limit)
        seconds = time.perf_counter() - began
        sent, written = self._spend(prompt, limit, reply)
        return Answered(answer(reply), sent, written, seconds, was_cut(reply))

    async def send(self, client: Any, prompt: Prompt, limit: int) -> Any:
        """The reply as plain values. Not by `chat.completions.create`, whose types promise what a server may not keep."""
        return await client.post("/chat/completions", cast_to=object, body=self.body(prompt, limit))

    def body(self, prompt: Prompt, limit: int) -> dict[str, Any]:
        """What is sent."""
        effort = self.settings.reasoning_effort
        return {
            "model": self.settings.model,
            "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
            self.names["limit"]: limit + self.settings.thinking_tokens,
            **({"temperature": 0.0} if self.names["temperature"] else {}),
            **({"reasoning_effort": effort} if effort else {}),
            **self.settings.arguments,
        }

    def _spend(self, prompt: Prompt, limit: int, reply: Any) -> tuple[int, int]:
        """What this reply is charged with: what the server told, else a guess that is rather too high."""
        told = usage(reply)
        sent = _guess_tokens(prompt) if told.sent is None else told.sent
        most = limit + self.settings.thinking_tokens
        guess = most if reply is None else min(most, len(str(reply)) // 3)
        written = guess if told.written is None else told.written
        self.budget.spend(sent, written)
        return sent, written

    def _learn(self, failed: Failed) -> None:
        """A refused key ends the asking; so does a refusal of all, or an address where nobody is."""
        if failed.status == 401:
            self._hopeless = failed.reason
        elif (400 <= failed.status < 500 and not failed.again) or failed.unreached:
            self._refused += 1
            if not self._answered and self._refused >= REFUSED_AT_FIRST:
                self._hopeless = f"{failed.reason} (as the first {REFUSED_AT_FIRST} rows that were asked)"

    def _speaks_otherwise(self, failed: Failed, used: dict[str, str]) -> bool:
        """Newer models take `max_completion_tokens` and no temperature: learnt from the first refusal, by all rows under way."""
        if failed.status == 400 and "max_completion_tokens" in failed.said:
            self.names["limit"] = "max_completion_tokens"
        elif failed.status == 400 and "temperature" in failed.said:
            self.names["temperature"] = ""
        return self.names != used

    def _status(self, error: Any) -> str:
        said = " ".join(safe_http.without_key(str(error.message), self.key).split())
        if error.status_code == 401:
            return f"HTTP 401, the server refuses the key of {self.settings.api_key_env or 'none (api_key_env is not set)'}: {said}"[:200]
        return f"HTTP {error.status_code}: {said}"[:200]


def key_of(base_url: str, variable: str | None) -> str | None:
    """The key that the environment variable holds; None where the server asks for none. SetupError where it is not there."""
    if variable is None:
        return None
    if fault := safe_http.variable_fault(variable):
        raise SetupError(f"api_key_env {fault}")
    if not (key := os.environ.get(variable, "").strip()):
        raise SetupError(f"the environment variable {variable} is not set; it must hold the key of {base_url}")
    if fault := safe_http.key_fault(key):
        raise SetupError(f"the environment variable {variable} {fault}")
    return key


def _guess_tokens(prompt: Prompt) -> int:
    """About a token for three bytes: rather too many than too few."""
    return sum(len(message.content.encode()) // 3 + 8 for message in prompt.messages)
