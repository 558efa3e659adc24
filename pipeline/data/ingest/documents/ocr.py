"""The picture of a page → its text, by the program `tesseract` where it is installed. Draws nothing itself."""

from __future__ import annotations

import re
import shutil
import subprocess

from pipeline.data.ingest.limits import environment
from pipeline.errors import UserError

SECONDS = 120
LANGUAGES = re.compile(r"[a-zA-Z_]{3,20}(\+[a-zA-Z_]{3,20}){0,7}")


def check(languages: str) -> None:
    """A UserError where pages cannot be read by their picture here."""
    if not LANGUAGES.fullmatch(languages):
        raise UserError(f"{languages[:40]!r} names no languages of tesseract.", where="data.ocr", remedy="For example eng, or deu+eng.")
    program = shutil.which("tesseract")
    if program is None:
        raise UserError(
            "reading scanned pages needs the program tesseract, which is not installed.", where="data.ocr",
            remedy="Install it (Debian: apt-get install tesseract-ocr), or leave data.ocr out.",
        )  # fmt: skip
    told = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False, timeout=SECONDS, env=environment())
    there = told.stdout.split("\n")[1:]
    if absent := [name for name in languages.split("+") if name not in there]:
        remedy = f"Known: {', '.join(filter(None, there))}."
        raise UserError(f"tesseract has no data for the language {absent[0]!r} here.", where="data.ocr", remedy=remedy)


def recognised(picture: bytes, languages: str) -> str:
    """The text on a picture (PNG); empty where nothing can be read on it in time."""
    program = shutil.which("tesseract")
    if program is None:
        return ""
    command = [program, "stdin", "stdout", "-l", languages]
    try:
        done = subprocess.run(command, input=picture, capture_output=True, check=False, timeout=SECONDS, env=environment())
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace").replace("\x0c", "").strip()
