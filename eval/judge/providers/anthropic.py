"""Anthropic's models by their own SDK, an optional dependency. The verdict comes as the input of a tool the model is made to call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from eval.errors import SetupError
from eval.judge.fence import Message
from eval.judge.providers import safe_http
from eval.judge.providers.faults import Fault
from eval.judge.providers.reply import Reply, fault_of, readable
from eval.judge.settings import JudgeSettings

ANTHROPIC = "https://api.anthropic.com"
ENDS = {"max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "refusal"}


class Anthropic:
    """One model behind the Messages API."""

    remote = True

    def __init__(self, settings: JudgeSettings, key: str | None) -> None:
        try:
            from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient
        except ImportError:
            raise SetupError("judge.provider anthropic needs the package anthropic: pip install 'bakeoff[anthropic]'.") from None
        self.model, self.parallel, self._settings = settings.model, settings.concurrency, settings
        self.arguments: Mapping[str, Any] = {"provider": "anthropic", "max_tokens": settings.max_tokens, **settings.thinking}
        self._client = AsyncAnthropic(
            api_key=key or "none", base_url=settings.base_url or ANTHROPIC, max_retries=0, timeout=settings.timeout_s,
            http_client=safe_http.client(settings.timeout_s, DefaultAsyncHttpxClient),
        )  # fmt: skip

    async def ask(self, messages: Sequence[Message], schema: dict[str, Any]) -> Reply:
        from anthropic import APIError

        system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
        request: dict[str, Any] = {
            "model": self.model, "max_tokens": self._settings.most, "system": system,
            "messages": [message for message in messages if message["role"] != "system"],
            **self._thinks(),
            "tools": [{"name": "verdict", "description": "Gives the result of the task.", "input_schema": schema}],
            "tool_choice": {"type": "auto"} if self._settings.thinking_tokens else {"type": "tool", "name": "verdict"},
        }  # fmt: skip
        try:
            answer = await self._client.messages.create(**request)
        except (APIError, ValueError, TypeError, LookupError, RecursionError, MemoryError) as error:
            raise fault_of(error, self._settings, ANTHROPIC) from error
        return _reply(answer, self._client.api_key or "")

    def _thinks(self) -> dict[str, Any]:
        """A model that thinks cannot be made to call the tool: it is asked to, and a reply without it is no verdict."""
        budget = self._settings.thinking_tokens
        return {"thinking": {"type": "enabled", "budget_tokens": budget}} if budget else {}

    async def close(self) -> None:
        await self._client.close()


def _reply(answer: Any, key: str) -> Reply:
    """A Fault where the body is not what the API promises; the SDK does not look."""
    content, usage = getattr(answer, "content", None), getattr(answer, "usage", None)
    if not isinstance(content, list):
        raise Fault("the endpoint answered in another form than the API's", again=True, transport=True, charged=True)
    calls = [getattr(block, "input", None) for block in content if getattr(block, "type", "") == "tool_use"]
    cached = sum(safe_http.count(getattr(usage, f"cache_{kind}_input_tokens", 0)) or 0 for kind in ("read", "creation"))
    sent = safe_http.count(getattr(usage, "input_tokens", None))
    return Reply(
        text=readable(json.dumps(calls[0], ensure_ascii=False) if calls else "", key),
        prompt_tokens=None if sent is None else sent + cached,
        completion_tokens=safe_http.count(getattr(usage, "output_tokens", None)),
        ended=ENDS.get(str(getattr(answer, "stop_reason", "")), "stop"),  # type: ignore[arg-type]
    )
