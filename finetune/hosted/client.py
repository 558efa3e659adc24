"""Requests to a service's files and fine-tuning API, each retried where that is harmless. Keeps no state; knows nothing of trainings."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from finetune.hosted.services import Order, Seen, Service, safe_id, seen
from finetune.inference import safe_http

LONGEST_WAIT_S = 60.0
ENDING_S = 2.0
"""For the request that ends a job: whoever ends a run does not wait long."""


class ServiceError(Exception):
    """A request that brought nothing; the message holds no key."""

    def __init__(self, reason: str, *, again: bool = False, status: int = 0, wait_s: float = 0.0) -> None:
        """`again`: whether another try may help, which also means that the service may have done what it was asked."""
        super().__init__(reason)
        self.again, self.status, self.wait_s = again, status, wait_s


@dataclass(frozen=True)
class Client:
    """One address."""

    service: Service
    base_url: str
    key: str | None
    timeout_s: float
    retries: int

    def file(self, name: str) -> str | None:
        """The id of a file of this name that was uploaded before."""
        if self.service.datasets:
            try:
                there = self.ask("GET", f"/datasets/{quote(name)}")
            except ServiceError as error:
                if error.status == 404:
                    return None
                raise
            return None if "UPLOADING" in str(there.get("state", "")) else f"{self._account}/datasets/{name}"
        files = self.ask("GET", "/files").get("data")
        ours = (one for one in files if isinstance(one, dict) and one.get("filename") == name) if isinstance(files, list) else ()
        return next((found for one in ours if (found := safe_id(one.get("id")))), None)

    def upload(self, name: str, data: bytes) -> str:
        """The id of the file; done twice it only lies there twice, so it is retried."""
        if self.service.datasets:
            try:
                self.ask("POST", "/datasets", body={"datasetId": name, "dataset": {"userUploaded": {}}})
            except ServiceError as error:
                if error.status != 409:  # there already, from a try that was cut off
                    raise
            self.ask("POST", f"/datasets/{quote(name)}:upload", files={"file": (name, data, "application/jsonl")})
            return f"{self._account}/datasets/{name}"
        fields = {"purpose": "fine-tune", "file_name": name}
        found = safe_id(self.ask("POST", "/files", data=fields, files={"file": (name, data, "application/jsonl")}).get("id"))
        if found is None:
            raise ServiceError("the service took the file and told no id for it")
        return found

    def jobs(self, brief: bool = False) -> list[Seen]:
        """The newest that the service lists. `brief`: asked once, for somebody who does not wait."""
        limits: dict[str, Any] = {"once": True, "timeout_s": min(ENDING_S / 2, self.timeout_s)} if brief else {}
        found = self.ask("GET", self.service.jobs, **limits).get(self.service.listed)
        told = [seen(self.service, one) for one in found] if isinstance(found, list) else []
        return [one for one in told if one is not None]

    def create(self, order: Order) -> Seen:
        """A new job. Sent once: where the answer is lost the caller looks for it before another try."""
        body = {**self.service.body(order), **order.arguments}
        return self._job(self.ask("POST", self.service.jobs, body=body, once=True), again=True)

    def look(self, job: str) -> Seen:
        return self._job(self.ask("GET", self._place(job)))

    def end(self, job: str) -> None:
        """Ask for the job's end, once and briefly."""
        how = ("DELETE", self._place(job)) if self.service.datasets else ("POST", f"{self._place(job)}/cancel")
        self.ask(*how, once=True, timeout_s=min(ENDING_S, self.timeout_s))

    def ask(self, method: str, path: str, *, once: bool = False, timeout_s: float | None = None, **sent: Any) -> dict[str, Any]:
        """The reply's object; a ServiceError once nothing helped."""
        tried = 0
        while True:
            try:
                return asyncio.run(self._tried(method, path, timeout_s or self.timeout_s, **sent))
            except ServiceError as error:
                if once or not error.again or tried >= self.retries or error.wait_s > LONGEST_WAIT_S:
                    raise
                time.sleep(max(error.wait_s, random.uniform(0.5, 1.0) * min(LONGEST_WAIT_S, 0.5 * 2**tried)))
                tried += 1

    async def _tried(self, method: str, path: str, timeout_s: float, body: Any = None, **sent: Any) -> dict[str, Any]:
        from openai import DefaultAsyncHttpxClient

        url, headers = self.base_url.rstrip("/") + path, {"authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            async with asyncio.timeout(timeout_s), safe_http.client(timeout_s, DefaultAsyncHttpxClient) as client:
                response = await client.request(method, url, headers=headers, **({"json": body} if body is not None else {}), **sent)
                read = await response.aread()
        except TimeoutError:
            raise ServiceError(f"no reply within {timeout_s:g} s", again=True) from None
        except Exception as error:  # whatever the client or the stream makes of what came
            reason, again = safe_http.connection_fault(error, url)
            raise ServiceError(safe_http.without_key(reason, self.key), again=again) from None
        if not 200 <= response.status_code < 300:
            raise self._refused(response, read)
        return self._object(read)

    def _refused(self, response: Any, read: bytes) -> ServiceError:
        code = response.status_code
        said = " ".join(read[:2000].decode("utf-8", "replace").split())
        try:
            error = json.loads(read)["error"]
            said = str(error["message"] if isinstance(error, dict) else error)
        except (ValueError, LookupError, TypeError, RecursionError):
            pass
        told = safe_http.HALF.sub("\ufffd", safe_http.without_key(" ".join(said.split()), self.key))[:200]
        again = code in (408, 429) or code >= 500
        wait = safe_http.retry_after(response.headers) or 0.0
        return ServiceError(f"HTTP {code}{f': {told}' if told else ''}", again=again, status=code, wait_s=wait)

    def _object(self, read: bytes) -> dict[str, Any]:
        try:
            found = json.loads(safe_http.without_key(read.decode("utf-8"), self.key)) if read.strip() else {}
        except (ValueError, RecursionError, MemoryError):
            raise ServiceError("the reply is not readable JSON", again=True) from None
        return found if isinstance(found, dict) else {"data": found}

    def _job(self, reply: dict[str, Any], again: bool = False) -> Seen:
        found = seen(self.service, reply)
        if found is None:
            raise ServiceError("the reply tells of no job", again=again)
        return found

    def _place(self, job: str) -> str:
        return f"{self.service.jobs}/{quote(job.rpartition('/')[2] if self.service.datasets else job, safe='')}"

    @property
    def _account(self) -> str:
        return "accounts/" + self.base_url.rstrip("/").rpartition("/accounts/")[2]
