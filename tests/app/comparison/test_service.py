"""A model behind an API on New: what is asked for becomes the section `endpoints`, and a shared app does not ask."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pipeline.password import VARIABLE


def page() -> None:
    import streamlit as st

    from pipeline.ui.comparison import service

    st.json({"settings": service.asked(), "allowed": service.allowed()})


def test_a_tick_and_a_price_allow_the_upload() -> None:
    app = AppTest.from_function(page).run()
    app.text_input(key="endpoint-address").input("http://127.0.0.1:9/v1")
    app.text_input(key="endpoint-model").input("m").run()
    assert '"allowed": false' in app.json[0].value
    assert "finetune" not in app.json[0].value
    app.checkbox(key="endpoint-tuned").check().run()
    assert "State the price" in app.info[0].value
    app.number_input(key="endpoint-price").set_value(2.5).run()
    assert '"training": 2.5' in app.json[0].value
    assert '"allowed": true' in app.json[0].value


def test_a_shared_app_asks_for_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "scrypt$00$00")
    app = AppTest.from_function(page).run()
    assert not app.text_input
    assert '"settings": {}' in app.json[0].value
