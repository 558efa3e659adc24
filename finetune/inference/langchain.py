"""Chat models of any provider that LangChain knows, behind an endpoint's door: budget, retries, time limits and reasons are the same.

What the provider's own package does with the network is its own business: redirects and the size of a reply are not bounded here.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from finetune.errors import SetupError
from finetune.inference import safe_http
from finetune.inference.endpoint import Answered, Endpoint, EndpointSettings, Failed
from finetune.inference.generate import Prompt
from finetune.inference.reply import Unanswered

ENDS = {"max_tokens": "length", "MAX_TOKENS": "length", "model_context_window_exceeded": "length", "SAFETY": "content_filter",
        "refusal": "content_filter", "content_filtered": "content_filter"}  # fmt: skip
"""How a reply ended, in each provider's words, as OpenAI says it."""


class LangchainEndpoint(Endpoint):
    """One model of one provider, by LangChain's `init_chat_model`."""

    def __init__(self, settings: EndpointSettings) -> None:
        super().__init__(settings)
        self._models: dict[tuple[int, str], Any] = {}
        self._model(16)  # a missing package or key is told before anything is asked

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Any]:
        """Nothing is opened: the provider's package keeps its own connections."""
        yield None

    async def tried(self, client: Any, prompt: Prompt, limit: int) -> Answered | Failed:
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                return await self.ask(client, prompt, limit)
        except TimeoutError:
            return Failed(f"no answer within {self.settings.timeout_s:g} s", again=True)
        except Unanswered as error:
            return Failed(str(error), error.again)
        except Exception as error:  # every provider's package raises in its own way
            return self._fault(error)

    async def send(self, client: Any, prompt: Prompt, limit: int) -> Any:
        asked = self._model(limit).ainvoke([(one.role, one.content) for one in prompt.messages])
        return as_openai(await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, _loop())))

    def _model(self, limit: int) -> Any:
        """The client that writes at most so many tokens, by what was learnt of the model's dialect."""
        key = (limit, self.names["temperature"])
        if key not in self._models:
            self._models[key] = chat_model(self.settings, self.key, limit, temperature=bool(self.names["temperature"]))
        return self._models[key]

    def _fault(self, error: Exception) -> Failed:
        response = getattr(error, "response", None)
        codes = (getattr(error, "status_code", None), getattr(error, "code", None), getattr(response, "status_code", None))
        status = next((code for code in codes if isinstance(code, int)), 0)
        said = " ".join(safe_http.without_key(f"{type(error).__name__}: {error}", self.key).split())[:200]
        if not status:
            names = " ".join(kind.__name__ for kind in type(error).__mro__)
            lost = any(word in names for word in ("Connect", "Timeout", "Transport"))
            return Failed(said, again=lost, unreached=lost)
        again = status in (408, 409, 429) or status >= 500
        wait = safe_http.retry_after(getattr(response, "headers", None) or {}) or 0.0
        return Failed(f"HTTP {status}: {said}"[:200], again, wait, status, str(error))


def chat_model(settings: EndpointSettings, key: str | None, limit: int, *, temperature: bool) -> Any:
    """LangChain's client; SetupError where its package, its key or its provider is not there."""
    from langchain.chat_models import init_chat_model

    more: dict[str, Any] = {**thinking(settings), **settings.arguments}
    zero = 0.0 if temperature and "thinking" not in more else None
    given: dict[str, Any] = {"base_url": settings.base_url or None, "api_key": key, "temperature": zero}
    try:
        return init_chat_model(
            settings.model, model_provider=settings.provider, max_tokens=limit + settings.thinking_tokens, max_retries=0,
            timeout=settings.timeout_s, **{name: value for name, value in given.items() if value is not None}, **more,
        )  # fmt: skip
    except ImportError as error:
        raise SetupError(f"the provider {settings.provider} needs a package that is not installed: {error}") from error
    except Exception as error:
        told = " ".join(safe_http.without_key(f"{type(error).__name__}: {error}", key).split())[:400]
        raise SetupError(f"the provider {settings.provider} cannot be used: {told}") from error


def thinking(settings: EndpointSettings) -> dict[str, Any]:
    """How each provider is told how much to think; without an entry the budget only widens the limit of tokens."""
    found: dict[str, Any] = {"reasoning_effort": settings.reasoning_effort} if settings.reasoning_effort else {}
    if settings.thinking_tokens and settings.provider in ("anthropic", "bedrock_converse"):
        found["thinking"] = {"type": "enabled", "budget_tokens": settings.thinking_tokens}
    elif settings.thinking_tokens and settings.provider in ("google_genai", "google_vertexai"):
        found["thinking_budget"] = settings.thinking_tokens
    return found


def as_openai(message: Any) -> dict[str, Any]:
    """A LangChain message as OpenAI's API would have put it, so that one function reads both; thoughts are no part of the text."""
    meta, usage = getattr(message, "response_metadata", None) or {}, getattr(message, "usage_metadata", None) or {}
    ended = next((meta[name] for name in ("finish_reason", "stop_reason", "done_reason", "stopReason") if meta.get(name)), None)
    extra = getattr(message, "additional_kwargs", None) or {}
    told = {name: extra[name] for name in ("refusal", "reasoning_content") if extra.get(name)}
    return {
        "choices": [{"finish_reason": ENDS.get(str(ended), ended), "message": {"content": getattr(message, "content", None), **told}}],
        "usage": {"prompt_tokens": usage.get("input_tokens"), "completion_tokens": usage.get("output_tokens")},
    }


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One event loop for as long as the process lives: providers' packages keep connections, which belong to the loop they were made in."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, daemon=True).start()
    return made
