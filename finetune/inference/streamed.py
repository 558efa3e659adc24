"""An endpoint whose answer is heard while it is written. Everything else is as with `endpoint`: retries, time limits, keys, thoughts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from finetune.errors import SetupError
from finetune.inference.endpoint import Endpoint, EndpointSettings, key_of
from finetune.inference.reply import so_far
from finetune.inference.safe_http import address_fault, without_key

if TYPE_CHECKING:
    from finetune.inference.generate import Prompt

LONGEST = 4 << 20
"""Characters of an answer at most."""
STARTS_S = 20.0
"""How long a server may take to tell its models."""


class StreamedEndpoint(Endpoint):
    """For one question."""

    def __init__(self, settings: EndpointSettings, hear: Callable[[str], None]) -> None:
        """`hear` is told the answer so far, without thoughts."""
        super().__init__(settings)
        self._hear = hear

    async def send(self, client: Any, prompt: Prompt, limit: int) -> Any:
        """The parts of the reply put together, as a reply that does not stream would be."""
        from openai import AsyncStream

        body = {**self.body(prompt, limit), "stream": True, "stream_options": {"include_usage": True}}
        stream: Any = await client.post("/chat/completions", cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object])
        text, ended, usage = "", None, None
        async for part in stream:
            if not isinstance(part, dict):
                continue
            if part.get("error"):
                return part
            usage = part.get("usage") or usage
            choices = part.get("choices")
            first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
            ended = first.get("finish_reason") or ended
            more = (first.get("delta") or {}).get("content")
            if isinstance(more, str) and more and len(text) < LONGEST:
                text += more
                self._hear(without_key(so_far(text), self.key))
        return {"choices": [{"message": {"content": text}, "finish_reason": ended}], "usage": usage}


def first_model(base_url: str, key_env: str | None) -> str:
    """The model that this server names first; a SetupError where it cannot be asked."""
    import openai

    if fault := address_fault(base_url):
        raise SetupError(f"this {fault}")
    try:
        with openai.OpenAI(base_url=base_url, api_key=key_of(base_url, key_env) or "none", timeout=STARTS_S, max_retries=0) as client:
            models = client.models.list().data or []
    except openai.APIStatusError as error:
        raise SetupError(f"the server does not tell its models (HTTP {error.status_code})") from error
    except openai.OpenAIError as error:
        raise SetupError("nothing that speaks OpenAI's API answers there") from error
    if not models or not isinstance(models[0].id, str):
        raise SetupError("the server names no model")
    return models[0].id
