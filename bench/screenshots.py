"""The screenshots of the docs, from a finished run of a bundled case, in a real headless Chromium.

python bench/screenshots.py RUN [--runs runs] [--out docs/screenshots]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from browser import chromium, serving
from playwright.sync_api import expect

PAGES = ("verdict", "arms", "rows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="the run's id")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--out", type=Path, default=Path("docs/screenshots"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with serving(args.runs.resolve()) as server, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for name in PAGES:
            page.goto(f"{server.url}/{name}?run={args.run}")
            expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=30_000)
            page.wait_for_timeout(2500)
            page.screenshot(path=str(args.out / f"{name}.png"), timeout=120_000)


if __name__ == "__main__":
    main()
