"""The process that runs a team's own object: `FOLDER MODULE:ATTRIBUTE KIND INPUT_KEY`, a JSON object a line in and out.

It stands alone: it knows nothing of Bakeoff, and reads no file but the modules it is told to import. What they print goes nowhere.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import signal
import sys
import threading
import time
import traceback
from typing import Any

LONGEST = 300
Json = dict[str, Any]


def main(folder: str, target: str, kind: str, input_key: str) -> None:
    """Imports the object, then answers each line until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    questions = os.fdopen(os.dup(0), "r", encoding="utf-8")
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    sys.path.insert(0, folder)

    def tell(value: Json) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    try:
        found = _found(target)
    except BaseException as error:  # also SystemExit: it is the team's code, and is told of
        tell({"broken": _told(error)})
        return
    tell({"ready": True})
    for line in questions:
        began = time.perf_counter()
        try:
            asked = json.loads(line)
            value = _called(found, asked, input_key) if kind == "call" else _scored(found, asked)
            tell({"value": value, "seconds": time.perf_counter() - began})
        except BaseException as error:
            tell({"failed": _told(error), "seconds": time.perf_counter() - began})


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _found(target: str) -> Any:
    module, _, names = target.partition(":")
    found: Any = importlib.import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    if not callable(found) and not hasattr(found, "invoke"):
        raise TypeError(f"{target} is neither a function nor a Runnable")
    return found


def _called(found: Any, asked: Json, input_key: str) -> Any:
    """A Runnable is invoked, with the tokens of its chat models counted; anything else is called with the input."""
    given = {input_key: asked["input"]} if input_key else asked["input"]
    if not hasattr(found, "invoke"):
        return _reply(_waited(found(given, **_more(found, asked))))
    from langchain_core.callbacks import UsageMetadataCallbackHandler

    used = UsageMetadataCallbackHandler()
    said = _reply(found.invoke(given, config={"callbacks": [used]}))
    told = list(used.usage_metadata.values())
    if told and isinstance(said, dict):
        said.setdefault("prompt_tokens", sum(one.get("input_tokens", 0) for one in told))
        said.setdefault("completion_tokens", sum(one.get("output_tokens", 0) for one in told))
    return said


def _scored(found: Any, asked: Json) -> Any:
    value = _waited(found(asked["answer"], asked["references"], asked["input"], asked["contexts"]))
    return [_plain(one) for one in value] if isinstance(value, tuple) else _plain(value)


def _more(found: Any, asked: Json) -> Json:
    """Of id, history and choices those that the function names as parameters."""
    try:
        wanted = inspect.signature(found).parameters
    except (TypeError, ValueError):
        return {}
    return {name: asked.get(name) for name in ("id", "history", "choices") if name in wanted}


def _waited(value: Any) -> Any:
    async def awaited() -> Any:
        return await value

    return asyncio.run(awaited()) if inspect.isawaitable(value) else value


def _reply(value: Any) -> Any:
    """Plain values; a LangChain message or text stands for its text."""
    found = _plain(value)
    return {"answer": found} if isinstance(found, str) else found


def _plain(value: Any) -> Any:
    if hasattr(value, "page_content"):
        named = getattr(value, "id", None) or (getattr(value, "metadata", None) or {}).get("source")
        return {"text": str(value.page_content), "id": named if isinstance(named, (str, int)) else None}
    if hasattr(value, "content"):
        return _plain(value.content)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    return value.item() if hasattr(value, "item") else f"<{type(value).__name__}>"  # item: a number of numpy or torch


def _told(error: BaseException) -> str:
    """What went wrong, and in which line of whose file."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename != __file__ and "importlib" not in one.filename]
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    return " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST] + place


if __name__ == "__main__":
    main(*sys.argv[1:5])
