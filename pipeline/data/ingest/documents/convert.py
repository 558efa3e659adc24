"""PDF, Word and HTML → Markdown, in a process of its own with limits on time and memory. Knows no formats beyond their first bytes."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from pipeline.data.ingest.documents.endings import HTML, PDF, SLIDES, WORD, missing
from pipeline.data.ingest.documents.ocr import recognised
from pipeline.data.ingest.limits import OUT_OF_TIME, environment
from pipeline.data.ingest.rows.quarantine import Unreadable
from pipeline.data.ingest.text import BINARY, EMPTY
from pipeline.errors import UserError

ROOT = Path(__file__).resolve().parents[4]
START_SECONDS = 120
PICTURE_SECONDS = 60.0
"""Of the processor, for drawing a page."""
PATIENCE = 10
"""Seconds of the clock for a processor second: only a machine that is stuck waits so long."""
OLE = b"\xd0\xcf\x11\xe0"
"""Begins Word's older files, and its encrypted ones."""
TAIL = 2048
"""Bytes at its end in which a whole PDF says so."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
UNPRINTED = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


class Converted(NamedTuple):
    """A document as Markdown."""

    text: str
    title: str
    """As the file names itself; empty where it does not."""
    blank: tuple[int, ...] = ()
    """Pages of a PDF, from 1, on which no text was found."""
    read: tuple[int, ...] = ()
    """Pages whose text was read from their picture."""


def allowed_seconds(ending: str, size: int) -> float:
    """Of the processor: a minute and another one for each MiB of a PDF, half a minute and ten seconds for the rest; at most 900."""
    return min(900.0, 60.0 * (1 + size / 2**20) if ending in PDF else 30.0 + 10.0 * size / 2**20)


class Converter:
    """The helper process, started when the first document comes and anew after one that had to be stopped. Close it when done."""

    def __init__(self, seconds: Callable[[str, int], float] = allowed_seconds, ocr: str | None = None) -> None:
        """`ocr`: the languages by which pages without text are read from their picture; None: they are not."""
        self._seconds, self._ocr = seconds, ocr
        self._process: subprocess.Popen[bytes] | None = None

    def convert(self, ending: str, content: bytes, where: str, encoding: str | None = None) -> Converted:
        """The document as Markdown; Unreadable with the reason; UserError where a library is missing."""
        _check_mark(ending, content)
        _check_installed(ending, where)
        answer = self._answer(ending, content, encoding)
        blank, read = answer.get("blank", []), {}
        if blank and self._ocr:
            read = {page: text for page in blank if (text := self._recognised(content, page, self._ocr))}
            if read:
                answer = self._answer(ending, content, encoding, read)
        left = tuple(page for page in blank if page not in read)
        return Converted(_tidy(answer["text"]), " ".join(_tidy(answer["title"]).split()), left, tuple(read))

    def _answer(self, ending: str, content: bytes, encoding: str | None, read: dict[int, str] | None = None) -> dict[str, Any]:
        seconds = self._seconds(ending, len(content))
        header = {"ending": ending, "size": len(content), "encoding": encoding, "seconds": seconds, "read": read or {}}
        answer = self._ask(json.dumps(header).encode() + b"\n" + content, seconds)
        if "reason" in answer:
            raise Unreadable(answer["reason"])
        return answer

    def _recognised(self, content: bytes, page: int, languages: str) -> str:
        """The text on the picture of a page; empty where there is none, or no way to read it."""
        header = {"ending": ".pdf", "size": len(content), "encoding": None, "seconds": PICTURE_SECONDS, "picture": page}
        answer = self._ask(json.dumps(header).encode() + b"\n" + content, PICTURE_SECONDS)
        return recognised(base64.b64decode(answer["picture"]), languages) if "picture" in answer else ""

    def _ask(self, request: bytes, seconds: float) -> dict[str, Any]:
        process = self._process or self._start()
        late = threading.Event()
        line = _exchange(process, request, 60 + PATIENCE * seconds, late)
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        spent = late.is_set() or process.wait() == OUT_OF_TIME
        self.close()
        raise Unreadable(f"reading it takes more than {seconds:.0f} processor seconds" if spent else "the reader broke down over it")

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.data.ingest.documents.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=ROOT, env=environment(),
        )  # fmt: skip
        if not _exchange(process, b"", START_SECONDS, threading.Event()):
            self.close()
            raise RuntimeError("the process that reads documents does not start")
        return process

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue
        process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _tidy(text: str) -> str:
    """Without control characters, halves of characters, blanks before line ends, and more than one blank line."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    lines = UNPRINTED.sub("", whole.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n\n")).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def _exchange(process: subprocess.Popen[bytes], request: bytes, seconds: float, late: threading.Event) -> bytes:
    """The line that answers `request`; nothing where the process died or was killed after `seconds` (then `late` is set)."""

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        if process.stdin is None or process.stdout is None:
            return b""
        process.stdin.write(request)
        process.stdin.flush()
        line = process.stdout.readline()
        return line if line.endswith(b"\n") else b""
    except OSError:
        return b""
    finally:
        timer.cancel()


def _check_installed(ending: str, where: str) -> None:
    if absent := missing(ending):
        raise UserError(f"documents ending in {ending} need {' and '.join(absent)}.", where=where, remedy=f"pip install {' '.join(absent)}")


def _check_mark(ending: str, content: bytes) -> None:
    """Unreadable where the first or last bytes say that this is no such file."""
    if not content.strip():
        raise Unreadable(EMPTY)
    if ending in HTML:
        kind = next((kind for mark, kind in BINARY.items() if content.startswith(mark)), "")
        if kind or (b"\0" in content[:4096] and not content.startswith(UTF_16)):
            raise Unreadable(f"this is {kind or 'a binary file'}, not HTML")
    if ending in PDF:
        if b"%PDF-" not in content[:1024]:
            raise Unreadable("this is not a PDF")
        if b"%%EOF" not in content[-TAIL:] and b"startxref" not in content[-TAIL:]:
            raise Unreadable("this PDF is cut off: its end is missing")
    for endings, kind, old in ((WORD, "Word file", ".doc"), (SLIDES, "PowerPoint file", ".ppt")):
        if ending in endings and content.startswith(OLE):
            raise Unreadable(f"this {kind} is encrypted, or an old {old}; save it as {endings[0]} without a password")
        if ending in endings and not content.startswith(b"PK"):
            raise Unreadable(f"this is not a {kind} ({endings[0]})")
