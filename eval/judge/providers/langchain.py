"""Judges of any provider that LangChain knows. The verdict comes as structured output, in whatever way the provider's package makes it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from eval.errors import SetupError
from eval.judge.fence import Message
from eval.judge.providers import safe_http
from eval.judge.providers.faults import Fault
from eval.judge.providers.reply import Reply, readable, status_fault
from eval.judge.settings import JudgeSettings

ENDS = {"max_tokens": "length", "length": "length", "MAX_TOKENS": "length", "content_filter": "filter", "SAFETY": "filter",
        "refusal": "refusal"}  # fmt: skip


class Langchain:
    """One model of one provider, by `init_chat_model`."""

    remote = True

    def __init__(self, settings: JudgeSettings, key: str | None) -> None:
        from langchain.chat_models import init_chat_model

        given: dict[str, Any] = {"base_url": settings.base_url, "api_key": key}
        self.model, self.parallel, self._settings, self._key = settings.model, settings.concurrency, settings, key or ""
        self.arguments: Mapping[str, Any] = {
            "provider": settings.provider,
            "max_tokens": settings.max_tokens,
            "temperature": 0,
            **settings.thinking,
        }
        try:
            self._client = init_chat_model(
                settings.model, model_provider=settings.provider, max_tokens=settings.most, max_retries=0, **_thinking(settings),
                timeout=settings.timeout_s, **{name: value for name, value in given.items() if value is not None},
            )  # fmt: skip
        except ImportError as error:
            raise SetupError(f"judge.provider {settings.provider} needs a package that is not installed: {error}") from error
        except Exception as error:
            told = " ".join(safe_http.without_key(f"{type(error).__name__}: {error}", key).split())[:400]
            raise SetupError(f"judge.provider {settings.provider} cannot be used: {told}") from error

    async def ask(self, messages: Sequence[Message], schema: dict[str, Any]) -> Reply:
        form = {"title": "verdict", "description": "The result of the task.", **schema}
        try:
            asked = self._client.with_structured_output(form, include_raw=True).ainvoke([(m["role"], m["content"]) for m in messages])
            said = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, _loop()))
        except Exception as error:  # every provider's package raises in its own way
            raise self._fault(error) from error
        return self._reply(said)

    async def close(self) -> None:
        pass

    def _reply(self, said: Any) -> Reply:
        raw, parsed = said.get("raw"), said.get("parsed")
        usage, meta = getattr(raw, "usage_metadata", None) or {}, getattr(raw, "response_metadata", None) or {}
        text = json.dumps(parsed, ensure_ascii=False) if parsed is not None else safe_http.text_of(getattr(raw, "content", "")) or ""
        ended = next((str(meta[name]) for name in ("finish_reason", "stop_reason", "done_reason") if meta.get(name)), "")
        return Reply(
            readable(text, self._key), safe_http.count(usage.get("input_tokens")), safe_http.count(usage.get("output_tokens")),
            ENDS.get(ended, "stop"),  # type: ignore[arg-type]
        )  # fmt: skip

    def _fault(self, error: Exception) -> Fault:
        response = getattr(error, "response", None)
        status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
        if isinstance(status, int):
            return status_fault(status, error, self._settings)
        names = " ".join(kind.__name__ for kind in type(error).__mro__)
        lost = any(word in names for word in ("Connect", "Timeout", "Transport"))
        return Fault(f"the provider's package failed ({type(error).__name__})", again=lost, transport=True, charged=not lost)


def _thinking(settings: JudgeSettings) -> dict[str, Any]:
    """As the provider's package takes it; some that think refuse a temperature."""
    told: dict[str, Any] = {"reasoning_effort": settings.reasoning_effort} if settings.reasoning_effort else {}
    if settings.thinking_tokens and settings.provider == "bedrock_converse":
        return {**told, "thinking": {"type": "enabled", "budget_tokens": settings.thinking_tokens}}
    if settings.thinking_tokens and settings.provider in ("google_genai", "google_vertexai"):
        told["thinking_budget"] = settings.thinking_tokens
    return {**told, "temperature": 0}


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One event loop for as long as the process lives: providers' packages keep connections, which belong to the loop they were made in."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, daemon=True).start()
    return made
