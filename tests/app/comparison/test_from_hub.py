"""A dataset of the hub on New: asked for by its button, once, and refused in a sentence."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pipeline.errors import UserError
from pipeline.ui.comparison import from_hub


def script() -> None:
    import streamlit as st

    from pipeline.ui.comparison import from_hub

    st.text(repr([(file.name, file.read()) for file in from_hub.chosen()]))


def test_a_dataset_is_asked_for_once_and_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def rows_of(name: str, split: str) -> bytes:
        asked.append((name, split))
        if name == "nobody/nothing":
            raise UserError("this dataset cannot be had.", remedy="Check data.hub_split; or save it to a folder elsewhere and name that.")
        return b"{}\n"

    monkeypatch.setattr(from_hub, "rows_of", rows_of)
    app = AppTest.from_function(script).run()
    app.text_input(key="hub-name").set_value("nobody/nothing").run()
    assert asked == [], "not before the button is pressed"
    app.text_input(key="hub-name").set_value("nobody/nothing")
    app.button[0].click().run()
    app.run()
    assert [error.value.replace("\\", "") for error in app.error] == ["this dataset cannot be had. Check “Part of it”; or upload its file."]
    app.text_input(key="hub-name").set_value("owner/name")
    app.button[0].click().run()
    app.run()
    assert app.text[0].value == "[('owner--name.jsonl', b'{}\\n')]"
    assert not app.error
    assert asked == [("nobody/nothing", "train"), ("owner/name", "train")]
