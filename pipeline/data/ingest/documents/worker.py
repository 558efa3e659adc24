"""The process that converts documents, one after another, so that a hostile one can be stopped. Reaches no network, starts no program.

A request is one JSON line `{"ending", "size", "encoding", "seconds"}` and `size` bytes, the answer one JSON line: `{"text", "title"}` or
`{"reason"}`; of a PDF with `blank`, the pages without text, whose picture `"picture": page` asks for and whose text `"read"` may bring.
"""

from __future__ import annotations

import base64
import json
import os
import signal
from typing import IO, Any

from pipeline.data.ingest.documents.endings import HTML, PDF, SLIDES
from pipeline.data.ingest.limits import MEMORY, confine, processor_seconds
from pipeline.data.ingest.rows.quarantine import Unreadable

Answer = dict[str, Any]


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


def answer(request: dict[str, Any], content: bytes) -> Answer:
    """The document's text, title and pages without text, or the picture of a page; or the reason why there is none."""
    try:
        return _convert(request, content)
    except Unreadable as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": f"reading it takes more than {MEMORY // 2**30} GiB of memory"}
    except Exception as error:  # whatever a parser stumbles over is the document's fault, and is told
        return {"reason": f"it is damaged or of another kind ({type(error).__name__})"}


def _convert(request: dict[str, Any], content: bytes) -> Answer:
    from pipeline.data.ingest.documents import pdf, slides, web, word

    ending = request["ending"]
    if "picture" in request:
        return {"picture": base64.b64encode(pdf.picture(content, request["picture"])).decode()}
    if ending in HTML:
        text, title = web.to_markdown(content, request["encoding"])
        return {"text": text, "title": title}
    if ending in PDF:
        text, blank = pdf.to_markdown(content, {int(page): text for page, text in request.get("read", {}).items()})
        return {"text": text, "title": "", "blank": blank}
    return {"text": slides.to_markdown(content) if ending in SLIDES else word.to_markdown(content), "title": ""}


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
