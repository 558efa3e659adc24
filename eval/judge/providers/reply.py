"""One reply of a judge, and an SDK's exception in words. Sends nothing."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
