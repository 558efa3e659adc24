"""One reply of a judge, and an SDK's exception in words. Sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eval.judge.providers import safe_http
from eval.judge.providers.faults import Fault
from eval.judge.settings import JudgeSettings


@dataclass(frozen=True)
class Reply:
    """What came back."""

    text: str
    prompt_tokens: int | None
    """As the endpoint told; None where it did not."""
    completion_tokens: int | None
    ended: Literal["stop", "length", "filter", "refusal"] = "stop"


def readable(text: str, key: str) -> str:
    """What a judge wrote, without an echo of the key; a Fault where it holds halves of characters, which no file can keep."""
    if safe_http.HALF.search(text):
        raise Fault("the reply holds halves of characters (lone surrogates)", again=True, charged=True)
    return safe_http.without_key(text, key)


def fault_of(error: BaseException, settings: JudgeSettings, address: str) -> Fault:
    """An SDK's exception in words; `address`: where it asks without a `base_url`.

    OpenAI's and Anthropic's SDKs raise alike; the endpoint's own words may quote the key: left out.
    """
    status = getattr(error, "status_code", None)
    kind = type(error).__name__
    if kind == "APITimeoutError":
        return Fault(f"no answer within {settings.timeout_s:g} s", again=True, transport=True, charged=True)
    if kind == "APIConnectionError":
        reason, again = safe_http.connection_fault(error, settings.base_url or address)
        return Fault(reason, again=again, transport=True, charged=not _unsent(error))
    if status is None:
        return Fault("the endpoint's reply is not readable JSON", again=True, transport=True, charged=True)
    return status_fault(status, error, settings)


def status_fault(status: int, error: BaseException, settings: JudgeSettings) -> Fault:
    """What an HTTP status says of the endpoint."""
    response = getattr(error, "response", None)
    wait = safe_http.retry_after(response.headers if response is not None else {})
    if status == 429:
        return Fault("rate limited (HTTP 429)", again=True, transport=True, wait_s=wait)
    if status in (408, 409) or status >= 500:
        return Fault(f"the endpoint failed (HTTP {status})", again=True, transport=True, wait_s=wait)
    return _refused(status, error, settings)


def _refused(status: int, error: BaseException, settings: JudgeSettings) -> Fault:
    setup = ""
    if status == 403:
        where = settings.key_variable or "judge.api_key_env"
        setup = f"judge: the endpoint refuses everything it is asked (HTTP 403). Look at the rights of the key in {where}."
        return Fault("refused by the endpoint (HTTP 403)", setup=setup, alone=True)
    if status == 401:
        where = f"the environment variable {settings.key_variable}" if settings.key_variable else "judge.api_key_env"
        setup = f"judge: the endpoint refuses the key (HTTP {status}). Look at {where}."
    elif status == 404:
        setup = f"judge: the endpoint does not know the model {settings.model!r}, or judge.base_url lacks its path (HTTP 404)."
    elif "context" in str(error).lower() or status == 413:
        return Fault("the prompt is too long for the judge", lasting=True)
    return Fault(f"refused by the endpoint (HTTP {status})", setup=setup)


def _unsent(error: BaseException) -> bool:
    """Whether the request cannot have reached anyone, so that nobody can bill it."""
    cause = error.__cause__
    return type(cause).__name__ in ("ConnectError", "ConnectTimeout")
