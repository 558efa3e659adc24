"""What a wrong answer costs, as the page New asks for it: in unanswered ones."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from pipeline.ui.comparison.asked import asked

    st.text(repr(asked("question_answering", False)))


def test_a_wrong_answer_as_bad_as_three_unanswered_ones_costs_two_right_ones() -> None:
    app = AppTest.from_function(script).run()
    assert app.text[0].value == "{}", "as bad as one unanswered: it costs nothing more"
    app.number_input(key="cost-of-wrong").set_value(3.0).run()
    assert app.text[0].value == "{'cost_of_wrong': 2.0}"
