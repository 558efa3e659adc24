"""The reference pages of the docs say what the code says."""

from __future__ import annotations

import pytest

from pipeline.cli import reference
from tests.tiny_run import ROOT


@pytest.mark.parametrize(("page", "made"), [("experiment.md", reference.settings_page), ("help.md", reference.help_page)])
def test_the_page_is_current(page: str, made: object) -> None:
    assert callable(made)
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == made(), "run `make docs`"
