"""The process that reads Excel, Parquet and Arrow files: `PATH ENDING SECONDS`, one JSON object a line on its output.

`{"row": [line, cells]}`, `{"bad": [line, reason, excerpt]}`, `{"note", "line"}`, `{"error", "line", "remedy"}`, and `{"end"}` last. Reaches
no network and starts no program.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import orjson

from pipeline.data.ingest.limits import MEMORY, confine, processor_seconds
from pipeline.errors import UserError

EXCERPT = 200


def main(path: Path, ending: str, seconds: float) -> None:
    """Write everything that is in the file to standard output; what libraries print goes nowhere."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        read = _reader(ending)
        confine()
        processor_seconds(seconds)
        line = 0
        try:
            for told in read(path):
                line = told["row"][0] if "row" in told else line
                answers.write(_line(told))
        except UserError as error:
            place = error.where.rpartition(":")[2]
            found: dict[str, Any] = {"error": error.message, "remedy": error.remedy, "line": int(place) if place.isdecimal() else 0}
            answers.write(_line(found))
        except MemoryError:
            answers.write(_line({"error": f"reading this file takes more than {MEMORY // 2**30} GiB of memory.", "line": line}))
        except Exception as error:  # whatever a library stumbles over is the file's fault, and is told
            why = " ".join(f"{type(error).__name__}: {error}".split())[:EXCERPT]
            answers.write(_line({"error": f"this file is damaged or of another kind ({why}).", "line": line + 1}))
        answers.write(b'{"end":true}\n')


def _reader(ending: str) -> Any:
    """The reader with its libraries, loaded before the bounds so that they do not count."""
    if ending == ".xlsx":
        from pipeline.data.ingest.rows import excel

        return excel.rows
    from pipeline.data.ingest.rows import columnar

    return columnar.parquet_rows if ending == ".parquet" else columnar.arrow_rows


def _line(told: dict[str, Any]) -> bytes:
    """As JSON; what orjson refuses (halves of characters, numbers beyond 64 bits) in the standard library's, behind a blank."""
    try:
        return orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS) + b"\n"
    except TypeError:
        return b" " + json.dumps(told, default=str).encode() + b"\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
