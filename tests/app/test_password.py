"""Where the app is shared: nothing is drawn before the password, a wrong one lets nobody in, and it stands nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pipeline.password import VARIABLE, hashed, matches
from pipeline.ui import gate
from tests.tiny_run import ROOT


def test_a_hash_matches_its_password_alone() -> None:
    stored = hashed("wild thyme")
    assert matches("wild thyme", stored)
    assert not matches("wild time", stored)
    assert hashed("wild thyme") != stored
    assert "thyme" not in stored


@pytest.mark.parametrize("stored", ["", "wild thyme", "scrypt$zz$zz", "scrypt$$", "md5$00$00"])
def test_a_stored_value_of_another_form_matches_nothing(stored: str) -> None:
    assert not matches("wild thyme", stored)
    assert not matches("", stored)


def test_the_pages_are_drawn_after_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "PAUSE_S", 0.0)
    monkeypatch.setenv("BAKEOFF_RUNS", str(tmp_path))
    monkeypatch.setenv(VARIABLE, hashed("wild thyme"))
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()
    assert [title.value for title in app.title] == ["Bakeoff"]
    app.text_input[0].set_value("wrong")
    app.button[0].click().run()
    assert "not the password" in app.error[0].value
    assert [title.value for title in app.title] == ["Bakeoff"]
    app.text_input[0].set_value("wild thyme")
    app.button[0].click().run()
    assert not app.exception
    assert [title.value for title in app.title] != ["Bakeoff"]
    monkeypatch.delenv(VARIABLE)
    free = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()
    assert [title.value for title in free.title] != ["Bakeoff"]
