"""The process that converts documents, one after another, so that a hostile one can be stopped. Reaches no network, starts no program.

A request is one JSON line `{"ending", "size", "encoding", "seconds"}` and `size` bytes, the answer one JSON line: `{"text", "title"}` or
`{"reason"}`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from typing import IO, Any

from pipeline.data.ingest.documents.endings import HTML, PDF
from pipeline.data.ingest.rows.quarantine import Unreadable

MEMORY = 2 * 2**30
"""Bytes that documents may take beyond the libraries themselves."""
FORBIDDEN = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.bind",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.remove",
)


def main() -> None:
    """Serve requests until the input ends; what libraries print goes nowhere."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    _load()
    _limit_memory()
    sys.addaudithook(_refuse)
    _send(answers, {"ready": True})
    for line in requests:
        request = json.loads(line)
        _alarm(request["seconds"])
        found = answer(request, requests.read(request["size"]))
        _alarm(None)
        _send(answers, found)


def answer(request: dict[str, Any], content: bytes) -> dict[str, str]:
    """The document's text and title, or the reason why there is none."""
    try:
        text, title = _convert(request["ending"], content, request["encoding"])
    except Unreadable as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": f"reading it takes more than {MEMORY // 2**30} GiB of memory"}
    except Exception as error:  # whatever a parser stumbles over is the document's fault, and is told
        return {"reason": f"it is damaged or of another kind ({type(error).__name__})"}
    return {"text": text, "title": title}


def _convert(ending: str, content: bytes, encoding: str | None) -> tuple[str, str]:
    from pipeline.data.ingest.documents import pdf, web, word

    if ending in HTML:
        return web.to_markdown(content, encoding)
    if ending in PDF:
        return pdf.to_markdown(content), ""
    return word.to_markdown(content), ""


def _load() -> None:
    """Libraries before the limits, so that what they need does not count."""
    import warnings

    warnings.simplefilter("ignore")
    import markitdown.converters  # noqa: F401  # loads the rest


def _limit_memory() -> None:
    import psutil

    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        limit = psutil.Process().memory_info().vms + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN:
        raise PermissionError(event)


def _alarm(seconds: float | None) -> None:
    """Ends this process even where its parent is gone and can no longer do so."""
    if hasattr(signal, "alarm"):
        signal.alarm(0 if seconds is None else int(seconds) + 10)


def _send(answers: IO[bytes], value: dict[str, Any]) -> None:
    answers.write(json.dumps(value).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
