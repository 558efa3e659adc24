"""PEFT imports bitsandbytes where that is installed. This does it first, so that it fetches nothing and says nothing; a false alarm of its
own is left out."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import sys
import warnings
from collections.abc import Iterator


def import_peft() -> None:
    """Before anything of PEFT: it imports bitsandbytes where that is installed, which would fetch and run compiled code from the hub where
    the package `kernels` is installed too. It would also tell of every conversion of every layer."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    if "bitsandbytes" in sys.modules or importlib.util.find_spec("bitsandbytes") is None:
        return
    known = sys.modules.get("kernels")  # transformers loads it where it is there
    sys.modules["kernels"] = None  # type: ignore[assignment]  # an import of it fails
    try:
        import bitsandbytes  # noqa: F401
    finally:
        sys.modules.pop("kernels")
        if known is not None:
            sys.modules["kernels"] = known


@contextlib.contextmanager
def without_false_alarm() -> Iterator[None]:
    """Without PEFT's (0.21) warning about patterns of rank that match no module: it writes them itself for experts kept in one parameter,
    which they match, and looks for modules alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"The following (?:rank|alpha)_pattern keys did not match", RuntimeWarning)
        yield
