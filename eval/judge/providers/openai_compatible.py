"""Any endpoint that speaks OpenAI's chat API (OpenAI, vLLM, Ollama, llama.cpp, LM Studio), with answers held to a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.judge.fence import Message
from eval.judge.providers import safe_http
from eval.judge.providers.faults import Fault
from eval.judge.providers.reply import Reply, fault_of, readable
from eval.judge.settings import JudgeSettings

OPENAI = "https://api.openai.com/v1"
ENDS = {"length": "length", "content_filter": "filter"}
FORMATS = ("json_schema", "json_object", "none")


class OpenAICompatible:
    """What an endpoint refuses (a parameter, a response format) is left out from then on: they differ in what they know."""

    remote = True

    def __init__(self, settings: JudgeSettings, key: str | None) -> None:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        self.model, self.parallel, self._settings = settings.model, settings.concurrency, settings
        self.arguments: Mapping[str, Any] = {
            "provider": "openai_compatible",
            "max_tokens": settings.max_tokens,
            "temperature": 0,
            **settings.thinking,
        }
        # An empty key would make the SDK look for one in the environment and send it to whatever endpoint this is.
        self._client = AsyncOpenAI(
            api_key=key or "none", base_url=settings.base_url or OPENAI, max_retries=0, timeout=settings.timeout_s,
            http_client=safe_http.client(settings.timeout_s, DefaultAsyncHttpxClient),
        )  # fmt: skip
        self._limit, self._temperature, self._format = "max_tokens", True, 0

    async def ask(self, messages: Sequence[Message], schema: dict[str, Any]) -> Reply:
        from openai import APIError

        while True:
            more = self._more(schema)
            body = {"model": self.model, "messages": list(messages), **more}
            try:
                # Plain JSON, not by `chat.completions.create`, which would check schema and answer against its types each time.
                answer = await self._client.post("/chat/completions", cast_to=object, body=body)
            except (APIError, ValueError, TypeError, LookupError, RecursionError, MemoryError) as error:
                if getattr(error, "status_code", None) not in (400, 422) or not self._adapts(str(error).lower(), more):
                    raise fault_of(error, self._settings, OPENAI) from error
            else:
                return _reply(answer, self._client.api_key)

    async def close(self) -> None:
        await self._client.close()

    def _more(self, schema: dict[str, Any]) -> dict[str, Any]:
        request: dict[str, Any] = {self._limit: self._settings.most}
        if self._settings.reasoning_effort:
            request["reasoning_effort"] = self._settings.reasoning_effort
        if self._temperature:
            request["temperature"] = 0
        if FORMATS[self._format] == "json_schema":
            form = {"name": str(schema.get("title", "verdict")), "schema": schema, "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": form}
        elif FORMATS[self._format] == "json_object":
            request["response_format"] = {"type": "json_object"}
        return request

    def _adapts(self, complaint: str, sent: dict[str, Any]) -> bool:
        """Whether the refusal names something that can be asked otherwise. Another request may have adapted it meanwhile."""
        if "max_tokens" in sent and "max_completion_tokens" in complaint:
            self._limit = "max_completion_tokens"
        elif "temperature" in sent and "temperature" in complaint:
            self._temperature = False
        elif "response_format" in sent and any(word in complaint for word in ("response_format", "json_schema", "schema", "grammar")):
            tried = FORMATS.index(sent["response_format"]["type"])
            self._format = max(self._format, tried + 1)
        else:
            return False
        return True


def _reply(answer: Any, key: str) -> Reply:
    """A Fault where the body is not what the API promises, an error among it."""
    choices = _field(answer, "choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message, usage = _field(first, "message"), _field(answer, "usage")
    if not isinstance(message, dict):
        raise Fault("the endpoint answered in another form than the API's", again=True, transport=True, charged=True)
    ended = "refusal" if message.get("refusal") else ENDS.get(str(_field(first, "finish_reason")), "stop")
    return Reply(
        text=readable(safe_http.text_of(message.get("content")) or "", key),
        prompt_tokens=safe_http.count(_field(usage, "prompt_tokens")),
        completion_tokens=safe_http.count(_field(usage, "completion_tokens")),
        ended=ended,  # type: ignore[arg-type]
    )


def _field(part: Any, name: str) -> Any:
    return part.get(name) if isinstance(part, dict) else None
