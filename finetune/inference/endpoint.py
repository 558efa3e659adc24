"""Prompts → answers of a model behind an OpenAI-compatible chat API, row by row: at most so many at once, retried, timed, within a budget.

What cannot be had ends as a row with its `failure`, never as an empty answer. The key comes from an environment variable and stands
in no result or message. Choices are not scored here: such an API gives no likelihoods, so the answer is written.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from finetune.errors import SetupError, Stopped
from finetune.inference.generate import Generation, Prompt

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LONGEST_WAIT_S = 60.0
"""A server that asks for more patience than this is not waited for."""
HOPELESS = (401, 403, 404)
"""What every further request would meet too: no right, or no such model."""


@dataclass(frozen=True)
class EndpointSettings:
    """Where to ask, and how much; the defaults stand in the experiment file's section `endpoints`."""

    base_url: str
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key; None: the server asks for none."""
    concurrency: int = 4
    timeout_s: float = 60.0
    """Of one try."""
    retries: int = 4
    prices: Mapping[str, float] = field(default_factory=dict)
    """Money a million tokens, `input` and `output`."""
    budget: Mapping[str, float] = field(default_factory=dict)
    """`tokens` and `money` at most; both count what the server reports, or an estimate where it reports nothing."""


class Budget:
    """What was spent and what is under way. A request that might exceed the budget is not sent."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._prices, self._limits = settings.prices, settings.budget
        self.spent = dict.fromkeys(("tokens", "money"), 0.0)
        self._reserved = dict.fromkeys(("tokens", "money"), 0.0)

    def refuses(self, sent: int, written: int) -> str:
        """Why a request of so many tokens may not be sent; empty: it may."""
        for unit, more in self._cost(sent, written).items():
            if unit in self._limits and self.spent[unit] + self._reserved[unit] + more > self._limits[unit]:
                return f"the budget of {self._limits[unit]:g} {unit} is used up"
        return ""

    def reserve(self, sent: int, written: int, sign: int = 1) -> None:
        for unit, more in self._cost(sent, written).items():
            self._reserved[unit] += sign * more

    def spend(self, sent: int, written: int) -> None:
        for unit, more in self._cost(sent, written).items():
            self.spent[unit] += more

    def _cost(self, sent: int, written: int) -> dict[str, float]:
        money = (sent * self._prices.get("input", 0.0) + written * self._prices.get("output", 0.0)) / 1e6
        return {"tokens": float(sent + written), "money": money}


@dataclass(frozen=True)
class _Answer:
    text: str
    sent: int
    written: int
    seconds: float


class _Unanswered(Exception):
    """A row for which no answer could be had; the message is its reason."""


