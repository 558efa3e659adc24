"""Makes sure the browser tests have a browser: one that is installed, else Playwright's own, else (as root) Debian's.

    python tests/app/install_browser.py

Exit status 0 when there is one, or when there is none and `CI` is not set (the tests then say that they did not run); 1 with `CI=true`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def installed() -> str | None:
    """The path of a Chromium or Chrome on this machine, or of the one Playwright keeps; None where there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    kept = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return str(kept[-1]) if kept else None


def main() -> int:
    if found := installed():
        sys.stdout.write(f"browser: {found}\n")
        return 0
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        attempts = [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"], *attempts]
    for attempt in attempts:
        subprocess.run(attempt, check=False, timeout=900)
        if found := installed():
            sys.stdout.write(f"browser: {found}\n")
            return 0
    sys.stdout.write("browser: none found and none could be installed; the browser tests will not run\n")
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
