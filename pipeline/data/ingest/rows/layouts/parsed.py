"""Lists and objects that a table keeps as text → values: JSON, Python's own way of writing them, and numpy's. Runs none of it."""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import Any

LONGEST = 200_000
"""Characters of a list in Python's notation; JSON has no such bound."""
NUMPY = re.compile(r"""\[\s*(?:'[^']*'|"[^"]*")(?:\s+(?:'[^']*'|"[^"]*"))+\s*\]""")
QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")


def parsed(value: Any) -> Any:
    """The list or object that a text is; anything else as it stands. Missing numbers (NaN, Infinity) inside become None."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        found = _python(value.strip())
    return found if isinstance(found, list | dict) else list(found) if isinstance(found, tuple | set) else value


def _python(text: str) -> Any:
    if len(text) > LONGEST:
        return None
    if NUMPY.fullmatch(text):
        return [one or other for one, other in QUOTED.findall(text)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
