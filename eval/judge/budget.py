"""A judge's budget: what may be spent, is reserved and is spent. A request whose worst case would exceed the cap is not sent.

A request is first reserved at an upper bound of its cost: a token is at least one byte of what is sent, and an answer has at most
`max_tokens`. Afterwards the reservation gives way to the usage the endpoint reports. Where none was reported although the request may
have been billed (a timeout, a connection that broke), the bound itself counts as spent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from eval.judge.providers.faults import Fault

SPENT = "budget spent"


@dataclass(frozen=True)
class Tokens:
    """Of one request."""

    prompt: int
    completion: int

    @property
    def total(self) -> int:
        return self.prompt + self.completion


@dataclass(frozen=True)
class Spent:
    """What a judge has cost."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    money: float | None = None
    """In the currency of the prices; None where no prices were given."""
    at_most: int = 0
    """Requests that count at their upper bound, because the endpoint told no usage."""

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


class Budget:
    """One ledger for all requests of a run; belongs to one event loop."""

    def __init__(
        self, caps: Mapping[str, float], prices: Mapping[str, float], spent: Spent, write: Callable[[Tokens, bool], None] | None = None
    ) -> None:
        """`spent`: by earlier sessions; `write(tokens, known)` keeps each further request."""
        self._caps, self._prices = dict(caps), dict(prices)
        self._write = write or (lambda tokens, known: None)
        self._waiting: list[Tokens] = []
        self._over = False
        self._queue: list[asyncio.Future[None]] = []
        self._queued = 0
        self._before = self.spent = replace(spent, money=self._money(Tokens(spent.prompt_tokens, spent.completion_tokens)))

    @property
    def session(self) -> Spent:
        """Without what earlier sessions spent."""
        now, then = self.spent, self._before
        tokens = Tokens(now.prompt_tokens - then.prompt_tokens, now.completion_tokens - then.completion_tokens)
        return Spent(now.requests - then.requests, tokens.prompt, tokens.completion, self._money(tokens), now.at_most - then.at_most)

    async def reserve(self, bound: Tokens) -> None:
        """Waits for requests under way where their settling may make room; a Fault where there is none left.

        After the first that found none, no other gets any: else the short prompts alone would still be judged.
        """
        if self._queued:
            await asyncio.sleep(0)  # whoever waits already looks first
        while not self._over and not self._fits(bound, with_waiting=True) and self._fits(bound, with_waiting=False):
            await self._settled()
        if self._over or not self._fits(bound, with_waiting=True):
            self._over = True
            self._wake()
            raise Fault(SPENT)
        self._waiting.append(bound)

    def settle(self, bound: Tokens, used: Tokens | None, charged: bool) -> None:
        """The reserved request has ended: with a usage, without one though it may be billed (`charged`), or unbilled."""
        self._waiting.remove(bound)
        if used is not None or charged:
            self._add(used or bound, known=used is not None)
        self._wake()

    async def _settled(self) -> None:
        """Until any request under way has ended."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(ended)
        self._queued += 1
        try:
            await ended
        finally:
            self._queued -= 1

    def _wake(self) -> None:
        """All that wait for room look again, in their order."""
        queue, self._queue = self._queue, []
        for ended in queue:
            if not ended.done():
                ended.set_result(None)

    def _add(self, tokens: Tokens, known: bool) -> None:
        spent = self.spent
        prompt, completion = spent.prompt_tokens + tokens.prompt, spent.completion_tokens + tokens.completion
        money = self._money(Tokens(prompt, completion))
        self.spent = Spent(spent.requests + 1, prompt, completion, money, spent.at_most + (not known))
        self._write(tokens, known)

    def _fits(self, bound: Tokens, with_waiting: bool) -> bool:
        held = [bound, *self._waiting] if with_waiting else [bound]
        prompt = self.spent.prompt_tokens + sum(tokens.prompt for tokens in held)
        completion = self.spent.completion_tokens + sum(tokens.completion for tokens in held)
        if prompt + completion > self._caps.get("tokens", float("inf")):
            return False
        money = self._money(Tokens(prompt, completion))
        return money is None or money <= self._caps.get("money", float("inf"))

    def _money(self, tokens: Tokens) -> float | None:
        return money(tokens, self._prices)


def money(tokens: Tokens, prices: Mapping[str, float]) -> float | None:
    """What they cost at prices for a million `input` and `output` tokens; None without prices."""
    if not prices:
        return None
    return (tokens.prompt * prices.get("input", 0.0) + tokens.completion * prices.get("output", 0.0)) / 1e6
