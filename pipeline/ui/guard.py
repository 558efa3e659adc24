"""Stands before every request to the app's server: the password, what other sites may do with a page, and what is not served at all.

Where a password is set, a visitor without it gets one plain form and nothing else: no page, no upload, no download, no connection. Keeps
visitors in memory: after a restart everybody is asked again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import threading
import time
from collections import OrderedDict
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote

from pipeline.password import matches

Scope = dict[str, Any]
COOKIE = "bakeoff_visitor"
STAYS_S = 12 * 3600
"""How long a visitor who gave the password is let in."""
LONGEST_WAIT_S = 300.0
"""Between two tries from an address that gave many wrong passwords."""
FORGET_S = 3600.0
"""After its last wrong password an address starts anew."""
LONGEST_FORM = 4096
"""Bytes of the form with the password."""
KNOWN = 10_000
"""Visitors, and addresses, remembered at most; the oldest go first."""
OPEN = ("/_stcore/health",)
"""Served to everybody: it says `ok` and nothing else."""
NEVER = ("/_stcore/metrics", "/_stcore/script-health-check")
"""Not served: they tell a stranger what the server does."""
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self' data: blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
    ),
}
"""With every answer. The policy lets a browser fetch nothing from another server, whatever stands in a page."""
FORM = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Bakeoff</title><style>:root{{color-scheme:light dark}}
body{{font:1rem/1.5 system-ui,sans-serif;max-width:22rem;margin:15vh auto;padding:0 1rem}}
input,button{{font:inherit;box-sizing:border-box;width:100%;padding:.5rem;margin:.25rem 0 1rem}}</style></head>
<body><main><h1>Bakeoff</h1><p role="alert">{told}</p><form method="post"><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" autofocus required>
<button>Open</button></form></main></body></html>"""


class Visitors:
    """Who was let in: random tokens, each until its time is up."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self) -> str:
        """A new visitor's token."""
        token = secrets.token_urlsafe(32)
        self._until[token] = time.monotonic() + STAYS_S
        if len(self._until) > KNOWN:
            self._until.popitem(last=False)
        return token

    def knows(self, token: str | None) -> bool:
        return token is not None and self._until.get(token, 0.0) > time.monotonic()


class Tries:
    """Wrong passwords by address: after each the wait doubles, from a second to `LONGEST_WAIT_S`."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Seconds until this address may try again; 0 where it may."""
        count, last = self._wrong.get(address, (0, 0.0))
        if not count:
            return 0.0
        return max(0.0, last + min(LONGEST_WAIT_S, 2.0 ** (min(count, 20) - 1)) - time.monotonic())

    def wrong(self, address: str) -> None:
        count, last = self._wrong.pop(address, (0, 0.0))
        now = time.monotonic()
        self._wrong[address] = (count + 1 if now - last < FORGET_S else 1, now)
        if len(self._wrong) > KNOWN:
            self._wrong.popitem(last=False)

    def right(self, address: str) -> None:
        self._wrong.pop(address, None)


VISITORS = Visitors()
SIGNED_IN: OrderedDict[str, None] = OrderedDict()
"""Sessions that Streamlit's own sign-in let in; they may upload."""


def signed_in(session: str) -> None:
    """This session may upload."""
    SIGNED_IN[session] = None
    if len(SIGNED_IN) > KNOWN:
        SIGNED_IN.popitem(last=False)


class Guard:
    """ASGI middleware. `stored`: the hash of the password, None where there is none; `sign_in`: whether Streamlit's own sign-in is used."""

    def __init__(self, app: Any, stored: str | None = None, *, sign_in: bool = False, base: str = "") -> None:
        self._app, self._stored, self._sign_in = app, stored, sign_in
        self._base = f"/{base.strip('/')}" if base.strip("/") else ""
        self._tries = Tries()
        self._one_at_a_time = threading.Lock()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Every request and connection comes through here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(self._base)
        answer = _with_headers(send)
        if path.rstrip("/") in NEVER:
            await _say(answer, 404, "Not found.", scope)
        elif self._may_pass(scope, path):
            await self._app(scope, receive, answer)
        elif scope["type"] == "http" and scope["method"] == "POST" and not path.startswith("/_stcore"):
            await self._try(scope, receive, answer)
        elif scope["type"] == "http" and scope["method"] == "GET" and "text/html" in _header(scope, b"accept"):
            await _form(answer, 401, "")
        else:
            await _say(answer, 401, "The password is needed.", scope)

    def _may_pass(self, scope: Scope, path: str) -> bool:
        if path in OPEN:
            return True
        if self._stored is not None:
            return VISITORS.knows(_cookie(scope))
        upload = path.split("/_stcore/upload_file/", 1)
        return not self._sign_in or len(upload) == 1 or scope["method"] == "OPTIONS" or upload[1].split("/")[0] in SIGNED_IN

    async def _try(self, scope: Scope, receive: Any, send: Any) -> None:
        """A password that was sent: the way in, or the form again."""
        address = _address(scope)
        if wait := self._tries.wait_s(address):
            told = f"After a wrong password you have to wait: try again in {int(wait) + 1} s."
            await _form(send, 429, told, {"Retry-After": str(int(wait) + 1)})
            return
        said = parse_qs(await _body(receive), keep_blank_values=True).get("password", [""])[0]
        self._tries.wrong(address)  # at once, so that many tries at the same moment are one
        if not await asyncio.to_thread(self._matches, said):
            await _form(send, 401, "Wrong password.")
            return
        self._tries.right(address)
        secure = "; Secure" if scope["scheme"] == "https" else ""
        cookie = f"{COOKIE}={VISITORS.add()}; Path={self._base or '/'}; Max-Age={STAYS_S}; HttpOnly; SameSite=Lax{secure}"
        query = scope["query_string"].decode("ascii", "replace")
        back = f"?{query}" if query else f"./{quote(scope['path'].rsplit('/', 1)[1])}"
        await _send(send, 303, b"", {"Location": back, "Set-Cookie": cookie, "Cache-Control": "no-store"})

    def _matches(self, said: str) -> bool:
        with self._one_at_a_time:
            return matches(said, self._stored or "")


def _with_headers(send: Any) -> Any:
    """`send` that adds `HEADERS` to the start of an answer."""
    more = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

    async def sending(message: Scope) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in {name for name, _ in more}]
            message = {**message, "headers": [*kept, *more]}
        await send(message)

    return sending


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _cookie(scope: Scope) -> str | None:
    try:
        found = SimpleCookie(_header(scope, b"cookie")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None


def _address(scope: Scope) -> str:
    """The visitor's; of IPv6 the network, of which one visitor has many addresses."""
    said = (scope.get("client") or ("unknown", 0))[0]
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return str(said)
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)


async def _body(receive: Any) -> str:
    """The form, as far as `LONGEST_FORM`."""
    body = b""
    while len(body) <= LONGEST_FORM:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body[:LONGEST_FORM].decode("utf-8", "replace")


async def _form(send: Any, status: int, told: str, headers: dict[str, str] | None = None) -> None:
    page = FORM.format(told=escape(told)).encode()
    await _send(send, status, page, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", **(headers or {})})


async def _say(send: Any, status: int, text: str, scope: Scope) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await _send(send, status, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})


async def _send(send: Any, status: int, body: bytes, headers: dict[str, str]) -> None:
    told = [(name.lower().encode(), value.encode()) for name, value in {**headers, "Content-Length": str(len(body))}.items()]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
