"""The process that converts documents, one after another, so that a hostile one can be stopped. Reaches no network, starts no program.

A request is one JSON line `{"ending", "size", "encoding", "seconds"}` and `size` bytes, the answer one JSON line: `{"text", "title"}` or
`{"reason"}`.
"""

from __future__ import annotations

import json
import os
import signal
from typing import IO, Any

from pipeline.data.ingest.documents.endings import HTML, PDF
from pipeline.data.ingest.limits import MEMORY, confine, processor_seconds
from pipeline.data.ingest.rows.quarantine import Unreadable


def main() -> None:
    """Serve requests until the input ends; what libraries print goes nowhere."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    _load()
    confine()
    _send(answers, {"ready": True})
    for line in requests:
        request = json.loads(line)
        processor_seconds(request["seconds"])
        found = answer(request, requests.read(request["size"]))
        processor_seconds(None)
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


def _send(answers: IO[bytes], value: dict[str, Any]) -> None:
    answers.write(json.dumps(value).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
