"""The door to a judge: messages and a schema in, one reply out, whoever answers. Each request is sent once; others decide on retries."""

from __future__ import annotations

import asyncio
import email.utils
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from eval.errors import SetupError
from eval.judge.faults import Fault
from eval.judge.fence import Message
from eval.judge.settings import JudgeSettings

Generate = Callable[[str, dict[str, Any]], str]
"""Of an in-process model: prompt and JSON schema → JSON text. Called from one thread at a time."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    text: str
    prompt_tokens: int | None
    """As the endpoint told; None where it did not."""
    completion_tokens: int | None
    ended: Literal["stop", "length", "filter", "refusal"] = "stop"


class Provider(Protocol):
    """One judge."""

    model: str
    arguments: Mapping[str, Any]
    """What else the answer depends on; part of the key under which it is stored."""
    parallel: int
    """How many requests it can work on at once."""
    remote: bool
    """Whether a request can go astray, so that it needs a timeout."""

    async def ask(self, messages: Sequence[Message], schema: dict[str, Any]) -> Reply:
        """A Fault where there is no reply."""

    async def close(self) -> None: ...


def provider_for(settings: JudgeSettings, generate: Generate | None) -> Provider:
    """SetupError where a key, a package or the in-process model is missing."""
    if settings.provider == "in_process":
        if generate is None:
            raise SetupError("judge.provider in_process: no model was loaded to judge with.")
        return InProcess(settings, generate)
    if settings.provider == "anthropic":
        from eval.judge.anthropic import Anthropic

        return Anthropic(settings, key_of(settings))
    from eval.judge.openai_compatible import OpenAICompatible

    return OpenAICompatible(settings, key_of(settings))


def key_of(settings: JudgeSettings) -> str | None:
    """From the environment, never from a file; it is handed to the client and kept nowhere else."""
    variable = settings.key_variable
    if variable is None:
        return None
    if not (key := os.environ.get(variable, "").strip()):
        raise SetupError(
            f"judge: the environment variable {variable} is not set. Export the key there, or name another in judge.api_key_env."
        )
    return key


class InProcess:
    """A model in this process, behind a plain function; one answer at a time, no cost, and no timeout, since nothing can go astray."""

    parallel, remote = 1, False

    def __init__(self, settings: JudgeSettings, generate: Generate) -> None:
        self.model, self._generate = settings.model, generate
        self.arguments: Mapping[str, Any] = {"provider": "in_process", "max_tokens": settings.max_tokens}

    async def ask(self, messages: Sequence[Message], schema: dict[str, Any]) -> Reply:
        prompt = "\n\n".join(message["content"] for message in messages)
        said = await asyncio.to_thread(self._generate, prompt, schema)
        if not _is_json(said):
            raise Fault(f"the verdict was cut off at {self.arguments['max_tokens']} tokens", lasting=True)
        return Reply(said, 0, 0)

    async def close(self) -> None:
        pass


def _is_json(text: str) -> bool:
    """What is written under a schema is no JSON only where it was cut off."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def fault_of(error: Exception, settings: JudgeSettings) -> Fault:
    """An SDK's exception in words. OpenAI's and Anthropic's SDKs raise alike; the endpoint's own words may quote the key: left out."""
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None)
    kind = type(error).__name__
    if kind == "APITimeoutError":
        return Fault(f"no answer within {settings.timeout_s:g} s", again=True, transport=True, charged=True)
    if status is None:
        return Fault("the connection failed or broke", again=True, transport=True, charged=not _unsent(error))
    wait = retry_after(response.headers if response is not None else {})
    if status == 429:
        return Fault("rate limited (HTTP 429)", again=True, transport=True, wait_s=wait)
    if status in (408, 409) or status >= 500:
        return Fault(f"the endpoint failed (HTTP {status})", again=True, transport=True, wait_s=wait)
    return _refused(status, error, settings)


def _refused(status: int, error: Exception, settings: JudgeSettings) -> Fault:
    setup = ""
    if status in (401, 403):
        where = f"the environment variable {settings.key_variable}" if settings.key_variable else "judge.api_key_env"
        setup = f"judge: the endpoint refuses the key (HTTP {status}). Look at {where}."
    elif status == 404:
        setup = f"judge: the endpoint does not know the model {settings.model!r}, or judge.base_url lacks its path (HTTP 404)."
    elif "context" in str(error).lower() or status == 413:
        return Fault("the prompt is too long for the judge", lasting=True)
    return Fault(f"refused by the endpoint (HTTP {status})", setup=setup)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from `Retry-After`: a number or a date (RFC 9110, section 10.2.3)."""
    told = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _unsent(error: Exception) -> bool:
    """Whether the request cannot have reached anyone, so that nobody can bill it."""
    cause = error.__cause__
    return type(cause).__name__ in ("ConnectError", "ConnectTimeout")
