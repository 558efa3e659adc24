"""The pages of the docs say what the code says: the generated ones word for word, the tables of design.md by the names in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli import reference
from tests.tiny_run import ROOT

CODE = re.compile(r"`([^`]+)`")


@pytest.mark.parametrize(("page", "made"), [("experiment.md", reference.settings_page), ("help.md", reference.help_page)])
def test_the_page_is_current(page: str, made: object) -> None:
    assert callable(made)
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == made(), "run `make docs`"


def changes() -> Iterator[tuple[str, list[str]]]:
    """What to change, and everything that design.md names in code for it."""
    page = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    table = page.split("## Where do I change")[1].split("\n## ")[0]
    for line in table.splitlines():
        if line.startswith("| a") and (named := CODE.findall(line)):
            yield line.split("|")[1].strip(), named


@pytest.mark.parametrize(("change", "named"), [pytest.param(*row, id=row[0]) for row in changes()])
def test_design_names_files_that_exist_and_hold_what_it_says(change: str, named: list[str]) -> None:
    paths = [path for name in named if "/" in name for path in files(name)]
    folders = {ROOT, *(path if path.is_dir() else path.parent for path in paths)}
    for name in named:
        if name.endswith(".py") and "/" not in name:
            found = [folder / name for folder in folders if (folder / name).is_file()]
            assert found, f"{change}: {name}"
            paths += found
    for name in named:
        if name.isidentifier():
            assert any(re.search(rf"\b{name}\b", path.read_text(encoding="utf-8")) for path in paths if path.is_file()), f"{change}: {name}"


def files(name: str) -> list[Path]:
    """The files of a path as design.md writes it, a `<name>` standing for any; never none."""
    found = list(ROOT.glob(re.sub(r"<\w+>", "*", name).rstrip("/")))
    assert found, name
    return found


def test_design_has_ten_changes() -> None:
    assert len(list(changes())) >= 10
