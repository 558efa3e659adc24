"""Texts → vectors by an OpenAI-compatible embeddings API: so many requests at once, retried, bounded. Keeps nothing and cuts nothing.

An answer that cannot be had is the end, never a vector of zeros; the caller keeps what was answered so far and asks for the rest.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_core.embeddings import Embeddings

from finetune.errors import SetupError
from finetune.inference import safe_http
from finetune.inference.endpoint import LONGEST_WAIT_S, key_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI

BATCH = 32
"""Texts in one request."""


@dataclass(frozen=True)
class EmbeddingsSettings:
    """Where to ask; the defaults stand in the experiment file's `retrieval.embedder`."""

    base_url: str
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key; None: the server asks for none."""
    dimensions: int | None = None
    concurrency: int = 4
    timeout_s: float = 120.0
    retries: int = 4


class _Failed(NamedTuple):
    """One try that brought no vectors."""

    reason: str
    again: bool
    wait_s: float = 0.0


class EmbeddingsEndpoint(Embeddings):
    """One model behind one address."""

    def __init__(self, settings: EmbeddingsSettings) -> None:
        if fault := safe_http.address_fault(settings.base_url):
            raise SetupError(f"base_url {fault}")
        self.settings, self._key = settings, key_of(settings.base_url, settings.api_key_env)
        self.tokens = 0
        """Sent so far, as the server told; where it did not, a token for three bytes."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One for each text, in their order; a SetupError that says why where the server does not give them all."""
        return asyncio.run(self._all(texts))

    def embed_queries(self, texts: list[str]) -> list[list[float]]:
        """The same: such an API makes no difference between the two."""
        return self.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]

    async def _all(self, texts: Sequence[str]) -> list[list[float]]:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        gate = asyncio.Semaphore(self.settings.concurrency)
        async with AsyncOpenAI(
            api_key=self._key or "none", base_url=self.settings.base_url, timeout=self.settings.timeout_s, max_retries=0,
            http_client=safe_http.client(self.settings.timeout_s, DefaultAsyncHttpxClient),
        ) as client:  # fmt: skip

            async def some(batch: Sequence[str]) -> list[list[float]]:
                async with gate:
                    return await self._with_retries(client, batch)

            parts = [texts[first : first + BATCH] for first in range(0, len(texts), BATCH)]
            tasks = [asyncio.create_task(some(part)) for part in parts]
            try:
                found = await asyncio.gather(*tasks)
            except BaseException:
                for task in tasks:
                    task.cancel()
                raise
        return [vector for part in found for vector in part]

    async def _with_retries(self, client: AsyncOpenAI, texts: Sequence[str]) -> list[list[float]]:
        failed = _Failed("not asked", again=False)
        for tried in range(self.settings.retries + 1):
            found = await self._tried(client, texts)
            if not isinstance(found, _Failed):
                return found
            failed = found
            if not failed.again or failed.wait_s > LONGEST_WAIT_S or tried == self.settings.retries:
                break
            await asyncio.sleep(max(failed.wait_s, random.uniform(0.5, 1.0) * min(LONGEST_WAIT_S, 0.5 * 2**tried)))
        reason = safe_http.HALF.sub("\ufffd", safe_http.without_key(failed.reason, self._key))
        where = f"the embeddings of {self.settings.model} at {self.settings.base_url}"
        raise SetupError(f"{where} cannot be had: {reason}. What was embedded is kept; resuming the run asks for the rest")

    async def _tried(self, client: AsyncOpenAI, texts: Sequence[str]) -> list[list[float]] | _Failed:
        """One try; a reply in another form than the API's is a failure like any other."""
        import openai

        more = {} if self.settings.dimensions is None else {"dimensions": self.settings.dimensions}
        body = {"model": self.settings.model, "input": list(texts), "encoding_format": "float", **more}
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                reply: Any = await client.post("/embeddings", cast_to=object, body=body)
        except openai.APIStatusError as error:
            said = " ".join(str(error.message).split())[:150]
            again = error.status_code in (408, 409, 429) or error.status_code >= 500
            whose = f" (the key of {self.settings.api_key_env or 'none: api_key_env is not set'})" if error.status_code == 401 else ""
            return _Failed(f"HTTP {error.status_code}{whose}: {said}", again, safe_http.retry_after(error.response.headers) or 0.0)
        except (TimeoutError, openai.APITimeoutError):
            return _Failed(f"no answer within {self.settings.timeout_s:g} s", again=True)
        except openai.APIConnectionError as error:
            return _Failed(*safe_http.connection_fault(error, self.settings.base_url))
        except (openai.OpenAIError, ValueError, TypeError, LookupError, RecursionError, MemoryError):
            return _Failed("the reply is not readable JSON", again=True)
        self.tokens += _tokens(reply, texts)
        return _vectors(reply, len(texts))


def _vectors(reply: Any, count: int) -> list[list[float]] | _Failed:
    """In the order of the texts, by `index`, whatever order the server gives them in."""
    data = reply.get("data") if isinstance(reply, dict) else None
    rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    by_place = {row.get("index", place): row.get("embedding") for place, row in enumerate(rows)}
    if len(rows) != count or set(by_place) != set(range(count)):
        return _Failed(f"the reply holds {len(rows)} vectors for {count} texts", again=True)
    found: list[Any] = [by_place[place] for place in range(count)]
    if not all(isinstance(vector, list) and vector and all(_is_number(value) for value in vector) for vector in found):
        return _Failed("the reply holds vectors that are no lists of numbers", again=True)
    if len({len(vector) for vector in found}) > 1:
        return _Failed("the reply holds vectors of different lengths", again=True)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tokens(reply: Any, texts: Sequence[str]) -> int:
    usage = reply.get("usage") if isinstance(reply, dict) else None
    told = safe_http.count(usage.get("prompt_tokens")) if isinstance(usage, dict) else None
    return sum(len(text.encode("utf-8", "replace")) // 3 + 1 for text in texts) if told is None else told
