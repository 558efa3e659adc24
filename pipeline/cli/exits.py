"""Exit codes: 0 done, 1 a bug in Bakeoff, 2 a mistake in input or setup, 3 the verdict is blocked, 4 damaged files, 130 interrupted.

The gate's own: 4 worse, 5 not to be shown with these rows. `watch`: 4 where a comparison is due.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUG, USER, BLOCKED, DAMAGED, INTERRUPTED = 1, 2, 3, 4, 130
WORSE, NOT_SHOWN = 4, 5
DUE = 4


def run(app: Callable[[], Any]) -> int:
    """Run the command line and return its exit code. A user's mistake is printed to stderr as one message."""
    try:
        app()
    except SystemExit as ended:  # how typer ends: its own usage errors with 2, Ctrl-C with 130
        code = ended.code if isinstance(ended.code, int) else 0
        return _say("Interrupted.", code) if code == INTERRUPTED else code
    except Exception as error:
        if type(error).__name__ == "Cancelled":
            return _say(f"Cancelled. {error}".rstrip(), INTERRUPTED)
        if {one.__name__ for one in type(error).__mro__} & {"UserError", "SetupError"}:
            return _say(f"bakeoff: {error}", USER)
        if (said := _plain(error)) is not None:
            return _say(f"bakeoff: {said}", USER)
        traceback.print_exc()
        return _say("bakeoff: this is a bug in Bakeoff. Please report it with the lines above.", BUG)
    return 0


def _plain(error: Exception) -> str | None:
    """A full disk or a refused write in words; None for every other failure."""
    from pipeline.errors import UserError
    from pipeline.files import told_plainly

    try:
        with told_plainly(Path.cwd()):
            raise error
    except UserError as told:
        return str(told)
    except Exception:
        return None


def _say(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    return code
