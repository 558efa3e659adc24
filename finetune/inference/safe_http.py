"""What a server that answers a model's questions may do to us: little. Also its replies' odd values, and its failures in words.

This file stands twice, word for word: in `finetune.inference` and in `eval.judge.providers`, which do not import each other (a test holds
them equal). Knows no settings, budgets or SDKs.
"""

from __future__ import annotations

import math
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Any
from urllib.parse import urljoin, urlsplit

LARGEST = 16 * 2**20
"""Bytes of a reply at most; a chat model's are some thousand."""
LARGEST_PACKED = 2**18
"""Of a compressed one, which may unpack to a thousand times as much. None is asked for."""
MOST_TOKENS = 100_000_000
"""A server that counts more in one request than this is not believed."""
SHORTEST_KEY = 8
"""Characters. A shorter key is no secret but a word (`none`, `EMPTY`), which may stand in any answer."""
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
HALF = re.compile("[\ud800-\udfff]")


class Refused(Exception):
    """A reply that is not read on; the message says why."""


def client(timeout_s: float, default: type) -> Any:
    """A client that goes to no other server and reads no more than `LARGEST`; `default`: the SDK's own class of clients."""
    httpx = import_module(default.__mro__[1].__module__.partition(".")[0])

    class Bounded(httpx.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, stream: Any, most: int) -> None:
            self._stream, self._most = stream, most

        async def __aiter__(self) -> AsyncIterator[bytes]:
            seen = 0
            async for part in self._stream:
                seen += len(part)
                if seen > self._most:
                    raise Refused(f"the reply is longer than {self._most // 1024} KiB")
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def look(response: Any) -> None:
        target = urlsplit(urljoin(str(response.request.url), response.headers.get("location", "")))
        asked = response.request.url
        if response.has_redirect_location and (target.scheme, target.netloc) != (asked.scheme, asked.netloc.decode("ascii")):
            raise Refused(f"the server sends us on to another address ({target.scheme}://{target.hostname}); set base_url to where it is")
        packing = response.headers.get("content-encoding", "identity").lower()
        if packing not in ("identity", "gzip", "deflate", ""):
            raise Refused("the reply is compressed, though that was not asked for")
        response.stream = Bounded(response.stream, LARGEST if packing in ("identity", "") else LARGEST_PACKED)

    return httpx.AsyncClient(
        timeout=timeout_s, follow_redirects=True, max_redirects=3, event_hooks={"response": [look]}, headers={"accept-encoding": "identity"}
    )  # fmt: skip


def address_fault(url: str) -> str:
    """Why nothing can be asked at this address; empty where it can. Quotes nothing of it, since a password may stand there."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address (example: https://api.example.org/v1)"
    if parts.username or parts.password or "@" in parts.netloc:
        return "holds a user name or password; a key belongs in an environment variable, named by api_key_env"
    if parts.query or parts.fragment:
        return "holds a ? or #; a key belongs in an environment variable, named by api_key_env"
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s\x00-\x1f\\<>\"{}|^`\ud800-\udfff]", url):
        return "is not an address (example: https://api.example.org/v1)"
    return ""


def variable_fault(name: str) -> str:
    """Why this is no name for the environment variable of a key; empty where it is. Does not quote it: it may be the key itself."""
    if VARIABLE.fullmatch(name):
        return ""
    return "must be the name of an environment variable (capital letters, digits and _), not the key itself"


def key_fault(key: str) -> str:
    """Why this is no key that could be sent; empty where it is. Does not quote it."""
    if key[:1] in "\"'`" or key[-1:] in "\"'`":
        return "has quotation marks around the key"
    if key.lower().startswith("bearer "):
        return "begins with the word Bearer, which is added by itself"
    if any(sign.isspace() for sign in key):
        return "holds a blank or line break inside the key"
    return "" if key.isascii() and key.isprintable() else "holds characters that no key has"


def without_key(text: str, key: str | None) -> str:
    """The text with every echo of the key masked, also of a part of it from `SHORTEST_KEY` characters on."""
    if not key or len(key) < SHORTEST_KEY:
        return text
    parts = {key[start : start + SHORTEST_KEY] for start in range(len(key) - SHORTEST_KEY + 1)}
    if not any(part in text for part in parts):
        return text
    shown, place = [], 0
    while place < len(text):
        end = place + SHORTEST_KEY
        if text[place:end] in parts:
            while end < len(text) and text[place : end + 1] in key:
                end += 1
            shown.append("[key]")
            place = end
        else:
            shown.append(text[place])
            place += 1
    return "".join(shown)


def count(value: Any) -> int | None:
    """A number of tokens as the server told it, also as text; None where it is missing, negative or absurd."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return int(number) if math.isfinite(number) and 0 <= number <= MOST_TOKENS else None


def text_of(content: Any) -> str | None:
    """A message's content as text: a string, or a list of parts of which those of type text are joined; None where there is none."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = [part if isinstance(part, str) else part.get("text") if part.get("type", "text") in ("text", "output_text") else None
             for part in content if isinstance(part, str | dict)]  # fmt: skip
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if texts else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, as a number or a date (RFC 9110, 10.2.3); None where it says nothing that can be read."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError, OverflowError, IndexError):
            return None
    return None if math.isnan(seconds) else max(0.0, seconds)


def connection_fault(error: BaseException, url: str) -> tuple[str, bool]:
    """Why no reply came, in words, and whether another try may help."""
    causes = list(_causes(error))
    refused = next((cause for cause in causes if isinstance(cause, Refused)), None)
    if refused is not None:
        return str(refused), False
    told, place = " ".join(map(str, causes)).lower(), urlsplit(url).netloc
    if "certificate" in told:
        kind = next((kind for kind in ("self-signed", "expired", "hostname mismatch", "unable to get local issuer") if kind in told), "")
        return f"no connection: the certificate of {place} is not valid{f' ({kind})' if kind else ''}", False
    if "wrong_version_number" in told or "record layer" in told or "wrong version number" in told:
        return f"no connection: {place} does not speak TLS (should base_url begin with http:// ?)", False
    if any(isinstance(cause, socket.gaierror) for cause in causes) or "name or service" in told or "name resolution" in told:
        return f"no connection: no host is called {urlsplit(url).hostname}", True
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes) or "connection attempts failed" in told:
        return f"no connection: nothing listens at {place}", True
    return "the connection failed or broke", True


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