class Endpoint:
    """One model behind one address."""

    def __init__(self, settings: EndpointSettings) -> None:
        if "money" in settings.budget and not settings.prices:
            raise SetupError(f"a budget in money needs the prices of {settings.model} (price_per_million)")
        self.settings, self.budget = settings, Budget(settings)
        self._key = _key(settings)
        self._hopeless = ""
        self._names = {"limit": "max_tokens", "temperature": "temperature"}

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
        from openai import AsyncOpenAI

        gate, stopped = asyncio.Semaphore(self.settings.concurrency), False
        async with AsyncOpenAI(
            api_key=self._key, base_url=self.settings.base_url, timeout=self.settings.timeout_s, max_retries=0
        ) as client:

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

    async def _row(self, client: AsyncOpenAI, prompt: Prompt, limit: int) -> Generation:
        try:
            answer = await self._within_budget(client, prompt, limit)
        except _Unanswered as error:
            return Generation(prompt.id, "", 0, 0, 0.0, 1, failure=str(error))
        return Generation(prompt.id, answer.text.strip(), answer.sent, answer.written, answer.seconds, 1)

    async def _within_budget(self, client: AsyncOpenAI, prompt: Prompt, limit: int) -> _Answer:
        sent = _guess_tokens(prompt)
        if reason := self._hopeless or self.budget.refuses(sent, limit):
            raise _Unanswered(reason)
        self.budget.reserve(sent, limit)
        try:
            return await self._with_retries(client, prompt, limit)
        finally:
            self.budget.reserve(sent, limit, -1)

    async def _with_retries(self, client: AsyncOpenAI, prompt: Prompt, limit: int) -> _Answer:
        import openai

        for tried in range(self.settings.retries + 1):
            used = dict(self._names)
            try:
                return await self._ask(client, prompt, limit)
            except openai.APIStatusError as error:
                reason, wait = self._status(error), _retry_after(error.response.headers)
                if error.status_code in HOPELESS:
                    self._hopeless = reason
                if self._speaks_otherwise(error, used):
                    continue
                if error.status_code not in (408, 409, 429) and error.status_code < 500:
                    break
            except openai.APIConnectionError as error:
                late = isinstance(error, openai.APITimeoutError)
                reason, wait = f"no answer within {self.settings.timeout_s:g} s" if late else "no connection, or cut off in the middle", 0.0
            if wait > LONGEST_WAIT_S:
                raise _Unanswered(f"{reason}; the server asks to wait {wait:.0f} s")
            if tried < self.settings.retries:
                await asyncio.sleep(max(wait, random.uniform(0.5, 1.0) * min(LONGEST_WAIT_S, 0.5 * 2**tried)))
        raise _Unanswered(reason)

    async def _ask(self, client: AsyncOpenAI, prompt: Prompt, limit: int) -> _Answer:
        """One try. `seconds` are this try's alone: waiting for one's turn is not the model's latency."""
        import openai

        began = time.perf_counter()
        turns = [{"role": message.role, "content": message.content} for message in prompt.messages]
        values: dict[str, Any] = {self._names["limit"]: limit} | ({"temperature": 0.0} if self._names["temperature"] else {})
        create: Any = client.chat.completions.create
        try:
            reply = await create(model=self.settings.model, messages=turns, **values)
        except (openai.APIResponseValidationError, ValueError) as error:
            raise _Unanswered("the answer is not readable JSON") from error
        seconds = time.perf_counter() - began
        choice = (getattr(reply, "choices", None) or [None])[0]
        if choice is None or choice.message is None:
            raise _Unanswered("the reply holds no answer")
        usage, text = getattr(reply, "usage", None), choice.message.content
        sent = usage.prompt_tokens if usage else _guess_tokens(prompt)
        written = usage.completion_tokens if usage else len((text or "").encode()) // 3
        self.budget.spend(sent, written)
        refusal = getattr(choice.message, "refusal", None)
        if choice.finish_reason == "content_filter" or refusal or text is None:
            raise _Unanswered(f"the model refused ({refusal or choice.finish_reason})"[:200])
        return _Answer(text, sent, written, seconds)

    def _speaks_otherwise(self, error: Any, used: dict[str, str]) -> bool:
        """Newer models take `max_completion_tokens` and no temperature: learnt from the first refusal, by all rows under way."""
        if error.status_code == 400 and "max_completion_tokens" in str(error.message):
            self._names["limit"] = "max_completion_tokens"
        elif error.status_code == 400 and "temperature" in str(error.message):
            self._names["temperature"] = ""
        return self._names != used

    def _status(self, error: Any) -> str:
        said = str(error.message)
        return f"HTTP {error.status_code}: {said.replace(self._key, '…') if self.settings.api_key_env else said}"[:200]


def _key(settings: EndpointSettings) -> str:
    if settings.api_key_env is None:
        return "none"
    key = os.environ.get(settings.api_key_env, "").strip()
    if not key:
        raise SetupError(f"the environment variable {settings.api_key_env} is not set; it must hold the key of {settings.base_url}")
    return key


def _guess_tokens(prompt: Prompt) -> int:
    """About a token for three bytes: rather too many than too few."""
    return sum(len(message.content.encode()) // 3 + 8 for message in prompt.messages)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks to wait, as a number or as a date (RFC 9110, 10.2.3); 0 where it does not."""
    value = headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp())
