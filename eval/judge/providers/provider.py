"""The door to a judge: messages and a schema in, one reply out, whoever answers. Each request is sent once; others decide on retries."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from eval.errors import SetupError
from eval.judge.fence import Message
from eval.judge.providers.faults import Fault
from eval.judge.providers.reply import Reply
from eval.judge.providers.safe_http import key_fault
from eval.judge.settings import JudgeSettings

Generate = Callable[[str, dict[str, Any]], str]
"""Of an in-process model: prompt and JSON schema → JSON text. Called from one thread at a time."""


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
        from eval.judge.providers.anthropic import Anthropic

        return Anthropic(settings, key_of(settings))
    if settings.provider != "openai_compatible":
        from eval.judge.providers.langchain import Langchain

        return Langchain(settings, key_of(settings))
    from eval.judge.providers.openai_compatible import OpenAICompatible

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
    if fault := key_fault(key):
        raise SetupError(f"judge: the environment variable {variable} {fault}.")
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
